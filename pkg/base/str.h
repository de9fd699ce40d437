#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/err.h"

/* A growing byte string with a ceiling; always NUL-terminated. Initialise with strbuf_init. Appending past
 * max sets `overflow` and adds nothing more, so a writer may check once at its end. */
struct strbuf {
	char *p; /* never NULL after init */
	size_t len, cap, max;
	bool overflow;
};

void strbuf_init(struct strbuf *b, size_t max);
void strbuf_release(struct strbuf *b); /* for CLEANUP too; the struct is then as after init with max 0 */
void strbuf_reset(struct strbuf *b);   /* empty, keeps the memory */
void strbuf_add(struct strbuf *b, const void *p, size_t len);
void strbuf_adds(struct strbuf *b, const char *s);
void strbuf_addc(struct strbuf *b, char c);
void strbuf_addf(struct strbuf *b, const char *fmt, ...) PRINTF(2, 3);
void strbuf_consume(struct strbuf *b, size_t len); /* drops len bytes from the front */
char *strbuf_take(struct strbuf *b);               /* caller owns the text; b is as after release */
err_t strbuf_check(const struct strbuf *b, const char *what) NODISCARD; /* ERR_TOO_LARGE after an overflow */

/* A list of strings that owns its elements. Zero-initialise. */
struct strv {
	char **v;
	size_t n;
};

void strv_add(struct strv *l, const char *s);
void strv_add_take(struct strv *l, char **s); /* takes *s and sets it to NULL */
bool strv_has(const struct strv *l, const char *s);
void strv_del(struct strv *l, const char *s); /* every one that is equal; the others keep their order */
void strv_sort(struct strv *l);
void strv_release(struct strv *l);                        /* for CLEANUP too */
void strv_split(struct strv *l, const char *s, char sep); /* every piece, empty ones too */

bool streq(const char *a, const char *b); /* NULL equals only NULL */
bool str_has_prefix(const char *s, const char *prefix);
bool str_has_suffix(const char *s, const char *suffix);
bool str_empty(const char *s); /* NULL or "" */

/* A whole decimal number in [min, max], no sign but '-', no space; false otherwise. */
bool str_to_int(const char *s, int64_t min, int64_t max, int64_t *out);

/* Go's strconv.ParseBool on the lower-cased text: 1 t true / 0 f false. */
bool str_to_bool(const char *s, bool *out);

/* Go's time.ParseDuration for what people write in flags: 90s, 1h30m, 250ms. */
bool str_to_duration_ns(const char *s, int64_t *out);

bool str_is_utf8(const char *p, size_t len);

/* Copies s to out with everything but printable ASCII and valid UTF-8 replaced, cut to max bytes at a
 * character: for texts from outside that go into logs, statuses and errors. */
void str_add_printable(struct strbuf *out, const char *s, size_t max);

#endif
