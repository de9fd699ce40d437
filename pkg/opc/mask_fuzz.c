#include "opc/mask.h"

#include <stdlib.h>
#include <string.h>

#define SECRET "abcabd"
#define OUT_MAX ((size_t)16 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len);

/* Two concealed runs that touch may be shown as one. */
static void merge(struct strbuf *b)
{
	const size_t n = strlen(MASK_TEXT);
	size_t kept = 0;

	for (size_t i = 0; i < b->len; i++) {
		b->p[kept++] = b->p[i];
		if (kept >= 2 * n && memcmp(b->p + kept - n, MASK_TEXT, n) == 0 &&
		    memcmp(b->p + kept - 2 * n, MASK_TEXT, n) == 0)
			kept -= n;
	}
	b->len = kept;
}

/* What comes out, when the stream comes in pieces of that length. */
static void masked(const struct mask *m, const char *p, size_t len, size_t piece, struct strbuf *out)
{
	struct mask_stream s = {0};

	strbuf_init(out, OUT_MAX);
	for (size_t i = 0; i < len; i += piece)
		mask_feed(m, &s, p + i, len - i < piece ? len - i : piece, out);
	mask_end(m, &s, out);
	mask_stream_release(&s);
	merge(out);
}

/* No secret comes out, and how the stream is cut makes no difference. */
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct mask *m;
	struct secret *one, *other;
	struct strbuf whole, cut;

	if (len == 0)
		return 0;
	m = mask_new();
	one = secret_from_str(SECRET);
	other = secret_from_str("dab\"c");
	if (mask_add(m, one) || mask_add(m, other))
		abort();
	masked(m, (const char *)p + 1, len - 1, len, &whole);
	masked(m, (const char *)p + 1, len - 1, (size_t)p[0] + 1, &cut);
	if (memmem(whole.p, whole.len, SECRET, strlen(SECRET)) || whole.len != cut.len ||
	    memcmp(whole.p, cut.p, cut.len) != 0)
		abort();
	strbuf_release(&whole);
	strbuf_release(&cut);
	secret_free(one);
	secret_free(other);
	mask_free(m);
	return 0;
}
