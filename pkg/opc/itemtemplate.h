#ifndef OPC_ITEMTEMPLATE_H
#define OPC_ITEMTEMPLATE_H

#include "json/jsonw.h"

/* The kinds of item that there are, and an empty item of each to fill in: the body of `item create
 * --template`. */
struct item_template {
	const char *uuid;   /* 1Password's number of the category */
	const char *name;   /* "API Credential" */
	const char *fields; /* "id:TYPE" each, with blanks between them */
};
extern const struct item_template item_templates[];
extern const size_t n_item_templates;

/* By its name, in any case, with - or _ for blanks. NULL: there is none. */
const struct item_template *item_template_find(const char *name);

/* The name that is spelled most like it. */
const char *item_template_nearest(const char *name);

void item_template_write(const struct item_template *t, struct jsonw *w);

#endif
