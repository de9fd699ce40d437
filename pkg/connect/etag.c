#include "connect/etag.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ETAG_SIZE 32

static void format(int64_t version, char out[ETAG_SIZE])
{
	(void)snprintf(out, ETAG_SIZE, "\"%" PRId64 "\"", version);
}

void etag_set(struct http_server_reply *r, int64_t version)
{
	char text[ETAG_SIZE];

	format(version, text);
	http_reply_header(r, "ETag", text);
}

static bool is_among(const char *list, const char *text)
{
	CLEANUP(strv_release) struct strv etags = {0};

	strv_split(&etags, list, ',');
	for (size_t i = 0; i < etags.n; i++) {
		const char *etag = etags.v[i] + strspn(etags.v[i], " \t");
		const size_t len = strlen(text);

		if (str_has_prefix(etag, "W/"))
			etag += 2;
		if (strncmp(etag, text, len) == 0 && strspn(etag + len, " \t") == strlen(etag + len))
			return true;
	}
	return streq(list, "*");
}

bool etag_is_among(const char *list, int64_t version)
{
	char text[ETAG_SIZE];

	format(version, text);
	return is_among(list, text);
}

void etag_set_text(struct http_server_reply *r, const char *text)
{
	CLEANUP(mem_freep) char *quoted = mem_printf("\"%s\"", text);

	http_reply_header(r, "ETag", quoted);
}

bool etag_text_is_among(const char *list, const char *text)
{
	CLEANUP(mem_freep) char *quoted = mem_printf("\"%s\"", text);

	return is_among(list, quoted);
}

bool etag_is_exactly(const char *etag, int64_t version)
{
	char text[ETAG_SIZE];

	format(version, text);
	return streq(etag, text);
}

bool etag_version(const char *etag, int64_t *out)
{
	const size_t len = strlen(etag);

	*out = 0;
	if (streq(etag, "*"))
		return true;
	if (len <= 2 || etag[0] != '"' || etag[len - 1] != '"')
		return false;
	CLEANUP(mem_freep) char *number = mem_strndup(etag + 1, len - 2);
	return str_to_int(number, 1, INT64_MAX, out);
}
