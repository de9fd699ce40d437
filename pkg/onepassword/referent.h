#ifndef ONEPASSWORD_REFERENT_H
#define ONEPASSWORD_REFERENT_H

#include "base/secret.h"
#include "onepassword/reference.h"
#include "json/json.h"

/* What a secret reference leads to within an item, as the Connect API describes it (FullItem): a field by its
 * label or id, else a file by its name or id, in any case of letters. Without a section, fields that have
 * none come first. Both NULL: nothing. Borrowed from the item. */
struct referent {
	const struct jsonx *field, *file;
};
struct referent referent_find(const struct jsonx *item, const struct op_reference *r);

/* Appends the attribute. ERR_INVALID where the field or file does not have it; the content of a file is not
 * in its description, so its value is ERR_INTERNAL here. */
err_t referent_add(const struct referent *to, enum op_attribute attribute, struct secret *out) NODISCARD;

#endif
