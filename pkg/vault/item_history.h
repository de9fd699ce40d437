#ifndef VAULT_ITEM_HISTORY_H
#define VAULT_ITEM_HISTORY_H

#include "vault/item.h"

/* Internal to pkg/vault. For an item that takes the place of `before`: what its password was before, which is
 * taken from there. A password that is the same as before stays one that was made, if it was. */
void item_history_keep(struct vault_item *item, struct vault_item *before);

/* Longer ones are not remembered: they are no passwords, and would make the item too large to change. */
#define ITEM_HISTORY_VALUE_MAX 1024

#endif
