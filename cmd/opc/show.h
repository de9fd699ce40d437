#ifndef CMD_OPC_SHOW_H
#define CMD_OPC_SHOW_H

#include "opc/lookup.h"
#include "json/jsonw.h"

/* The JSON that 1Password's program prints: names_like_this instead of namesLikeThis. */
void show_vault(struct jsonw *w, const struct jsonx *vault);
void show_summary(struct jsonw *w, struct lookup *l, const struct jsonx *item); /* without the braces */
void show_field(struct jsonw *w, struct lookup *l, const struct jsonx *item, const struct jsonx *field);
void show_item(struct jsonw *w, struct lookup *l, const struct jsonx *item);

#endif
