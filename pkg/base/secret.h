#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/err.h"

/* Bytes that must not leak: wiped when freed or grown, no way into a log. secret_view is the only door out.
 */
struct secret;

struct secret *secret_new(size_t max); /* empty, at most max bytes */
struct secret *secret_from(const void *p, size_t len);
struct secret *secret_from_str(const char *s);
struct secret *secret_dup(const struct secret *s);
void secret_free(struct secret *s); /* NULL is fine */
void secret_freep(struct secret **s);

err_t secret_add(struct secret *s, const void *p, size_t len) NODISCARD; /* ERR_TOO_LARGE past max */
void secret_reset(struct secret *s);                                     /* wiped and empty */

/* Borrowed until the next change of s. A NUL follows the bytes, not counted in len. */
void secret_view(const struct secret *s, const char **p, size_t *len);
const char *secret_bytes(const struct secret *s);
size_t secret_len(const struct secret *s); /* 0 for NULL */

bool secret_eq(const struct secret *a, const struct secret *b); /* constant time for equal lengths */

err_t secret_add_base64(struct secret *out, const void *p, size_t len)
	NODISCARD; /* standard alphabet, padded */
err_t secret_add_base64_decoded(struct secret *out, const char *p, size_t len) NODISCARD;

/* A whole file of at most max bytes, O_CLOEXEC; one trailing newline is kept. */
err_t secret_read_file(const char *path, size_t max, struct secret **out) NODISCARD;

/* Compares without telling by time where the difference is. */
bool secret_bytes_eq(const void *a, const void *b, size_t len);

/* Wipes memory in a way that no compiler removes. */
void secret_wipe(void *p, size_t len);

#endif
