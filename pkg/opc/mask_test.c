#include "opc/mask.h"

#include "base/mem.h"
#include "base/test.h"

#include <string.h>

static struct mask *mask_of(const char *const *secrets)
{
	struct mask *m = mask_new();

	for (; *secrets; secrets++) {
		CLEANUP(secret_freep) struct secret *s = secret_from_str(*secrets);

		CHECK_OK(mask_add(m, s));
	}
	return m;
}

/* The text in pieces of that size. */
static char *masked(const struct mask *m, const char *text, size_t piece)
{
	struct strbuf out CLEANUP(strbuf_release) = {0};
	struct mask_stream stream = {0};
	const size_t len = strlen(text);

	strbuf_init(&out, 65536);
	for (size_t i = 0; i < len; i += piece)
		mask_feed(m, &stream, text + i, len - i < piece ? len - i : piece, &out);
	mask_end(m, &stream, &out);
	mask_stream_release(&stream);
	return mem_strdup(out.p ? out.p : "");
}

#define M MASK_TEXT

TEST(mask, conceals_secrets_however_they_are_cut)
{
	static const struct {
		const char *name, *secrets[4], *text, *want;
	} cases[] = {
		{"none", {NULL}, "hello", "hello"},
		{"one", {"s3cret"}, "a s3cret, s3cre, s3cret", "a " M ", s3cre, " M},
		{"the whole", {"s3cret"}, "s3cret", M},
		{"an end that only begins one", {"s3cret"}, "it is s3cr", "it is s3cr"},
		{"overlapping", {"abcd", "cdef"}, "xabcdefx", "x" M "x"},
		{"one in another", {"abcdef", "cd"}, "abcdef cd abcde", M " " M " ab" M "e"},
		{"twice in a row", {"aa"}, "xaaaax", "x" M "x"},
		{"with itself", {"aba"}, "xababax", "x" M "x"},
		{"over lines", {"line1\nline2"}, "a line1\nline2\n", "a " M "\n"},
		{"as JSON", {"a\"b\nc"}, "{\"x\":\"a\\\"b\\nc\"}", "{\"x\":\"" M "\"}"},
		{"in base64", {"password1"}, "cGFzc3dvcmQx", M},
		{"in base64 behind one byte", {"password1"}, "eHBhc3N3b3JkMQ==", "eH" M "Q=="},
		{"in base64 behind two bytes", {"password1"}, "eHlwYXNzd29yZDE=", "eHl" M "E="},
		{"in base64 within a text", {"password1"}, "dXNlcjpwYXNzd29yZDE6eA==", "dXNlcjp" M "E6eA=="},
		{"in base64 with padding", {"secret12"}, "c2VjcmV0MTI=.", M "I=."},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(mask_freep) struct mask *m = mask_of(cases[i].secrets);

		for (size_t piece = 1; piece <= strlen(cases[i].text); piece++) {
			CLEANUP(mem_freep) char *have = masked(m, cases[i].text, piece);

			CHECK_MSG(streq(have, cases[i].want), "%s, in pieces of %zu: %s", cases[i].name,
				  piece, have);
		}
	}
	CHECK_INT(err_live(), 0);
}

TEST(mask, passes_on_at_once_what_can_be_no_secret)
{
	static const char *const secrets[] = {"a long secret", NULL};
	CLEANUP(mask_freep) struct mask *m = mask_of(secrets);
	struct strbuf out CLEANUP(strbuf_release) = {0};
	struct mask_stream stream = {0};

	strbuf_init(&out, 65536);
	mask_feed(m, &stream, "Continue? ", 10, &out);
	CHECK_STR(out.p, "Continue? ");
	mask_stream_release(&stream);
}
