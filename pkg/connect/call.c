#include "connect/call.h"

#include "connect/etag.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

err_t call_fail(struct call *c, int status, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	c->status = status;
	return err_new(ERR_INVALID, "%s", text);
}

int call_status_of(const struct call *c, const struct err *e)
{
	if (c->status)
		return c->status;
	switch (err_kind(e)) {
	case ERR_INVALID:
		return 400;
	case ERR_DENIED:
		return c->admin ? 403 : 401;
	case ERR_NOT_FOUND:
		return 404;
	case ERR_EXISTS:
	case ERR_CONFLICT:
		return 409;
	case ERR_TOO_LARGE:
		return 413;
	case ERR_THROTTLED:
		return 429;
	case ERR_UNAVAILABLE:
	case ERR_TIMEOUT:
	case ERR_CANCELED:
		return 503;
	case ERR_GONE:
	case ERR_PROTOCOL:
	case ERR_INTERNAL:
	default:
		return 500;
	}
}

const char *call_bearer(const struct call *c)
{
	static const char scheme[] = "Bearer ";
	const char *text = c->req->authorization;

	if (strncasecmp(text, scheme, strlen(scheme)) != 0)
		return NULL;
	text += strlen(scheme);
	return text + strspn(text, " ");
}

err_t call_take(struct call *c, struct rates *rates, const char *by, const char *key)
{
	int64_t wait_s = 0;
	char text[24];

	if (rates_take(rates, key, &wait_s))
		return NULL;
	metric_add(c->connect->throttled, METRIC_LABELS(by), 1);
	(void)snprintf(text, sizeof(text), "%lld", (long long)wait_s);
	http_reply_header(c->reply, "Retry-After", text);
	return call_fail(c, 429, "too many requests with this %s; come again after the time in Retry-After",
			 by);
}

err_t call_authenticate(struct call *c)
{
	const char *token = call_bearer(c);

	if (!token)
		return err_new(ERR_DENIED, "Invalid bearer token");
	TRY_(vault_access_open(c->connect->options.store, token, &c->access));
	return call_take(c, c->connect->token_rates, "token", vault_access_token_id(c->access));
}

const char *call_vault_id(const struct call *c)
{
	return c->params[0];
}

const char *call_item_id(const struct call *c)
{
	return c->params[1];
}

err_t call_need(struct call *c, enum vault_right right, const char *doing)
{
	if (vault_access_rights(c->access, call_vault_id(c)) & right)
		return NULL;
	return call_fail(c, 403, "Authorization: token does not have permission to perform %s on vault %s",
			 doing, call_vault_id(c));
}

err_t call_enter_vault(struct call *c, enum vault_right right, const char *doing)
{
	TRY_(call_authenticate(c));
	if (!object_id_is_valid(call_vault_id(c)))
		return err_new(ERR_INVALID, "Invalid Vault UUID");
	if (!vault_access_rights(c->access, call_vault_id(c)))
		return call_fail(c, 403, "vault %s is not in scope", call_vault_id(c));
	return call_need(c, right, doing);
}

err_t call_enter_item(struct call *c, enum vault_right right, const char *doing)
{
	TRY_(call_enter_vault(c, right, doing));
	if (!object_id_is_valid(call_item_id(c)))
		return err_new(ERR_INVALID, "Invalid Item UUID");
	return NULL;
}

bool call_may_read(const struct call *c)
{
	return vault_access_rights(c->access, call_vault_id(c)) & VAULT_READ;
}

bool call_wants(const struct call *c, const char *flag)
{
	CLEANUP(mem_freep) char *text = router_query(c->req->query, flag);
	bool value = false;

	return text && str_to_bool(text, &value) && value;
}

err_t call_if_match(struct call *c, int64_t *out)
{
	*out = 0;
	if (str_empty(c->req->if_match) || etag_version(c->req->if_match, out))
		return NULL;
	return call_fail(c, 412, "If-Match is no ETag of ours");
}

err_t call_without_damage(struct call *c, bool has_some, err_t e)
{
	static const struct logger log = {.name = "connect"};

	if (!has_some || !err_is(e, ERR_PROTOCOL))
		return e;
	log_error(&log, "stored records are damaged, and left out of an answer", F_STR("route", c->route),
		  F_ERR(e));
	http_reply_header(c->reply, "Connect-Server-Damaged", "some records");
	err_free(e);
	return NULL;
}

void call_json(struct call *c, struct jsonw *w)
{
	http_reply_status(c->reply, 200);
	http_reply_content_type(c->reply, "application/json");
	jsonw_init_secret(w, http_reply_body(c->reply));
}

err_t call_text(struct call *c, const char *content_type, const char *p, size_t len)
{
	http_reply_status(c->reply, 200);
	http_reply_content_type(c->reply, content_type);
	return secret_add(http_reply_body(c->reply), p, len);
}
