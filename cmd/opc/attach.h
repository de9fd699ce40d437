#ifndef CMD_OPC_ATTACH_H
#define CMD_OPC_ATTACH_H

#include "opc/assignment.h"
#include "opc/lookup.h"

/* The files that assignments attach to an item or take from it. Only connect-server can: 1Password's Connect
 * stores none. */
struct attachments;

/* Reads the files, so that nothing is written when one can't be. old: the item as it is; NULL: it is new. */
err_t attachments_read(const struct assignment *fields, size_t n, const struct jsonx *old,
		       struct attachments **out) NODISCARD;
void attachments_freep(struct attachments **a);
bool attachments_has_any(const struct attachments *a);

/* item_path: "/v1/vaults/…/items/…", which is there now. */
err_t attachments_send(const struct attachments *a, struct lookup *l, const char *item_path) NODISCARD;

#endif
