#ifndef OPC_ITEMBODY_H
#define OPC_ITEMBODY_H

#include "opc/assignment.h"
#include "json/json.h"

/* What a command line changes of an item. NULL and 0: as it is. */
struct item_changes {
	const char *title;
	char *const *tags; /* instead of those that are there */
	size_t n_tags;
	const char *url; /* the primary one */
	bool favorite;
	const char *recipe; /* of the password to generate: "letters,digits,symbols,32", or "default" */
	const struct assignment *fields;
	size_t n_fields;
};

/* Writes the body of a POST or PUT: base (an item, or a template of one; NULL: none) as changed. vault_id and
 * category count where they are not NULL. ERR_INVALID for a recipe or an assignment that can't be. */
err_t itembody_write(const struct jsonx *base, const char *vault_id, const char *category,
		     const struct item_changes *changes, struct secret *out) NODISCARD;

/* The id of an item's file by its name; NULL: there is none. Files are no part of a body: those that
 * assignments attach or delete are passed over there. */
const char *itembody_file(const struct jsonx *item, const char *name);

/* "Secure Note", "secure-note": SECURE_NOTE. Caller frees. */
char *itembody_category(const char *text);

#endif
