#include "http/server_head.h"
#include "base/str.h"
#include <string.h>
#include <strings.h>

#define CONTENT_LENGTH_DIGITS 18 /* fits an int64_t */

static const struct refusal fine = {0, NULL};

size_t head_find_end(const char *p, size_t len, size_t scanned)
{
	static const char end[] = "\r\n\r\n";
	const size_t from = scanned > 3 ? scanned - 3 : 0;
	const char *found = memmem(p + from, len - from, end, sizeof(end) - 1);

	return found ? (size_t)(found - p) + sizeof(end) - 1 : 0;
}

/* RFC 9110 5.6.2 */
static bool is_token(const char *s)
{
	return *s && s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				 "!#$%&'*+-.^_`|~")] == '\0';
}

/* Visible characters, blanks and bytes over ASCII: no control character, so no CR, LF or NUL either. */
static bool is_field_value(const char *s)
{
	for (; *s; s++) {
		const unsigned char c = (unsigned char)*s;

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static bool is_visible_ascii(const char *s)
{
	for (; *s; s++)
		if (*s <= ' ' || *s > '~')
			return false;
	return true;
}

/* Cuts the line at *p off and moves *p behind it; NULL when a stray CR or LF is in it. */
static char *take_line(char **p)
{
	char *line = *p;
	char *end = line + strcspn(line, "\r\n");

	if (end[0] != '\r' || end[1] != '\n')
		return NULL;
	*end = '\0';
	*p = end + 2;
	return line;
}

static struct refusal parse_version(const char *version, struct head *out)
{
	if (streq(version, "HTTP/1.1"))
		return fine;
	if (streq(version, "HTTP/1.0")) {
		out->http_1_0 = true;
		return fine;
	}
	if (str_has_prefix(version, "HTTP/"))
		return (struct refusal){505, "only HTTP/1.1 and HTTP/1.0 are spoken here"};
	return (struct refusal){400, "the request line has no HTTP version"};
}

/* The absolute form (RFC 9112 3.2.2) means its path. */
static char *skip_authority(char *target)
{
	char *authority = strncasecmp(target, "http://", 7) == 0    ? target + 7
			  : strncasecmp(target, "https://", 8) == 0 ? target + 8
								    : NULL;

	return authority ? authority + strcspn(authority, "/?#") : target;
}

static struct refusal parse_target(char *target, struct head *out)
{
	char *path = skip_authority(target);
	char *question;

	if (strlen(path) > HEAD_TARGET_MAX)
		return (struct refusal){414, "path and query are too long"};
	if (path[0] != '/' || !is_visible_ascii(path) || strchr(path, '#'))
		return (struct refusal){400, "the path must start with / and be percent-encoded"};
	question = strchr(path, '?');
	if (question) {
		*question = '\0';
		out->query = question + 1;
	}
	out->path = path;
	return fine;
}

static struct refusal parse_request_line(char *line, struct head *out)
{
	char *target = strchr(line, ' ');
	char *version = target ? strchr(target + 1, ' ') : NULL;
	struct refusal bad;

	if (!version)
		return (struct refusal){400, "the request line must be: method, path, HTTP version"};
	*target++ = '\0';
	*version++ = '\0';
	if (!is_token(line))
		return (struct refusal){400, "the method is not a token"};
	bad = parse_version(version, out);
	if (bad.status)
		return bad;
	out->method = line;
	return parse_target(target, out);
}

static struct refusal parse_content_length(const char *value, struct head *out)
{
	int64_t n = 0;

	if (out->content_length >= 0)
		return (struct refusal){400, "Content-Length stands twice"};
	if (!*value || strlen(value) > CONTENT_LENGTH_DIGITS || value[strspn(value, "0123456789")])
		return (struct refusal){400, "Content-Length is not a number of bytes"};
	for (; *value; value++)
		n = n * 10 + (*value - '0');
	out->content_length = n;
	return fine;
}

/* What the fields say besides the values in struct head. */
struct connection {
	bool close, keep_alive, has_host;
};

/* A comma-separated list of options; only two mean something here. */
static void parse_connection(const char *value, struct connection *c)
{
	while (*value) {
		const size_t len = strcspn(value, ", \t");

		if (len == 5 && strncasecmp(value, "close", len) == 0)
			c->close = true;
		if (len == 10 && strncasecmp(value, "keep-alive", len) == 0)
			c->keep_alive = true;
		value += len;
		value += strspn(value, ", \t");
	}
}

/* Where the value of a field goes that is handed to the handler; NULL for any other name. */
static const char **find_slot(struct head *out, const char *name)
{
	const struct {
		const char *name;
		const char **slot;
	} fields[] = {
		{"user-agent", &out->user_agent},       {"authorization", &out->authorization},
		{"content-type", &out->content_type},   {"accept", &out->accept},
		{"if-none-match", &out->if_none_match}, {"if-match", &out->if_match},
		{"last-event-id", &out->last_event_id}, {"range", &out->range},
		{"if-range", &out->if_range},
	};

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (strcasecmp(name, fields[i].name) == 0)
			return fields[i].slot;
	return NULL;
}

static struct refusal use_value(const char **slot, const char *value, const struct head *out)
{
	/* Accept is a list that some clients send as several fields; its first one will do. */
	if (**slot && slot != &out->accept)
		return (struct refusal){400, "a header stands twice that may stand once"};
	if (!**slot)
		*slot = value;
	return fine;
}

static struct refusal use_field(const char *name, const char *value, struct head *out, struct connection *c)
{
	const char **slot = find_slot(out, name);

	if (slot)
		return use_value(slot, value, out);
	if (strcasecmp(name, "content-length") == 0)
		return parse_content_length(value, out);
	if (strcasecmp(name, "host") == 0) {
		if (c->has_host)
			return (struct refusal){400, "Host stands twice"};
		c->has_host = true;
	} else if (strcasecmp(name, "transfer-encoding") == 0) {
		out->transfer_encoding = true;
	} else if (strcasecmp(name, "connection") == 0) {
		parse_connection(value, c);
	} else if (strcasecmp(name, "expect") == 0) {
		if (strcasecmp(value, "100-continue") != 0)
			return (struct refusal){417, "the only known expectation is 100-continue"};
		out->expect_continue = true;
	}
	return fine;
}

/* Splits "name: value" and trims the blanks around value; NULL when it is not that. */
static char *split_field(char *line)
{
	char *value = strchr(line, ':');
	char *end;

	if (!value)
		return NULL;
	*value++ = '\0';
	value += strspn(value, " \t");
	end = value + strlen(value);
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	return is_token(line) && is_field_value(value) ? value : NULL;
}

static struct refusal parse_field(char *line, struct head *out, struct connection *c)
{
	char *value = split_field(line);

	if (!value)
		return (struct refusal){400, "a header is not of the form name: value"};
	if (strlen(value) > HEAD_VALUE_MAX)
		return (struct refusal){431, "a header is too long"};
	return use_field(line, value, out, c);
}

static struct refusal parse_fields(char *p, struct head *out)
{
	struct connection c = {.close = false};

	for (size_t n = 0;; n++) {
		char *line = take_line(&p);
		struct refusal bad;

		if (!line)
			return (struct refusal){400, "a header line does not end in CR LF"};
		if (!*line)
			break;
		if (n == HEAD_FIELDS_MAX)
			return (struct refusal){431, "too many headers"};
		bad = parse_field(line, out, &c);
		if (bad.status)
			return bad;
	}
	if (!c.has_host && !out->http_1_0)
		return (struct refusal){400, "HTTP/1.1 needs a Host header"};
	out->keep_alive = !c.close && (!out->http_1_0 || c.keep_alive);
	return fine;
}

struct refusal head_parse(char *text, size_t len, struct head *out)
{
	struct head head = {.method = "",
			    .path = "",
			    .query = "",
			    .user_agent = "",
			    .authorization = "",
			    .content_type = "",
			    .accept = "",
			    .if_none_match = "",
			    .if_match = "",
			    .last_event_id = "",
			    .range = "",
			    .if_range = "",
			    .content_length = -1};
	struct refusal bad;
	char *line;

	if (memchr(text, '\0', len))
		return (struct refusal){400, "a NUL is in the request's head"};
	line = take_line(&text);
	if (!line)
		return (struct refusal){400, "the request line does not end in CR LF"};
	bad = parse_request_line(line, &head);
	if (!bad.status)
		bad = parse_fields(text, &head);
	if (!bad.status)
		*out = head;
	return bad;
}
