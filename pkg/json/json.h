#ifndef JSON_JSON_H
#define JSON_JSON_H

#include "base/secret.h"
#include "base/str.h"

/* JSON documents (RFC 8259), read-only once parsed. A document belongs to one thread: the library's reference
 * count is not atomic. Parse, copy what is needed into a typed struct, free, all in one function.
 *
 * A getter takes NULL and a value of the wrong type and answers "absent", so that
 *	jsonx_str(jsonx_get(jsonx_get(doc, "metadata"), "name"))
 * needs no checks in between. Nothing is converted: the text "12" is no number, "false" no boolean. */
struct jsonx;

#define JSONX_DEPTH_MAX 32

/* Strict: valid UTF-8, no trailing bytes, at most JSONX_DEPTH_MAX objects and arrays in each other, no NUL in
 * object keys, no number beyond int64 or double. Of equal keys the last wins; half of a surrogate pair
 * becomes U+FFFD. The document null is NULL. Errors are ERR_INVALID, name the byte and never quote the input.
 */
err_t jsonx_parse(const char *p, size_t len, struct jsonx **out) NODISCARD;
void jsonx_free(struct jsonx *doc); /* only for what jsonx_parse returned */
void jsonx_freep(struct jsonx **doc);

enum jsonx_type { JSONX_NULL, JSONX_BOOL, JSONX_INT, JSONX_DOUBLE, JSONX_STR, JSONX_ARRAY, JSONX_OBJECT };
enum jsonx_type jsonx_type(const struct jsonx *v); /* JSONX_NULL for NULL too */

const struct jsonx *jsonx_get(const struct jsonx *object, const char *key); /* borrowed; NULL if absent */
const char *jsonx_str(const struct jsonx *v); /* borrowed; NULL if no string or it holds a NUL */
bool jsonx_strn(const struct jsonx *v, const char **p, size_t *len); /* strings that may hold NULs */
bool jsonx_int(const struct jsonx *v, int64_t *out);   /* whole numbers that fit; 2.0 is not one */
bool jsonx_double(const struct jsonx *v, double *out); /* any number */
const char *jsonx_double_text(const struct jsonx *v); /* borrowed; a JSONX_DOUBLE as it was read, else NULL */
bool jsonx_bool(const struct jsonx *v, bool *out);
bool jsonx_true(const struct jsonx *v);                            /* true only for true */
size_t jsonx_len(const struct jsonx *v);                           /* of an array or object, else 0 */
const struct jsonx *jsonx_at(const struct jsonx *array, size_t i); /* NULL past the end */

/* for (size_t i = 0; jsonx_next(object, &i, &key, &value);) ... in the order of the document. */
bool jsonx_next(const struct jsonx *object, size_t *iter, const char **key, const struct jsonx **value);

/* Shorthands for the most common step: a member of an object. */
const char *jsonx_get_str(const struct jsonx *object, const char *key);
int64_t jsonx_get_int(const struct jsonx *object, const char *key, int64_t otherwise);

#endif
