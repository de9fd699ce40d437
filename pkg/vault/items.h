#ifndef VAULT_ITEMS_H
#define VAULT_ITEMS_H

#include "vault/access.h"
#include "vault/item.h"

/* Reading and writing vaults and items with an access token. Each call is one transaction; a write is durable
 * when it returns, and the next call of anybody sees it. The caller has asked vault_access_rights first; a
 * call for which the right is missing is ERR_INTERNAL. ERR_DENIED: the token is no longer valid.
 * ERR_NOT_FOUND: there is no such vault, item or file. ERR_PROTOCOL: what is stored is damaged. */

struct vault_info {
	char id[OBJECT_ID_SIZE];
	char *name;
	char *description;
	int64_t attribute_version; /* moves when the vault's own data change */
	int64_t content_version;   /* moves with every write of an item */
	int64_t n_items;
	int64_t created_ms, updated_ms;
};
struct vault_infos {
	struct vault_info *v;
	size_t n;
};
void vault_info_release(struct vault_info *i);
void vault_infos_release(struct vault_infos *l);

/* Those that the token may read, in the order of their ids. When single ones are damaged, *out has the others
 * and the answer is ERR_PROTOCOL. */
err_t vault_list(struct vault_store *s, const struct vault_access *a, struct vault_infos *out) NODISCARD;
err_t vault_read(struct vault_store *s, const struct vault_access *a, const char *vault_id,
		 struct vault_info *out) NODISCARD;

/* Calls fn for each item of the vault, in the order of ids, with what a list shows: nothing else is
 * decrypted. The item is borrowed for the call. An error of fn ends it. What is damaged
 * does not: it is left out, and told of by ERR_PROTOCOL at the end, when fn has had all that is whole. */
typedef err_t (*vault_item_fn)(void *arg, const struct vault_item *item);
err_t vault_items_each(struct vault_store *s, const struct vault_access *a, const char *vault_id,
		       vault_item_fn fn, void *arg) NODISCARD;

/* The same for those whose title is this one; NULL: all of them. *out_version: content_version of the vault
 * that this is of. */
err_t vault_items_find(struct vault_store *s, const struct vault_access *a, const char *vault_id,
		       const char *title, vault_item_fn fn, void *arg, int64_t *out_version) NODISCARD;

err_t vault_item_read(struct vault_store *s, const struct vault_access *a, const char *vault_id,
		      const char *item_id, struct vault_item *out) NODISCARD;

/* Stores what lists and fields hold as a new item, version 1, and sets ids, version, dates and editor in
 * *item. ERR_TOO_LARGE over a ceiling of item.h, as of all that write. */
err_t vault_item_create(struct vault_store *s, const struct vault_access *a, const char *vault_id,
			struct vault_item *item) NODISCARD;

/* Replaces all but files, dates of creation, ids and what the password was before; sets the new version and
 * all else in *item. if_version: 0, or the version that must be there, else ERR_CONFLICT. */
err_t vault_item_replace(struct vault_store *s, const struct vault_access *a, const char *vault_id,
			 const char *item_id, int64_t if_version, struct vault_item *item) NODISCARD;

/* if_version: as of vault_item_replace. */
err_t vault_item_delete(struct vault_store *s, const struct vault_access *a, const char *vault_id,
			const char *item_id, int64_t if_version) NODISCARD;

/* As vault_item_create, with one file in it. */
err_t vault_document_create(struct vault_store *s, const struct vault_access *a, const char *vault_id,
			    const char *file_name, const void *p, size_t len, struct vault_item *item)
	NODISCARD;

/* A file of an item; one of the same name is replaced and keeps its id. The item's version moves. if_version:
 * 0; or the version (as of vault_file_content) that the file must have, or VAULT_FILE_NEW when there must be
 * none of that name, or VAULT_FILE_THERE when there must be one, else ERR_CONFLICT. */
#define VAULT_FILE_NEW (-1)
#define VAULT_FILE_THERE (-2)
err_t vault_file_put(struct vault_store *s, const struct vault_access *a, const char *vault_id,
		     const char *item_id, const char *name, int64_t if_version, const void *p, size_t len,
		     char out_file_id[OBJECT_ID_SIZE]) NODISCARD;
/* The item's version moves. if_version: 0, or the version that the file must have. */
err_t vault_file_delete(struct vault_store *s, const struct vault_access *a, const char *vault_id,
			const char *item_id, const char *file_id, int64_t if_version) NODISCARD;
struct vault_file_content {
	char *name;
	struct secret *bytes;
	int64_t version; /* of the item when these bytes were written */
};
void vault_file_content_release(struct vault_file_content *c); /* for CLEANUP */
err_t vault_file_read(struct vault_store *s, const struct vault_access *a, const char *vault_id,
		      const char *item_id, const char *file_id, struct vault_file_content *out) NODISCARD;

#endif
