#ifndef CONNECT_REST_H
#define CONNECT_REST_H

#include "base/test.h"
#include "connect/connect.h"
#include "http/server_exchange.h"
#include "vault/admin.h"
#include "json/json.h"

/* For tests: a Connect API over a store in a folder of its own, called without sockets but through the
 * server's own reading of requests and writing of answers. */
struct rest {
	char dir[64];
	struct vault_setup setup;
	struct vault_store *store;
	struct vault_admin *admin;
	struct metrics *metrics;
	struct usage_log *usage;
	struct connect *connect;
	struct inflight inflight;
	char vault_id[OBJECT_ID_SIZE];   /* "Demo Vault", of the three tokens */
	char foreign_id[OBJECT_ID_SIZE]; /* "Foreign", which none of them may enter */
	char token_id[OBJECT_ID_SIZE];   /* of rw */
	struct secret *rw, *r, *w;
	const char *peer; /* address that requests come from */
};

void rest_init(struct rest *t);
void rest_release(struct rest *t); /* for CLEANUP */

/* From now on with the rates of these options. */
void rest_limit(struct rest *t, const struct connect_options *rates);

struct answer {
	int status;
	char *head;
	char *body;
	size_t body_len;
	struct jsonx *json; /* NULL when the body is none */
};
void answer_release(struct answer *a); /* for CLEANUP */

/* Paths below /admin/ go to the administration API. token NULL: no Authorization; body NULL: none. path: with
 * query, percent-encoded as a client does. Of every answer is checked that an error is JSON with its own
 * status. */
struct answer rest_call(struct rest *t, const struct secret *token, const char *method, const char *path,
			const char *body);
struct answer rest_call_with(struct rest *t, const struct secret *token, const char *method, const char *path,
			     const char *header, const char *body, size_t body_len);

/* The same with a path below the vault: "" or "/items…". */
struct answer rest_vault(struct rest *t, const struct secret *token, const char *method, const char *below,
			 const char *body);

/* Posts an item with that title and gives its id. */
void rest_create(struct rest *t, const char *title, char out_id[OBJECT_ID_SIZE]);

void check_error(const struct answer *a, int status, const char *message);

#endif
