#ifndef OPC_ITEMNAMES_H
#define OPC_ITEMNAMES_H

#include "base/err.h"

/* Which items are meant, as other programs hand them over. */
struct item_name {
	char *vault; /* NULL: it is not said */
	char *item;
};
struct item_names {
	struct item_name *v;
	size_t n;
};
void item_name_release(struct item_name *name);
void item_names_release(struct item_names *names);

#define ITEM_NAMES_MAX 10000

/* The link of an item that 1Password's apps copy, https://start.1password.com/open/i?a=…&v=VAULT&i=ITEM&h=…:
 * false for any other text. */
bool item_name_of_link(const char *text, struct item_name *out);

/* The one that a command line names, whatever it looks like. */
void item_names_one(const char *name, struct item_names *out);

/* What `item get -` reads: names, ids or links, one in a line; or items in JSON, one or an array of them, and
 * any number of these one after the other, as `item list --format json` and `item get --format json` print
 * them. ERR_INVALID shows nothing of the text: items hold secrets. */
err_t item_names_parse(const char *text, size_t len, struct item_names *out) NODISCARD;

#endif
