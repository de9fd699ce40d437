#ifndef CONNECT_CALL_H
#define CONNECT_CALL_H

#include "connect/connect.h"
#include "connect/rates.h"
#include "connect/waiting.h"
#include "http/router.h"
#include "vault/admin_change.h"
#include "vault/items.h"
#include "json/jsonw.h"

/* Internal to pkg/connect. */
struct connect {
	struct connect_options options;
	struct waiting *waiting;
	struct rates *token_rates, *address_rates;
	struct sessions *sessions;
	struct signin *signin;
	struct metric *requests, *durations, *throttled;
};

/* One request on its way. Handlers return an error for every answer that is none of 2xx and 3xx; its text is
 * the client's message and its kind gives the status, unless call_fail set another one. */
struct call {
	const struct connect *connect;
	const struct http_server_request *req;
	struct http_server_reply *reply;
	const struct route *routes; /* of this API */
	size_t n_routes;
	const char *const *params; /* of the route */
	const char *route;         /* for metrics and log */
	const char *pattern;       /* of the route */
	err_t (*handle)(struct call *c);
	struct vault_access *access;  /* set by call_authenticate */
	struct vault_admin *admin;    /* set by call_authenticate_admin: what is denied then is a 403 */
	char made_id[OBJECT_ID_SIZE]; /* of what a handler made, for the usage log */
	int status;                   /* 0: by the error's kind */
};

/* What the two listeners serve. */
struct route_table {
	const struct route *v;
	size_t n;
};
struct route_table connect_routes(void);
struct route_table connect_admin_routes(void);

/* A function for a router's table: it selects handle_NAME, which call_run then calls. */
#define ROUTE(name)                                                                                          \
	static void select_##name(void *arg, const struct http_server_request *req,                          \
				  const struct router_match *m, struct http_server_reply *reply)             \
	{                                                                                                    \
		struct call *c = arg;                                                                        \
                                                                                                             \
		(void)req;                                                                                   \
		(void)m;                                                                                     \
		(void)reply;                                                                                 \
		c->route = #name;                                                                            \
		c->handle = handle_##name;                                                                   \
	}

/* Finds the route, calls the handler, answers, and tells metrics, log and usage log. */
void call_run(struct call *c);

/* Whether there is one more for that token or address; by: "token" or "address". */
err_t call_take(struct call *c, struct rates *rates, const char *by, const char *key) NODISCARD;

/* An error with a status of its own. */
err_t call_fail(struct call *c, int status, const char *fmt, ...) PRINTF(3, 4) NODISCARD;
int call_status_of(const struct call *c, const struct err *e);

/* The checks in their order; each includes those before it. Path parameters are the vault, the item, the
 * file. */
err_t call_authenticate(struct call *c) NODISCARD;
const char *call_bearer(const struct call *c); /* what its Authorization bears, or NULL */
err_t call_enter_vault(struct call *c, enum vault_right right, const char *doing) NODISCARD;
err_t call_enter_item(struct call *c, enum vault_right right, const char *doing) NODISCARD;
/* One more right, after one of those. */
err_t call_need(struct call *c, enum vault_right right, const char *doing) NODISCARD;
bool call_may_read(const struct call *c); /* the vault of the path */

const char *call_vault_id(const struct call *c);
const char *call_item_id(const struct call *c);

/* The version that If-Match asks for; 0 for any. */
err_t call_if_match(struct call *c, int64_t *out) NODISCARD;

/* The query's filter and flags. */
bool call_wants(const struct call *c, const char *flag);

/* e as it is, but for damage to a part of what is stored when the answer has something that is whole: that is
 * told of in the log and by the header Connect-Server-Damaged. An answer that would be empty fails instead:
 * "there is none" is not what is known, and clients delete things when they hear it. */
err_t call_without_damage(struct call *c, bool has_some, err_t e) NODISCARD;

/* Begins an answer of JSON, status 200. */
void call_json(struct call *c, struct jsonw *w);

/* Text or bytes. */
err_t call_text(struct call *c, const char *content_type, const char *p, size_t len) NODISCARD;

/* audit.c: a row of the usage log about the call. */
void call_note(struct call *c, const struct err *e);
/* One more row: an item was read on the way. */
void call_note_read(const struct call *c, const char *vault_id, const char *item_id);

/* vaults.c */
err_t handle_vault_list(struct call *c) NODISCARD;
err_t handle_vault_get(struct call *c) NODISCARD;
/* items.c */
err_t handle_item_list(struct call *c) NODISCARD;
err_t handle_item_get(struct call *c) NODISCARD;
err_t handle_item_create(struct call *c) NODISCARD;
err_t handle_item_replace(struct call *c) NODISCARD;
err_t handle_item_patch(struct call *c) NODISCARD;
err_t handle_item_delete(struct call *c) NODISCARD;
err_t handle_field_get(struct call *c) NODISCARD;
/* files.c */
err_t handle_file_list(struct call *c) NODISCARD;
err_t handle_file_get(struct call *c) NODISCARD;
err_t handle_file_content(struct call *c) NODISCARD;
err_t handle_file_put(struct call *c) NODISCARD;
err_t handle_file_delete(struct call *c) NODISCARD;
err_t handle_document_create(struct call *c) NODISCARD;
/* activity.c */
err_t handle_activity(struct call *c) NODISCARD;
/* changes.c */
err_t handle_changes(struct call *c) NODISCARD;
/* openapi.c */
err_t handle_openapi(struct call *c) NODISCARD;
/* resolve.c */
err_t handle_resolve(struct call *c) NODISCARD;
/* health.c */
err_t handle_heartbeat(struct call *c) NODISCARD;
err_t handle_health(struct call *c) NODISCARD;
err_t handle_ready(struct call *c) NODISCARD;
err_t handle_metrics(struct call *c) NODISCARD;

#endif
