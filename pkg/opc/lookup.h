#ifndef OPC_LOOKUP_H
#define OPC_LOOKUP_H

#include "base/secret.h"
#include "onepassword/client.h"
#include "onepassword/reference.h"
#include "json/json.h"

/* What a Connect server has, found by names or ids as people write them: in any case (of ASCII letters), an
 * id before a name. Each list and item is asked for once. Not thread-safe. Errors name what was looked for
 * and what is there instead. */
struct lookup;

/* host NULL or "", token NULL: ERR_INVALID says how to set them. observer may be NULL. */
err_t lookup_new(const char *host, const struct secret *token, const struct op_observer *observer,
		 struct lookup **out) NODISCARD;
void lookup_free(struct lookup *l);
void lookup_freep(struct lookup **l);

/* Borrowed, as the server gave them. */
err_t lookup_vaults(struct lookup *l, const struct jsonx **out) NODISCARD; /* the list */
err_t lookup_vault(struct lookup *l, const char *name, const struct jsonx **out) NODISCARD;
err_t lookup_items(struct lookup *l, const struct jsonx *vault, const struct jsonx **out) NODISCARD;
/* vault NULL: in all vaults. name may be a link (itemnames.h), which names its vault. The item, with all that
 * it has. */
err_t lookup_item(struct lookup *l, const struct jsonx *vault, const char *name, const struct jsonx **out)
	NODISCARD;

/* The ids of that item, without asking for it where the lists tell. */
struct item_ids {
	const char *vault, *item; /* borrowed */
};
err_t lookup_item_ids(struct lookup *l, const struct jsonx *vault, const char *name, struct item_ids *out)
	NODISCARD;

/* Any other request; see op_send. The lists and items that are known already stay as they were. */
err_t lookup_send(struct lookup *l, const struct op_call *call, struct op_reply *out) NODISCARD;
struct op_client *lookup_client(struct lookup *l);     /* borrowed */
struct op_endpoint *lookup_endpoint(struct lookup *l); /* borrowed */
/* Appends the content of a file of an item. */
err_t lookup_file(struct lookup *l, const struct jsonx *item, const struct jsonx *file, struct secret *out)
	NODISCARD;

/* What prefetch got of that reference, or NULL; borrowed. */
const struct secret *lookup_known(const struct lookup *l, const char *reference);
/* Appends what a reference leads to. *out_is_file: it is the content of a file. */
err_t lookup_secret(struct lookup *l, const struct op_reference *r, struct secret *out, bool *out_is_file)
	NODISCARD;

/* Appends " (there are: a, b, …)": the members of that name in the list, those first that are spelled most
 * like it. */
void lookup_add_names(struct strbuf *out, const struct jsonx *list, const char *name_member,
		      const char *like);

/* Of a vault in the list: by the vault's id. "" if it has none. */
const char *lookup_vault_name(struct lookup *l, const char *id);

#endif
