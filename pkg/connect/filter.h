#ifndef CONNECT_FILTER_H
#define CONNECT_FILTER_H

#include "base/err.h"

/* The filter query of lists: attribute, operator, value. Clients write all of
 *	title eq "Database"   name co "prod"   tag eq production   title eq "He said "hi""
 * None of them escapes quotes inside a value, so the value is what stands between the first and the last one;
 * without quotes it is one word. */
enum filter_attribute { FILTER_NONE, FILTER_TITLE, FILTER_TAG };
enum filter_operator { FILTER_EQUALS, FILTER_CONTAINS };

struct filter {
	enum filter_attribute attribute; /* FILTER_NONE: everything matches */
	enum filter_operator op;
	char *value;
};

/* NULL and blank text is no filter. "name" and "title" mean the same; tags only where has_tags. ERR_INVALID
 * tells what is wrong. */
err_t filter_parse(const char *text, bool has_tags, struct filter *out) NODISCARD;
void filter_release(struct filter *f); /* for CLEANUP */

/* How two texts are compared is decided in these two functions alone: titles and tags of items exactly, names
 * of vaults without regard to the case of ASCII letters. */
bool filter_matches_text(const struct filter *f, const char *text);
bool filter_matches_name(const struct filter *f, const char *name);

#endif
