#ifndef JSON_JSONW_H
#define JSON_JSONW_H

#include "base/secret.h"
#include "base/str.h"
#include "json/json.h"

/* Writes JSON straight into a strbuf or a struct secret, with no tree in between: values that are secret
 * exist only in the secret. Commas and colons come by themselves; jsonw_done tells whether all of it fitted
 * and was well formed (every object closed, every key with a value). Bytes that are no valid UTF-8 are
 * written as U+FFFD. */
#define JSONW_DEPTH_MAX (2 * JSONX_DEPTH_MAX) /* room for a parsed value in an envelope */

struct jsonw {
	struct strbuf *str; /* one of the two sinks */
	struct secret *secret;
	uint8_t state[JSONW_DEPTH_MAX + 1]; /* [0] is outside of all objects and arrays */
	int depth;
	bool broken;    /* misuse: key without value, too deep … */
	bool too_large; /* the sink is full */
};

void jsonw_init_str(struct jsonw *w, struct strbuf *out);
void jsonw_init_secret(struct jsonw *w, struct secret *out);

void jsonw_object(struct jsonw *w);
void jsonw_end_object(struct jsonw *w);
void jsonw_array(struct jsonw *w);
void jsonw_end_array(struct jsonw *w);
void jsonw_key(struct jsonw *w, const char *key);
void jsonw_str(struct jsonw *w, const char *s); /* NULL writes null */
void jsonw_strn(struct jsonw *w, const char *p, size_t len);
void jsonw_int(struct jsonw *w, int64_t v);
void jsonw_double(struct jsonw *w, double v); /* JSON has no NaN and no infinity: misuse */
void jsonw_bool(struct jsonw *w, bool v);
void jsonw_null(struct jsonw *w);
void jsonw_base64(struct jsonw *w, const void *p, size_t len); /* as a string, standard alphabet */
void jsonw_value(struct jsonw *w, const struct jsonx *v);      /* a whole parsed value again */
void jsonw_raw(struct jsonw *w, const char *p, size_t len);    /* one value that is JSON text already */

/* key and value in one call */
void jsonw_kstr(struct jsonw *w, const char *key, const char *s);
void jsonw_kint(struct jsonw *w, const char *key, int64_t v);
void jsonw_kbool(struct jsonw *w, const char *key, bool v);
void jsonw_kobject(struct jsonw *w, const char *key);
void jsonw_karray(struct jsonw *w, const char *key);

err_t jsonw_done(struct jsonw *w) NODISCARD; /* ERR_TOO_LARGE or ERR_INTERNAL */

#endif
