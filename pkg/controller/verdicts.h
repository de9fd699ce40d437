#ifndef CONTROLLER_VERDICTS_H
#define CONTROLLER_VERDICTS_H

#include "controller/scrape_auth.h"

/* What the API server said about tokens, for a while. Tokens are not kept, only hashes under a key that this
 * process made. Not thread-safe. */
#define VERDICTS_MAX 64
#define VERDICTS_KEEP_MS 60000
#define VERDICT_DIGEST_LEN 32

struct verdict_entry {
	uint8_t digest[VERDICT_DIGEST_LEN];
	enum scrape_verdict verdict;
	int64_t until_ns; /* 0: a free place */
};

struct verdicts {
	uint8_t key[VERDICT_DIGEST_LEN];
	struct verdict_entry v[VERDICTS_MAX];
};

void verdicts_init(struct verdicts *c);
void verdicts_release(struct verdicts *c);

bool verdicts_find(const struct verdicts *c, const char *token, const char *path, int64_t now_ns,
		   enum scrape_verdict *out);

/* Where all places are taken, refusals go first: whoever sends many tokens must not drive out those that are
 * allowed. SCRAPE_UNKNOWN is not kept. */
void verdicts_keep(struct verdicts *c, const char *token, const char *path, int64_t now_ns,
		   enum scrape_verdict verdict);

#endif
