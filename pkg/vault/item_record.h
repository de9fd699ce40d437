#ifndef VAULT_ITEM_RECORD_H
#define VAULT_ITEM_RECORD_H

#include "vault/item.h"
#include "vault/seal.h"

/* Internal to pkg/vault. The two sealed parts of an item: what lists show, and the rest. The first knows the
 * tag of the second, and that knows the tags of the files, so that none of them can be an older one. */
struct item_file_ref {
	int64_t version; /* of the item when the file was written */
	struct seal_tag tag;
};

struct item_tags {
	struct seal_tag fields;
	struct item_file_ref files[VAULT_ITEM_FILES_MAX]; /* in the order of the item's files */
};

err_t item_encode_head(const struct vault_item *i, const struct item_tags *tags, struct secret **out)
	NODISCARD;
err_t item_decode_head(const struct secret *plain, struct vault_item *i, struct item_tags *tags) NODISCARD;
err_t item_encode_fields(const struct vault_item *i, const struct item_tags *tags, struct secret **out)
	NODISCARD;
err_t item_decode_fields(const struct secret *plain, struct vault_item *i, struct item_tags *tags) NODISCARD;

#define ITEM_PART_MAX ((size_t)4 << 20)

#endif
