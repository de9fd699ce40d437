#ifndef OPC_CONTEXTS_H
#define OPC_CONTEXTS_H

#include "base/str.h"
#include "json/json.h"

/* The configuration of opc: named servers, and contexts, each a server with the files of the credentials for
 * it. As kubectl has clusters and contexts. No secret is in it.
 *
 *	current-context: prod
 *	servers:
 *	- name: main
 *	  connect: https://connect.example.com:8443
 *	  admin: https://connect.example.com:8082
 *	contexts:
 *	- name: prod
 *	  server: main
 *	  token-file: prod.token
 *	  admin-key: /home/me/.op/administrator-key.json
 */
struct opc_server {
	char *name, *connect, *admin; /* the URLs may be NULL */
};
struct opc_context {
	char *name, *server;
	char *token_file, *admin_key; /* NULL: none */
};
struct contexts {
	char *current; /* NULL: none */
	struct opc_server *servers;
	size_t n_servers;
	struct opc_context *v;
	size_t n;
};
#define CONTEXTS_MAX 1000
#define CONTEXTS_BYTES_MAX ((size_t)1 << 20)

void contexts_release(struct contexts *c);

/* ERR_INVALID names the member that is wrong. doc NULL: an empty file. */
err_t contexts_parse(const struct jsonx *doc, struct contexts *out) NODISCARD;
/* As YAML. */
err_t contexts_write(const struct contexts *c, struct strbuf *out) NODISCARD;

/* NULL: there is none of that name. */
struct opc_server *contexts_server(const struct contexts *c, const char *name);
struct opc_context *contexts_find(const struct contexts *c, const char *name);

/* What is there under that name, or a new one. Names are letters, digits, '-', '_' and '.': ERR_INVALID. */
err_t contexts_set_server(struct contexts *c, const char *name, struct opc_server **out) NODISCARD;
err_t contexts_set_context(struct contexts *c, const char *name, struct opc_context **out) NODISCARD;

/* false: there is none of that name. A current context that goes leaves none. */
bool contexts_delete(struct contexts *c, const char *name);

#endif
