#include "base/mem.h"
#include "onepassword/answer.h"
#include "onepassword/client.h"
#include "onepassword/request.h"

#include <ctype.h>
#include <string.h>

static bool is_cursor(const char *s)
{
	const size_t len = strlen(s);

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && s[i] != '-' && s[i] != '_')
			return false;
	return len > 0 && len < OP_CURSOR_SIZE;
}

err_t op_wait_changes(struct op_client *c, char cursor[OP_CURSOR_SIZE], int wait_s, struct cancel *cancel)
{
	CLEANUP(mem_freep)
	char *path = mem_printf("/connect-server/v1/changes?wait=%d%s%s", wait_s, *cursor ? "&cursor=" : "",
				cursor);
	const struct op_get get = {.route = "changes", .path = path, .max_bytes = OP_CHANGES_MAX};
	CLEANUP(http_response_release) struct http_response r = {0};
	CLEANUP(jsonx_freep) struct jsonx *json = NULL;
	const char *now;

	TRY_(request_get(c, &get, cancel, &r));
	if (r.status == 404 || r.status == 405)
		return err_new(ERR_NOT_FOUND, "this Connect server has no change feed");
	TRY_(answer_check(&r, false));
	TRY_(answer_json(&r, &json));
	now = jsonx_get_str(json, "cursor");
	if (!now || !is_cursor(now))
		return err_new(ERR_PROTOCOL, "changes: cursor must be 1 to %d letters, digits, - or _",
			       OP_CURSOR_SIZE - 1);
	memcpy(cursor, now, strlen(now) + 1);
	return NULL;
}
