#ifndef OPERATOR_SYNC_H
#define OPERATOR_SYNC_H

#include "operator/desired.h"
#include "operator/plan.h"
#include "operator/secretwrite.h"
#include "operator/shared.h"
#include "operator/status.h"

/* Brings one Secret in line with its item. */
struct sync {
	struct shared *shared;
	struct clients *clients;
	struct cancel *cancel;
	const char *key, *namespace, *name;
	const struct desired *want;
	const struct secretmeta *have;      /* NULL: none of ours */
	const struct onepassworditem *item; /* NULL: a workload asks for it */
};

struct sync_outcome {
	enum status_stage stage;   /* how far it came */
	int64_t wait_ms;           /* of STATUS_STAGE_CONTEST: for how long */
	char path[PLAN_PATH_SIZE]; /* what the Secret holds now; "" when that is not known */
	int64_t version;
	uint64_t fine_at; /* see memo.h */
	struct secretwrite write;
	struct strv keys; /* of the Secret, sorted, when it was written or compared; caller releases */
};

void sync_outcome_release(struct sync_outcome *o); /* for CLEANUP */

/* Who asks for the Secret of that key. */
void sync_gather(struct shared *s, const char *key, struct sources *out);

/* Nothing is deleted or blanked on an error. out is filled as far as it came, also on an error. */
err_t sync_secret(const struct sync *s, struct sync_outcome *out) NODISCARD;

#endif
