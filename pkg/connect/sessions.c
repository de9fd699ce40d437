#include "connect/sessions.h"

#include "base/crypto.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/sync.h"
#include "vault/keytext.h"

struct session {
	uint8_t digest[CRYPTO_SHA256_LEN]; /* of the token's secret */
	struct person_key key;
	int64_t begun_ns, used_ns;
};

struct sessions {
	const struct clock *clock;
	pthread_mutex_t mutex;
	struct map *by_id;
};

static void session_free(void *p)
{
	struct session *session = p;

	person_key_release(&session->key);
	mem_free(session);
}

struct sessions *sessions_new(const struct clock *clock)
{
	struct sessions *s = MEM_NEW(struct sessions);

	s->clock = clock;
	sync_mutex_init(&s->mutex);
	s->by_id = map_new(session_free);
	return s;
}

void sessions_free(struct sessions *s)
{
	if (!s)
		return;
	map_free(s->by_id);
	sync_mutex_destroy(&s->mutex);
	mem_free(s);
}

static bool has_ended(const struct session *session, int64_t now_ns)
{
	return now_ns - session->used_ns > SESSION_IDLE_S * NS_PER_S ||
	       now_ns - session->begun_ns > SESSION_AGE_S * NS_PER_S;
}

static void forget_ended(struct sessions *s)
{
	const int64_t now_ns = clock_now_ns(s->clock);
	const char *id = NULL;
	void *session = NULL;

	for (size_t i = 0; map_next(s->by_id, &i, &id, &session);) {
		if (has_ended(session, now_ns))
			(void)map_del(s->by_id, id);
	}
}

void sessions_sweep(struct sessions *s)
{
	SYNC_SCOPE(&s->mutex);
	forget_ended(s);
}

/* Ends the person's session that was used longest ago when there is no place for one more. */
static void make_place(struct sessions *s, const char *person_id)
{
	const char *id = NULL, *oldest = NULL;
	int64_t oldest_ns = 0;
	void *value = NULL;
	size_t n = 0;

	for (size_t i = 0; map_next(s->by_id, &i, &id, &value);) {
		const struct session *session = value;

		if (!streq(session->key.id, person_id))
			continue;
		n++;
		if (!oldest || session->used_ns < oldest_ns) {
			oldest = id;
			oldest_ns = session->used_ns;
		}
	}
	if (n >= SESSIONS_PER_PERSON)
		(void)map_del(s->by_id, oldest);
}

static void digest_of(const struct secret *secret, uint8_t out[CRYPTO_SHA256_LEN])
{
	crypto_sha256(secret_bytes(secret), secret_len(secret), out);
}

err_t sessions_begin(struct sessions *s, struct person_key *key, struct secret **out_token,
		     int64_t *out_ends_ms)
{
	CLEANUP(secret_freep) struct secret *secret = crypto_key_new();
	char id[OBJECT_ID_SIZE];

	SYNC_SCOPE(&s->mutex);
	forget_ended(s);
	make_place(s, key->id);
	if (map_len(s->by_id) >= SESSIONS_MAX)
		return err_new(ERR_UNAVAILABLE, "too many sessions; try later");
	rand_id(id);
	TRY_(keytext_format_pair(id, secret, out_token));
	struct session *session = MEM_NEW(struct session);
	digest_of(secret, session->digest);
	session->begun_ns = session->used_ns = clock_now_ns(s->clock);
	session->key = *key;
	key->private_key = NULL;
	map_set(s->by_id, id, session);
	*out_ends_ms = clock_wall_ms() + (int64_t)SESSION_IDLE_S * 1000;
	return NULL;
}

/* The session of a token that has not ended. */
static struct session *find(struct sessions *s, const char *id, const struct secret *secret)
{
	uint8_t digest[CRYPTO_SHA256_LEN];
	struct session *session = map_get(s->by_id, id);

	digest_of(secret, digest);
	if (!session || !secret_bytes_eq(digest, session->digest, sizeof(digest)) ||
	    has_ended(session, clock_now_ns(s->clock)))
		return NULL;
	return session;
}

bool sessions_find(struct sessions *s, const char *token, struct person_key *out)
{
	CLEANUP(secret_freep) struct secret *secret = NULL;
	char id[OBJECT_ID_SIZE];
	CLEANUP(err_freep) err_t e = keytext_parse_pair(token, id, &secret);

	if (e)
		return false;
	SYNC_SCOPE(&s->mutex);
	struct session *session = find(s, id, secret);
	if (!session)
		return false;
	session->used_ns = clock_now_ns(s->clock);
	*out = (struct person_key){.private_key = secret_dup(session->key.private_key)};
	object_id_set(out->id, session->key.id);
	return true;
}

void sessions_end(struct sessions *s, const char *token)
{
	CLEANUP(secret_freep) struct secret *secret = NULL;
	char id[OBJECT_ID_SIZE];
	CLEANUP(err_freep) err_t e = keytext_parse_pair(token, id, &secret);

	if (e)
		return;
	SYNC_SCOPE(&s->mutex);
	if (find(s, id, secret))
		(void)map_del(s->by_id, id);
}

void sessions_end_person(struct sessions *s, const char *person_id)
{
	const char *id = NULL;
	void *value = NULL;

	SYNC_SCOPE(&s->mutex);
	for (size_t i = 0; map_next(s->by_id, &i, &id, &value);) {
		if (streq(((const struct session *)value)->key.id, person_id))
			(void)map_del(s->by_id, id);
	}
}
