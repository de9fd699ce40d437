#include "controller/verdicts.h"

#include "base/crypto.h"
#include "base/rand.h"

#include <string.h>

/* More than a header can hold. */
#define TEXT_MAX (64u << 10)

void verdicts_init(struct verdicts *c)
{
	*c = (struct verdicts){0};
	rand_bytes(c->key, sizeof(c->key));
}

void verdicts_release(struct verdicts *c)
{
	secret_wipe(c, sizeof(*c));
}

/* False for a text that is too long to be kept. */
static bool digest_of(const struct verdicts *c, const char *token, const char *path,
		      uint8_t out[VERDICT_DIGEST_LEN])
{
	struct secret *text CLEANUP(secret_freep) = secret_new(TEXT_MAX);
	err_t e = secret_add(text, c->key, sizeof(c->key));

	/* With its NUL, so that path and token cannot be cut elsewhere. */
	if (!e)
		e = secret_add(text, path, strlen(path) + 1);
	if (!e)
		e = secret_add(text, token, strlen(token));
	if (e) {
		err_free(e);
		return false;
	}
	crypto_sha256(secret_bytes(text), secret_len(text), out);
	return true;
}

static bool is_of(const struct verdict_entry *e, const uint8_t digest[VERDICT_DIGEST_LEN])
{
	return e->until_ns && memcmp(e->digest, digest, VERDICT_DIGEST_LEN) == 0;
}

bool verdicts_find(const struct verdicts *c, const char *token, const char *path, int64_t now_ns,
		   enum scrape_verdict *out)
{
	uint8_t digest[VERDICT_DIGEST_LEN];

	if (!digest_of(c, token, path, digest))
		return false;
	for (size_t i = 0; i < VERDICTS_MAX; i++) {
		if (is_of(&c->v[i], digest) && now_ns < c->v[i].until_ns) {
			*out = c->v[i].verdict;
			return true;
		}
	}
	return false;
}

static bool is_better_place(const struct verdict_entry *a, const struct verdict_entry *b, int64_t now_ns)
{
	const bool a_stays = a->until_ns > now_ns && a->verdict == SCRAPE_ALLOWED;
	const bool b_stays = b->until_ns > now_ns && b->verdict == SCRAPE_ALLOWED;

	return a_stays != b_stays ? b_stays : a->until_ns < b->until_ns;
}

static struct verdict_entry *place_for(struct verdicts *c, const uint8_t digest[VERDICT_DIGEST_LEN],
				       int64_t now_ns)
{
	struct verdict_entry *best = &c->v[0];

	for (size_t i = 0; i < VERDICTS_MAX; i++) {
		if (is_of(&c->v[i], digest))
			return &c->v[i];
		if (is_better_place(&c->v[i], best, now_ns))
			best = &c->v[i];
	}
	return best;
}

void verdicts_keep(struct verdicts *c, const char *token, const char *path, int64_t now_ns,
		   enum scrape_verdict verdict)
{
	struct verdict_entry entry = {.verdict = verdict, .until_ns = now_ns + VERDICTS_KEEP_MS * NS_PER_MS};

	if (verdict != SCRAPE_UNKNOWN && digest_of(c, token, path, entry.digest))
		*place_for(c, entry.digest, now_ns) = entry;
}
