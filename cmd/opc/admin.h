#ifndef CMD_OPC_ADMIN_H
#define CMD_OPC_ADMIN_H

#include "opc.h"
#include "opc/itemnames.h"
#include "json/jsonw.h"

/* What every command for administrators has. */
struct admin_settings {
	struct connection_settings connection;
	char *url, *key_file;
	char *name, *description, *server, *vault, *expires_in;
	struct strv vaults, vault_list;
	char *group, *user, *email;
	bool force;
	int64_t limit;
};
#define ADMIN_AT(member) offsetof(struct admin_settings, member)
#define ADMIN_OPTIONS                                                                                        \
	GLOBAL_OPTIONS(struct admin_settings), CONTEXT_OPTION(struct admin_settings),                        \
		{"admin-url", "OPC_ADMIN_URL", CONFIG_STR, ADMIN_AT(url),                                    \
		 .help = "URL of the administration API (connect-server serve --admin-listen); default: "    \
			 "that "                                                                             \
			 "of the context, else http://127.0.0.1:8082."},                                     \
	{                                                                                                    \
		"admin-key", "OPC_ADMIN_KEY", CONFIG_STR, ADMIN_AT(key_file),                                \
			.help = "File of the administrator key, which only its owner may read; default: "    \
				"that of the context, else ~/.op/administrator-key.json."                    \
	}

/* A connection as an administrator: by a key that is named, else as the person who has signed in, else by the
 * key of the context or of the home. */
err_t admin_open(const struct admin_settings *s, struct lookup **out) NODISCARD;
/* As the person who has signed in, and nobody else. */
err_t admin_open_session(const struct admin_settings *s, struct lookup **out) NODISCARD;
/* As nobody, who may sign in. */
err_t admin_open_unknown(const struct admin_settings *s, struct lookup **out) NODISCARD;
/* Of the server that is asked. Caller frees. */
err_t admin_url(const struct admin_settings *s, char **out) NODISCARD;

/* method and path below /admin/v1; body NULL: none. */
err_t admin_send(struct lookup *l, const char *method, const char *path, const struct secret *body,
		 struct op_reply *out) NODISCARD;

/* The element of a list ("/servers") that has this id, or alone has this name or email address. The reply
 * owns it. */
err_t admin_find(struct lookup *l, const char *path, const char *what, const char *name,
		 struct op_reply *list, const struct jsonx **out) NODISCARD;
/* The same in a list that is there; server_id: only of that server, NULL: of any. Errors name what is there
 * instead. */
err_t admin_pick(const struct jsonx *list, const char *what, const char *name, const char *server_id,
		 const struct jsonx **out) NODISCARD;

/* The name, or with "-" those that standard input names, one in a line or in JSON. */
err_t admin_names(const char *name, struct item_names *out) NODISCARD;

/* Its path below /admin/v1, such as "/servers/ID". Caller frees. */
err_t admin_path(struct lookup *l, const char *path, const char *what, const char *name, char **out)
	NODISCARD;

/* Gives an element of a list another name. */
err_t admin_rename(const struct admin_settings *s, const char *path, const char *what, const char *name)
	NODISCARD;

/* What is done to elements of a list, a request for each. */
struct admin_action {
	const char *list, *what, *plural; /* "/people", "user", "users" */
	const char *method, *suffix;      /* "POST", "/suspend" */
	const char *question, *rest; /* "Delete the user \"", "\"?", around the name; NULL: none is asked */
	err_t (*answered)(const struct admin_settings *s, const struct jsonx *reply); /* may be NULL */
};
/* names: as for admin_names. */
err_t admin_act(const struct admin_settings *s, const struct admin_action *a, const char *names) NODISCARD;

/* A body with members of text; those without a value are left out. */
struct admin_member {
	const char *key, *value;
};
err_t admin_body(const struct admin_member *members, size_t n, struct secret *out) NODISCARD;

/* Whether what can't be undone is to be done: asks on a terminal, needs --force without one. */
err_t confirm(bool force, const char *question) NODISCARD;

#endif
