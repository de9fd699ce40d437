#ifndef VAULT_ITEM_H
#define VAULT_ITEM_H

#include "base/secret.h"
#include "base/str.h"
#include "vault/id.h"

/* An item as the store keeps it: what the Connect API's FullItem has, without what is computed for an answer.
 * All texts are owned and never NULL in an item that the store gave out. */
struct vault_item_url {
	char *label; /* "" if none */
	char *href;
	bool primary;
};

struct vault_item_section {
	char *id, *label;
};

struct vault_item_field {
	char *id;
	char *section_id; /* "" if none; else the id of one of the item's sections */
	char *type;       /* "STRING", "CONCEALED" … */
	char *purpose;    /* "", "USERNAME", "PASSWORD", "NOTES" */
	char *label;
	struct secret *value; /* empty if none */
	bool generated;       /* the value was made here */
	/* Of a password: what it was before, the newest first. The store alone sets it. */
	struct secret **history;
	size_t n_history;
};

struct vault_item_file {
	char id[OBJECT_ID_SIZE];
	char *name;
	char *section_id; /* "" if none */
	int64_t size;
};

struct vault_item {
	char id[OBJECT_ID_SIZE];
	char vault_id[OBJECT_ID_SIZE];
	int64_t version; /* from 1 */

	/* what a list shows */
	char *title;
	char *category;
	struct strv tags;
	struct vault_item_url *urls;
	size_t n_urls;
	bool favorite;
	int64_t created_ms, updated_ms;
	char *last_edited_by; /* id of a token */

	/* what only the item itself shows */
	struct vault_item_section *sections;
	size_t n_sections;
	struct vault_item_field *fields;
	size_t n_fields;
	struct vault_item_file *files;
	size_t n_files;
};

void vault_item_release(struct vault_item *i); /* for CLEANUP */

#define VAULT_ITEM_FIELDS_MAX 1000
#define VAULT_FIELD_HISTORY_MAX 10
#define VAULT_ITEM_SECTIONS_MAX 200
#define VAULT_ITEM_TAGS_MAX 200
#define VAULT_ITEM_URLS_MAX 200
#define VAULT_ITEM_FILES_MAX 100
#define VAULT_ITEM_SHOWN_MAX ((size_t)64 << 10) /* bytes of what lists show of one item */
#define VAULT_ITEMS_MAX 50000                   /* of a vault */
#define VAULT_FILE_MAX ((size_t)1 << 20)        /* bytes of one file */

#endif
