/* Lines must not depend on how the bytes were split. The first byte says how long a line may be, the second
 * how the rest is split. */

#include "http/lines.h"

#include "base/mem.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

/* The line that starts at *p, by the plainest means. */
static void expect_line(const char **p, const char *end, size_t max_line, const char *line, size_t len)
{
	check(len <= max_line && len <= (size_t)(end - *p));
	check(memchr(line, '\n', len) == NULL);
	check(memcmp(*p, line, len) == 0);
	*p += len;
}

static void expect_too_long(const char *p, const char *end, size_t max_line, err_t e)
{
	const size_t left = (size_t)(end - p);
	const char *newline = memchr(p, '\n', left);

	check(err_is(e, ERR_TOO_LARGE));
	check((newline ? (size_t)(newline - p) : left) > max_line);
	err_free(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(http_lines_release) struct http_lines l = {0};
	const size_t max_line = size > 0 ? data[0] : 0;
	const size_t piece = size > 1 ? (size_t)data[1] + 1 : 1;
	const char *in = (const char *)data + (size > 1 ? 2 : size);
	const char *end = (const char *)data + size;
	const char *expected = in, *line = NULL;
	size_t len = 0;

	http_lines_init(&l, max_line);
	for (const char *at = in; at < end; at += len) {
		const size_t left = (size_t)(end - at);
		const size_t taken = piece < left ? piece : left;

		check(http_lines_add(&l, at, taken) == NULL);
		for (;;) {
			err_t e = http_lines_next(&l, &line, &len);

			if (e) {
				expect_too_long(expected, end, max_line, e);
				return 0;
			}
			if (!line)
				break;
			expect_line(&expected, end, max_line, line, len);
			check(expected < end && *expected == '\n');
			expected++;
		}
		len = taken;
	}
	check(http_lines_rest(&l, &line, &len) == NULL);
	if (line)
		expect_line(&expected, end, max_line, line, len);
	check(expected == end);
	return 0;
}
