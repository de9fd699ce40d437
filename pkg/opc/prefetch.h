#ifndef OPC_PREFETCH_H
#define OPC_PREFETCH_H

#include "opc/itemnames.h"
#include "opc/lookup.h"

/* Gets what many references lead to in as few requests as the server allows, so that lookup_secret finds it
 * there: all at once from a connect-server, each item once and several at a time from 1Password's Connect.
 * What fails here is asked for again by lookup_secret, which says what is wrong. */
void prefetch(struct lookup *l, const struct strv *references);

/* The same for whole items, several at a time; vault: where to look for those that name none, NULL: in all.
 */
void prefetch_items(struct lookup *l, const struct jsonx *vault, const struct item_names *names);

#endif
