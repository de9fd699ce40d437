#ifndef CONNECT_CONNECT_H
#define CONNECT_CONNECT_H

#include "http/server.h"
#include "metrics/metrics.h"
#include "vault/usage.h"

/* The Connect REST API over a vault store: /v1, /heartbeat, /health, /metrics, and what goes beyond it under
 * /connect-server/v1. Errors are JSON, {"status":N,"message":"…"}, with the status of the answer. A request
 * is checked in this order: token (401), syntax of the vault's id (400), rights in the vault (403), syntax of
 * the item's id (400), existence (404). A token without the right to read learns no content from any answer.
 *
 * Thread-safe. Logs what failed on our side; never a token, a title or a value. */
struct connect;

/* What clients ask for in 1Password-Connect-Version: the Connect release whose API this is. */
#define CONNECT_API_VERSION "1.8.1"

struct connect_options {
	struct vault_store *store; /* outlives the connect */
	struct metrics *metrics;   /* outlives it too; NULL: none, and /metrics is not found */
	struct usage_log *usage;   /* outlives it too; NULL: nothing is recorded */
	bool audit_strict;         /* rows are on the disk before the answer */
	bool access_log;           /* a line for every request; never with a title, a value or a query */
	size_t max_inline_bytes;   /* of files whose content is asked for with their description */
	int64_t token_rate;        /* requests a second with one token; 0: no limit */
	int64_t address_rate;      /* and from one address */
	size_t max_waiting;        /* requests that may wait for changes at once: each holds a worker */
};

/* For http_server_options: the headers that every answer must have, also a refusal of the HTTP server's own.
 */
extern const struct http_header connect_headers[];
#define CONNECT_HEADERS 4

struct connect *connect_new(const struct connect_options *options);
void connect_free(struct connect *c); /* NULL is fine; no request may be running */

/* Requests that wait for changes are answered now, and no later one waits: before the server is stopped. */
void connect_stop_waiting(struct connect *c);

/* Forgets keys of tokens that ended, and sessions. To be called every few seconds. */
void connect_sweep(struct connect *c);

/* An http_server_fn. */
void connect_handle(void *connect, const struct http_server_request *req, struct http_server_reply *reply);

/* The administration API, /admin/v1, for a listener of its own. Each request carries an administrator key as
 * "Authorization: Bearer ID.SECRET", both as they stand in its file; the server forgets it with the answer.
 * Or the token of a person's session, who signed in with a passphrase. What administrators do is in the usage
 * log before they are answered. */
void connect_handle_admin(void *connect, const struct http_server_request *req,
			  struct http_server_reply *reply);

#endif
