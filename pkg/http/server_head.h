#ifndef HTTP_SERVER_HEAD_H
#define HTTP_SERVER_HEAD_H

#include "base/def.h"

/* The head of a request (RFC 9112: request line and header fields), read strictly: whatever two readers could
 * understand in two ways is refused, because a proxy may stand before us. No tolerance for bare LF, folded
 * lines, blanks before a colon, or a header twice that may stand once. */

#define HEAD_MAX (16 * 1024)       /* bytes of a head, with the empty line at its end */
#define HEAD_TARGET_MAX (8 * 1024) /* bytes of path and query */
#define HEAD_VALUE_MAX (8 * 1024)
#define HEAD_FIELDS_MAX 100

/* Why a request is answered without asking the handler. */
struct refusal {
	int status; /* 0: not refused */
	const char *message;
};

/* Texts point into what was parsed; "" if absent. */
struct head {
	const char *method;
	const char *path; /* as sent, up to '?' */
	const char *query;
	const char *user_agent;
	const char *authorization;
	const char *content_type;
	const char *accept;
	const char *if_none_match;
	const char *if_match;
	const char *last_event_id;
	const char *range;
	const char *if_range;
	int64_t content_length; /* -1: none */
	bool transfer_encoding; /* present, whatever it says */
	bool expect_continue;
	bool keep_alive; /* by version and Connection */
	bool http_1_0;
};

/* Length of the head at the start of p, or 0 when its end has not come yet. The first `scanned` bytes are
 * known to hold no end. */
size_t head_find_end(const char *p, size_t len, size_t scanned);

/* Parses a whole head of len bytes in place: cuts it into C strings. text[len] must be a NUL. */
struct refusal head_parse(char *text, size_t len, struct head *out);

#endif
