#ifndef CMD_OPC_SHOW_H
#define CMD_OPC_SHOW_H

#include "opc/lookup.h"
#include "json/jsonw.h"

/* The JSON that 1Password's program prints: names_like_this instead of namesLikeThis. */
void show_vault(struct jsonw *w, const struct jsonx *vault, bool whole);
void show_summary(struct jsonw *w, struct lookup *l, const struct jsonx *item); /* without the braces */
void show_field(struct jsonw *w, struct lookup *l, const struct jsonx *item, const struct jsonx *field);
void show_item(struct jsonw *w, struct lookup *l, const struct jsonx *item);

/* Ends the JSON that w wrote to text, and prints it. */
err_t print_json(struct jsonw *w, struct secret *text) NODISCARD;
err_t print_secret(const struct secret *text) NODISCARD;
/* An item as JSON or for people, who see concealed values only where they ask for that. */
err_t print_item(struct lookup *l, const struct jsonx *item, bool json, bool reveal) NODISCARD;

#endif
