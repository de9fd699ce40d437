#ifndef OPERATOR_CONTEST_H
#define OPERATOR_CONTEST_H

#include "base/def.h"

/* Another program that writes what we write, such as 1Password's operator beside this one, or a second
 * release: each puts right what the other has done, without end. So what is put right is counted. After
 * CONTEST_MAX times, none of them long after the one before, it is done once in CONTEST_PAUSE_MS, and people
 * are told. A Secret that is gone is missed more than one with other values: its pause is short. Lost at a
 * restart. Thread-safe. */
#define CONTEST_MAX 5
#define CONTEST_PAUSE_MS (5 * INT64_C(60000))
#define CONTEST_GONE_PAUSE_MS (10 * INT64_C(1000))
#define CONTEST_QUIET_MS (3 * CONTEST_PAUSE_MS) /* without another time it is over */

enum contest_over { CONTEST_SECRET, CONTEST_GONE, CONTEST_STATUS, CONTEST_FINALIZER, CONTEST_KINDS };

struct contests;
struct contests *contests_new(void);
void contests_free(struct contests *c);

/* For how long what the other program did is left so; 0: it may be put right now. */
int64_t contests_wait_ms(struct contests *c, const char *key, enum contest_over over, int64_t now_ns);

/* It was put right. by: the field manager of the other program; "": nobody can tell; NULL: it has the same as
 * we. */
void contests_note(struct contests *c, const char *key, enum contest_over over, const char *by,
		   int64_t now_ns);

/* What people are told. Caller frees. */
char *contests_text(struct contests *c, const char *key, enum contest_over over);

/* True for the first caller since it was put right: once in a pause is often enough to tell. */
bool contests_is_news(struct contests *c, const char *key, enum contest_over over);

/* As a label of a metric: "secret", … */
const char *contest_name(enum contest_over over);

void contests_forget(struct contests *c, const char *key);

#endif
