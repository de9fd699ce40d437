#ifndef CONNECT_SESSIONS_H
#define CONNECT_SESSIONS_H

#include "base/clock.h"
#include "vault/admin_people.h"

/* Who has signed in to the administration API. A session is in this process only and holds the private half
 * of the person's key pair; its token, "ID.SECRET", is known to the person alone. It ends when it was not
 * used for SESSION_IDLE_S, or after SESSION_AGE_S, or with the process. Thread-safe. */
#define SESSION_IDLE_S (30 * 60)
#define SESSION_AGE_S (8 * 60 * 60)
#define SESSIONS_MAX 1000
#define SESSIONS_PER_PERSON 10 /* one more ends the one that was used longest ago */

struct sessions;
struct sessions *sessions_new(const struct clock *clock); /* NULL: the system's */
void sessions_free(struct sessions *s);                   /* NULL is fine */

/* Takes the key. *out_ends_ms: when it ends if it is not used, Unix time. ERR_UNAVAILABLE when there are too
 * many. */
err_t sessions_begin(struct sessions *s, struct person_key *key, struct secret **out_token,
		     int64_t *out_ends_ms) NODISCARD;

/* A use of it: false when that is the token of no session. *out is a copy of its key. */
bool sessions_find(struct sessions *s, const char *token, struct person_key *out);

void sessions_end(struct sessions *s, const char *token);
void sessions_end_person(struct sessions *s, const char *person_id);

/* Forgets those that have ended. To be called every few seconds. */
void sessions_sweep(struct sessions *s);

#endif
