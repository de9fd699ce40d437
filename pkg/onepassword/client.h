#ifndef ONEPASSWORD_CLIENT_H
#define ONEPASSWORD_CLIENT_H

#include "base/cancel.h"
#include "http/http.h"
#include "onepassword/item.h"

/* REST client of a Connect server, 1Password's own or ours. One per thread. Errors carry the server's own
 * message, made printable ("status 401: Invalid token signature"), never a value. An answer that is no JSON
 * of the right shape (a proxy's page) is ERR_PROTOCOL. */
struct op_client;

/* Where Connect is. Shared by all clients, thread-safe: the token may be replaced while they run. */
struct op_endpoint;
err_t op_endpoint_new(const char *host_url, const struct secret *token, struct op_endpoint **out) NODISCARD;
void op_endpoint_free(struct op_endpoint *e);
/* What requests say who they are; borrowed; default: the operator. Before the first client. */
void op_endpoint_set_user_agent(struct op_endpoint *e, const char *user_agent);
bool op_endpoint_set_token(struct op_endpoint *e, const struct secret *token); /* false: it is the same */
/* When its token ends, by the token's own account (token.h). */
bool op_endpoint_token_expiry(struct op_endpoint *e, int64_t *out_unix_s);
const char *op_endpoint_host(const struct op_endpoint *e);

struct op_observer {
	void (*done)(void *arg, const char *route, int code,
		     int64_t duration_ns); /* route: "vaults", "items", "item", "file",
					     "changes" */
	void *arg;
};

err_t op_client_new(struct op_endpoint *e, const struct op_observer *observer, struct op_client **out)
	NODISCARD;
struct op_client *op_client_new_on(struct op_endpoint *e,
				   struct http_transport *transport); /* tests; takes transport */
void op_client_free(struct op_client *c);

#define OP_TIMEOUT_MS 30000     /* one request */
#define OP_ITEM_MAX (4u << 20)  /* bytes of one item */
#define OP_LIST_MAX (64u << 20) /* bytes of a list of items */
#define OP_FILE_MAX (1u << 20)  /* bytes of one file: a Secret holds no more */
#define OP_FILES_MAX (4u << 20) /* bytes of all files of one item */

struct op_vaults {
	struct opvault *v;
	size_t n;
};
struct op_items {
	struct item_summary *v;
	size_t n;
};
void op_vaults_release(struct op_vaults *l);
void op_items_release(struct op_items *l);

err_t op_list_vaults(struct op_client *c, struct cancel *cancel, struct op_vaults *out) NODISCARD;
err_t op_list_items(struct op_client *c, const char *vault_id, struct cancel *cancel, struct op_items *out)
	NODISCARD;
err_t op_get_item(struct op_client *c, const char *vault_id, const char *item_id, struct cancel *cancel,
		  struct item **out) NODISCARD;

/* Waits up to wait_s seconds (25 at most) until the vaults that the token may read are no longer in the state
 * that cursor names, "" for one that is never theirs, and puts the state's name there; without a change it is
 * the same. ERR_NOT_FOUND: the server has no change feed, which 1Password's own has not. */
#define OP_CURSOR_SIZE 65
#define OP_CHANGES_MAX (4u << 20) /* bytes of an answer: thousands of vaults */
err_t op_wait_changes(struct op_client *c, char cursor[OP_CURSOR_SIZE], int wait_s, struct cancel *cancel)
	NODISCARD;

/* What the server answers, whole: the vaults (vault_id NULL), the items of a vault (item_id NULL), or an
 * item. For those who show it to a person. */
err_t op_get_document(struct op_client *c, const char *vault_id, const char *item_id, struct cancel *cancel,
		      struct jsonx **out) NODISCARD;
/* The same of an item as text, for who parses it in another thread. */
err_t op_get_text(struct op_client *c, const char *vault_id, const char *item_id, struct cancel *cancel,
		  struct secret **out) NODISCARD;
/* Appends the content of one file. */
err_t op_get_file(struct op_client *c, const char *vault_id, const char *item_id, const char *file_id,
		  struct cancel *cancel, struct secret *out) NODISCARD;

/* One request of any kind, for those who write. path: the server's own, percent-encoded. body may be NULL;
 * if_match: an ETag that the object must still have, or NULL. A request that meets a dead connection is sent
 * twice (http/client.h). Zero-initialise the reply. */
struct op_call {
	const char *method, *path;
	const struct secret *body; /* NULL: none */
	const char *content_type;  /* NULL: JSON */
	const char *if_match;
};
struct op_reply {
	struct jsonx *json; /* NULL for an empty answer */
	char *etag;         /* NULL if none */
};
err_t op_send(struct op_client *c, const struct op_call *call, struct cancel *cancel, struct op_reply *out)
	NODISCARD;
void op_reply_release(struct op_reply *r); /* for CLEANUP */

#define OP_FILES_TIMEOUT_MS 60000 /* all files of one item; a request that has begun may end */
/* Loads the content of every file of the item that has none yet, within that time. Files over OP_FILE_MAX are
 * ERR_TOO_LARGE with their name. A status 500 is retried up to five times a second apart: Connect answers so
 * until a file is synced. */
err_t op_load_files(struct op_client *c, struct item *item, struct cancel *cancel) NODISCARD;

#endif
