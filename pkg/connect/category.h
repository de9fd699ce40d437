#ifndef CONNECT_CATEGORY_H
#define CONNECT_CATEGORY_H

#include <stdbool.h>

/* The categories of items, and what their templates say of fields: which of those with a fixed id are
 * concealed. */
struct category {
	const char *name;
	const char *concealed; /* ids with a blank before and after each */
};

/* In any case of letters; NULL for what is none. */
const struct category *category_find(const char *name);

/* category: as it stands in an item. */
bool category_conceals(const char *category, const char *field_id);

#endif
