#ifndef ONEPASSWORD_ITEM_H
#define ONEPASSWORD_ITEM_H

#include "base/secret.h"
#include "base/str.h"
#include "json/json.h"

/* An item as the Connect API's FullItem gives it, as far as this project uses it. Unknown members are
 * ignored; what has a wrong type is ERR_PROTOCOL that names the member, never its value. */
struct item_url {
	char *label; /* "" if none */
	char *href;
	bool primary;
};

struct item_field {
	char *id;
	char *label;
	char *type;                       /* upper case; "STRING" if absent */
	char *purpose;                    /* "" if none */
	char *section_id, *section_label; /* NULL if none */
	struct secret *value;             /* never NULL; empty if absent */
};

struct item_file {
	char *id;
	char *name;
	char *content_path;
	int64_t size;
	struct secret *content; /* NULL until loaded */
};

struct item {
	char *id, *vault_id, *title, *category;
	int64_t version;
	char *state; /* NULL when active */
	struct strv tags;
	struct item_url *urls;
	size_t n_urls;
	struct item_field *fields;
	size_t n_fields;
	struct item_file *files;
	size_t n_files;
};

#define ITEM_FIELDS_MAX 4096
#define ITEM_FILES_MAX 256

err_t item_parse(const struct jsonx *json, struct item **out) NODISCARD;
void item_free(struct item *i);
void item_freep(struct item **i);
bool item_has_tag(const struct item *i, const char *tag); /* exact */

/* Users tag items with it that the operator shall not update. */
#define ITEM_IGNORE_TAG "operator.1password.io:ignore-secret"

/* What a vault's list tells of an item. */
struct item_summary {
	char *id, *title;
	int64_t version;
	int64_t created_ms;
	char *state;  /* NULL when active */
	bool ignored; /* has the tag ITEM_IGNORE_TAG */
};
err_t item_summary_parse(const struct jsonx *json, struct item_summary *out) NODISCARD;
void item_summary_release(struct item_summary *s);

struct opvault {
	char *id, *name;
	int64_t created_ms;
	int64_t attribute_version, content_version;
};
err_t opvault_parse(const struct jsonx *json, struct opvault *out) NODISCARD;
void opvault_release(struct opvault *v);

/* 26 characters of a-z0-9: Connect's ids (and, rarely, titles). */
bool onepassword_is_id(const char *s);

#endif
