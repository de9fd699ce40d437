#include "json/jsonw.h"
#include "base/double.h"
#include "base/utf8.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum state { ROOT, ROOT_DONE, ARRAY_FIRST, ARRAY_NEXT, OBJECT_FIRST, OBJECT_NEXT, OBJECT_VALUE };

void jsonw_init_str(struct jsonw *w, struct strbuf *out)
{
	*w = (struct jsonw){.str = out};
}

void jsonw_init_secret(struct jsonw *w, struct secret *out)
{
	*w = (struct jsonw){.secret = out};
}

/* Every byte goes through here, straight from where the caller has it. */
static void put(struct jsonw *w, const char *p, size_t len)
{
	err_t e;

	if (w->broken || w->too_large)
		return;
	if (w->str) {
		strbuf_add(w->str, p, len);
		w->too_large = w->str->overflow;
		return;
	}
	e = secret_add(w->secret, p, len);
	w->too_large = e != NULL;
	err_free(e);
}

static void puts_const(struct jsonw *w, const char *s)
{
	put(w, s, strlen(s));
}

/* Writes the comma that the place asks for; false where no value may stand. */
static bool begin_value(struct jsonw *w)
{
	uint8_t *state = &w->state[w->depth];

	switch ((enum state) * state) {
	case ROOT:
		*state = ROOT_DONE;
		break;
	case ARRAY_FIRST:
		*state = ARRAY_NEXT;
		break;
	case ARRAY_NEXT:
		puts_const(w, ",");
		break;
	case OBJECT_VALUE:
		*state = OBJECT_NEXT;
		break;
	case ROOT_DONE:
	case OBJECT_FIRST:
	case OBJECT_NEXT:
		w->broken = true;
		break;
	}
	return !w->broken;
}

static void open_container(struct jsonw *w, const char *bracket, enum state state)
{
	if (!begin_value(w))
		return;
	if (w->depth == JSONW_DEPTH_MAX) {
		w->broken = true;
		return;
	}
	puts_const(w, bracket);
	w->state[++w->depth] = (uint8_t)state;
}

static void close_container(struct jsonw *w, const char *bracket, enum state first, enum state next)
{
	const uint8_t state = w->state[w->depth];

	if (w->broken || (state != first && state != next)) {
		w->broken = true;
		return;
	}
	puts_const(w, bracket);
	w->depth--;
}

void jsonw_object(struct jsonw *w)
{
	open_container(w, "{", OBJECT_FIRST);
}

void jsonw_end_object(struct jsonw *w)
{
	close_container(w, "}", OBJECT_FIRST, OBJECT_NEXT);
}

void jsonw_array(struct jsonw *w)
{
	open_container(w, "[", ARRAY_FIRST);
}

void jsonw_end_array(struct jsonw *w)
{
	close_container(w, "]", ARRAY_FIRST, ARRAY_NEXT);
}

static const char *short_escape(unsigned char c)
{
	switch (c) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	case '\b':
		return "\\b";
	case '\f':
		return "\\f";
	default:
		return NULL;
	}
}

static void put_escape(struct jsonw *w, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	const char *escape = short_escape(c);

	if (c >= 0x80) {
		puts_const(w, "\xef\xbf\xbd");
	} else if (escape) {
		puts_const(w, escape);
	} else {
		/* From the constant's digits, so that no buffer of ours holds a part of the value. */
		puts_const(w, "\\u00");
		put(w, &hex[c >> 4], 1);
		put(w, &hex[c & 15], 1);
	}
}

static bool is_plain_ascii(char c)
{
	return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

/* How many bytes at p go out as they are: letters of ASCII, or one other character; 0 where it takes an
 * escape. */
static size_t plain_len(const char *p, size_t len)
{
	uint32_t code;
	size_t n = 0;

	while (n < len && is_plain_ascii(p[n]))
		n++;
	return n == 0 && (unsigned char)*p >= 0x80 ? utf8_decode(p, len, &code) : n;
}

static void put_string(struct jsonw *w, const char *p, size_t len)
{
	size_t start = 0, i = 0;

	puts_const(w, "\"");
	while (i < len) {
		const size_t n = plain_len(p + i, len - i);

		if (n == 0) {
			put(w, p + start, i - start);
			put_escape(w, (unsigned char)p[i]);
			start = i + 1;
		}
		i += n ? n : 1;
	}
	put(w, p + start, len - start);
	puts_const(w, "\"");
}

void jsonw_key(struct jsonw *w, const char *key)
{
	uint8_t *state = &w->state[w->depth];

	if (*state != OBJECT_FIRST && *state != OBJECT_NEXT) {
		w->broken = true;
		return;
	}
	if (*state == OBJECT_NEXT)
		puts_const(w, ",");
	*state = OBJECT_VALUE;
	put_string(w, key, strlen(key));
	puts_const(w, ":");
}

void jsonw_strn(struct jsonw *w, const char *p, size_t len)
{
	if (begin_value(w))
		put_string(w, p, len);
}

void jsonw_str(struct jsonw *w, const char *s)
{
	if (s)
		jsonw_strn(w, s, strlen(s));
	else
		jsonw_null(w);
}

void jsonw_raw(struct jsonw *w, const char *p, size_t len)
{
	if (begin_value(w))
		put(w, p, len);
}

void jsonw_int(struct jsonw *w, int64_t v)
{
	char text[24];
	const int n = snprintf(text, sizeof(text), "%" PRId64, v);

	jsonw_raw(w, text, (size_t)n);
}

void jsonw_double(struct jsonw *w, double v)
{
	char text[DOUBLE_TEXT_SIZE];

	if (!isfinite(v)) {
		w->broken = true;
		return;
	}
	double_format(v, text);
	jsonw_raw(w, text, strlen(text));
}

void jsonw_bool(struct jsonw *w, bool v)
{
	const char *text = v ? "true" : "false";

	jsonw_raw(w, text, strlen(text));
}

void jsonw_null(struct jsonw *w)
{
	jsonw_raw(w, "null", 4);
}

static err_t add_base64(struct jsonw *w, const void *p, size_t len)
{
	/* The encoding exists for secrets only, in base; for the other sink it takes this way round. */
	CLEANUP(secret_freep) struct secret *text = NULL;

	if (w->secret)
		return secret_add_base64(w->secret, p, len);
	text = secret_new(len / 3 * 4 + 4);
	TRY_(secret_add_base64(text, p, len));
	put(w, secret_bytes(text), secret_len(text));
	return NULL;
}

void jsonw_base64(struct jsonw *w, const void *p, size_t len)
{
	err_t e;

	if (!begin_value(w))
		return;
	puts_const(w, "\"");
	if (!w->too_large) {
		e = add_base64(w, p, len);
		w->too_large = w->too_large || e;
		err_free(e);
	}
	puts_const(w, "\"");
}

static void write_object(struct jsonw *w, const struct jsonx *v)
{
	const struct jsonx *member;
	const char *key;

	jsonw_object(w);
	for (size_t i = 0; jsonx_next(v, &i, &key, &member);) {
		jsonw_key(w, key);
		jsonw_value(w, member);
	}
	jsonw_end_object(w);
}

static void write_array(struct jsonw *w, const struct jsonx *v)
{
	jsonw_array(w);
	for (size_t i = 0; i < jsonx_len(v); i++)
		jsonw_value(w, jsonx_at(v, i));
	jsonw_end_array(w);
}

static void write_string(struct jsonw *w, const struct jsonx *v)
{
	const char *p = "";
	size_t len = 0;

	(void)jsonx_strn(v, &p, &len);
	jsonw_strn(w, p, len);
}

static void write_int(struct jsonw *w, const struct jsonx *v)
{
	int64_t value = 0;

	(void)jsonx_int(v, &value);
	jsonw_int(w, value);
}

void jsonw_value(struct jsonw *w, const struct jsonx *v)
{
	switch (jsonx_type(v)) {
	case JSONX_NULL:
		jsonw_null(w);
		break;
	case JSONX_BOOL:
		jsonw_bool(w, jsonx_true(v));
		break;
	case JSONX_INT:
		write_int(w, v);
		break;
	case JSONX_DOUBLE:
		jsonw_raw(w, jsonx_double_text(v), strlen(jsonx_double_text(v)));
		break;
	case JSONX_STR:
		write_string(w, v);
		break;
	case JSONX_ARRAY:
		write_array(w, v);
		break;
	case JSONX_OBJECT:
		write_object(w, v);
		break;
	}
}

void jsonw_kstr(struct jsonw *w, const char *key, const char *s)
{
	jsonw_key(w, key);
	jsonw_str(w, s);
}

void jsonw_kint(struct jsonw *w, const char *key, int64_t v)
{
	jsonw_key(w, key);
	jsonw_int(w, v);
}

void jsonw_kbool(struct jsonw *w, const char *key, bool v)
{
	jsonw_key(w, key);
	jsonw_bool(w, v);
}

void jsonw_kobject(struct jsonw *w, const char *key)
{
	jsonw_key(w, key);
	jsonw_object(w);
}

void jsonw_karray(struct jsonw *w, const char *key)
{
	jsonw_key(w, key);
	jsonw_array(w);
}

err_t jsonw_done(struct jsonw *w)
{
	if (w->broken || w->depth != 0 || w->state[0] != ROOT_DONE)
		return err_new(ERR_INTERNAL, "JSON writer: the calls make no document");
	if (w->too_large)
		return err_new(ERR_TOO_LARGE, "JSON is larger than its buffer may grow");
	return NULL;
}
