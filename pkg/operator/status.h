#ifndef OPERATOR_STATUS_H
#define OPERATOR_STATUS_H

#include "operator/onepassworditem.h"

/* Where a reconcile failed; with the kind of the error it gives the reason of the condition. */
enum status_stage { STATUS_STAGE_SPEC, STATUS_STAGE_CONNECT, STATUS_STAGE_SECRET, STATUS_STAGE_CONTEST };

/* What the status shall say. Borrowed strings. */
struct status_want {
	bool ready;
	const char *reason;
	const char *message;   /* "" when ready, as the original has it */
	const char *item_path; /* NULL: what it says already stays */
	int64_t item_version;
	const char *force_sync; /* the request that this sync served; NULL: what it says already stays */
	const struct strv
		*keys; /* of the Secret, as just written or compared; NULL: what it says already stays */
	bool wrote;    /* the Secret, so that there is something new to say: when */
	int64_t token_ends_s; /* when the access token ends, if people are to be told; 0: they are not */
};

const char *status_reason(enum status_stage stage, const struct err *e);

/* The text of the condition for an error: prefixed as the original does it for that stage. */
void status_message(enum status_stage stage, const struct err *e, struct strbuf *out);

/* The status says that already. with_all: compare also what an old CRD does not keep. */
bool status_is_current(const struct onepassworditem *item, const struct status_want *want, bool with_all);

/* Tells apart what statuses say. */
uint64_t status_mark(const struct onepassworditem *item, const struct status_want *want);

/* So many keys are named. */
#define STATUS_KEYS_MAX 200

/* Body of the merge patch of the status subresource. now: for lastTransitionTime where Ready changes. */
err_t status_write(const struct onepassworditem *item, const struct status_want *want, int64_t now_ms,
		   struct strbuf *out) NODISCARD;

#endif
