#include "http/lines.h"

#include "base/mem.h"
#include "base/test.h"
#include <string.h>

#define MAX_LINE 8

/* Feeds input in pieces of the given size; the result is each line in brackets, "!" for a line over the
 * ceiling. */
static char *cut(const char *input, size_t len, size_t piece)
{
	struct strbuf got;
	CLEANUP(http_lines_release) struct http_lines l = {0};
	const char *line = NULL;
	size_t line_len = 0;
	err_t e = NULL;

	strbuf_init(&got, 1000);
	http_lines_init(&l, MAX_LINE);
	for (size_t at = 0; at < len && !e; at += piece) {
		CHECK_OK(http_lines_add(&l, input + at, piece < len - at ? piece : len - at));
		while (!(e = http_lines_next(&l, &line, &line_len)) && line) {
			strbuf_addc(&got, '[');
			strbuf_add(&got, line, line_len);
			strbuf_addc(&got, ']');
		}
	}
	if (!e)
		e = http_lines_rest(&l, &line, &line_len);
	if (!e && line) {
		strbuf_adds(&got, "rest:");
		strbuf_add(&got, line, line_len);
	}
	if (e) {
		CHECK(err_is(e, ERR_TOO_LARGE));
		strbuf_adds(&got, "!");
		err_free(e);
	}
	return strbuf_take(&got);
}

TEST(lines, are_the_same_however_the_bytes_are_split)
{
	static const struct {
		const char *name, *in, *want;
	} cases[] = {
		{"nothing", "", ""},
		{"one line", "abc\n", "[abc]"},
		{"several", "a\nbb\nccc\n", "[a][bb][ccc]"},
		{"empty lines", "\n\na\n\n", "[][][a][]"},
		{"carriage return stays", "a\r\n\r\n", "[a\r][\r]"},
		{"rest without newline", "a\nbc", "[a]rest:bc"},
		{"only a rest", "abc", "rest:abc"},
		{"as long as allowed", "12345678\n12345678", "[12345678]rest:12345678"},
		{"too long", "a\n123456789\nb\n", "[a]!"},
		{"too long without an end", "a\n123456789", "[a]!"},
		{"UTF-8", "\xc3\xa9\n\xe2\x82\xac", "[\xc3\xa9]rest:\xe2\x82\xac"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const size_t len = strlen(cases[i].in);

		for (size_t piece = 1; piece <= len + 1; piece++) {
			CLEANUP(mem_freep) char *got = cut(cases[i].in, len, piece);

			CHECK_MSG(streq(got, cases[i].want), "%s in pieces of %zu: %s", cases[i].name, piece,
				  got);
		}
	}
	CHECK_INT(err_live(), 0);
}

TEST(lines, keep_nul_bytes)
{
	CLEANUP(http_lines_release) struct http_lines l = {0};
	const char *line = NULL;
	size_t len = 0;

	http_lines_init(&l, MAX_LINE);
	CHECK_OK(http_lines_add(&l, "a\0b\n\0", 5));
	CHECK_OK(http_lines_next(&l, &line, &len));
	CHECK_INT(len, 3);
	CHECK(memcmp(line, "a\0b", 3) == 0);
	CHECK_OK(http_lines_next(&l, &line, &len));
	CHECK(line == NULL);
	CHECK_OK(http_lines_rest(&l, &line, &len));
	CHECK_INT(len, 1);
	CHECK_OK(http_lines_rest(&l, &line, &len));
	CHECK(line == NULL);
}

TEST(lines, have_a_ceiling_for_bytes_that_nobody_takes)
{
	CLEANUP(http_lines_release) struct http_lines l = {0};
	CLEANUP(mem_freep) char *block = mem_zalloc(HTTP_LINES_BATCH_MAX);

	http_lines_init(&l, MAX_LINE);
	CHECK_OK(http_lines_add(&l, block, HTTP_LINES_BATCH_MAX));
	CHECK_OK(http_lines_add(&l, block, MAX_LINE));
	CHECK_ERR(http_lines_add(&l, block, 1), ERR_TOO_LARGE);
	CHECK_INT(err_live(), 0);
}
