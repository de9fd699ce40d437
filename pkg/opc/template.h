#ifndef OPC_TEMPLATE_H
#define OPC_TEMPLATE_H

#include "base/secret.h"
#include "base/str.h"

/* The template syntax of `op inject`:
 * - {{ op://vault/item/field }} becomes the secret, {{ "text" }} the text, with \" in it;
 * - op://vault/item/field becomes the secret where no letter, digit, -, +, \ or . stands before it; it ends
 * before the first character that is none of letters, digits, - _ . ? and / between parts;
 * - $NAME, ${NAME} and ${NAME:-otherwise} become the variable's value before that, also within references;
 * names are compared without regard to case. A variable that is not there, without an otherwise, is an error.
 */
struct template_source {
	/* NULL: there is no such variable. name is upper case. */
	const char *(*variable)(void *arg, const char *name);
	err_t (*secret)(void *arg, const char *reference, struct secret *out);
	void *arg;
	int lines_before; /* of the text that went before, for errors */
};

#define TEMPLATE_MAX ((size_t)16 << 20) /* bytes of the text, and of what becomes of it */

/* Appends to out. ERR_INVALID names the line. */
err_t template_render(const char *text, size_t len, const struct template_source *source, struct secret *out)
	NODISCARD;

/* The references in the text, each once, in the order in which they come; variables in them are replaced. */
err_t template_references(const char *text, size_t len, const struct template_source *source,
			  struct strv *out) NODISCARD;

/* How much of the beginning of a text can be rendered without the rest: whole lines, and no {{ … }} or
 * {{ "…" }} in part. 0: nothing. */
size_t template_cut(const char *text, size_t len);

#endif
