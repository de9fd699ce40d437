#include "vault/codec.h"

#include "base/mem.h"

#include <limits.h>
#include <string.h>

#define INT_LEN 8
#define LENGTH_LEN 4

void codec_writer_init(struct codec_writer *w, size_t max)
{
	*w = (struct codec_writer){.out = secret_new(max)};
}

void codec_writer_release(struct codec_writer *w)
{
	secret_freep(&w->out);
}

static void put(struct codec_writer *w, const void *p, size_t len)
{
	CLEANUP(err_freep) err_t e = w->overflow ? NULL : secret_add(w->out, p, len);

	w->overflow = w->overflow || e;
}

static void put_number(struct codec_writer *w, uint64_t v, size_t n_bytes)
{
	uint8_t bytes[INT_LEN];

	for (size_t i = 0; i < n_bytes; i++)
		bytes[i] = (uint8_t)(v >> (8 * (n_bytes - 1 - i)));
	put(w, bytes, n_bytes);
}

void codec_put_int(struct codec_writer *w, int64_t v)
{
	put_number(w, (uint64_t)v, INT_LEN);
}

void codec_put_bytes(struct codec_writer *w, const void *p, size_t len)
{
	if (len > UINT32_MAX) {
		w->overflow = true;
		return;
	}
	put_number(w, len, LENGTH_LEN);
	put(w, p, len);
}

void codec_put_str(struct codec_writer *w, const char *s)
{
	codec_put_bytes(w, s ? s : "", s ? strlen(s) : 0);
}

void codec_put_secret(struct codec_writer *w, const struct secret *s)
{
	codec_put_bytes(w, s ? secret_bytes(s) : "", secret_len(s));
}

void codec_put_ids(struct codec_writer *w, const struct strv *ids)
{
	codec_put_int(w, (int64_t)ids->n);
	for (size_t i = 0; i < ids->n; i++)
		codec_put_str(w, ids->v[i]);
}

err_t codec_writer_take(struct codec_writer *w, struct secret **out)
{
	if (w->overflow)
		return err_new(ERR_TOO_LARGE, "record is too large");
	*out = TAKE(w->out);
	return NULL;
}

struct codec_reader codec_reader_of(const struct secret *s)
{
	return (struct codec_reader){.p = secret_bytes(s), .left = secret_len(s)};
}

/* The next len bytes, NULL when there are fewer. */
static const char *take(struct codec_reader *r, size_t len)
{
	const char *p = r->p;

	if (r->bad || len > r->left) {
		r->bad = true;
		return NULL;
	}
	r->p += len;
	r->left -= len;
	return p;
}

static uint64_t get_number(struct codec_reader *r, size_t n_bytes)
{
	const char *p = take(r, n_bytes);
	uint64_t v = 0;

	for (size_t i = 0; p && i < n_bytes; i++)
		v = v << 8 | (uint8_t)p[i];
	return v;
}

int64_t codec_get_int(struct codec_reader *r)
{
	return (int64_t)get_number(r, INT_LEN);
}

void codec_get_bytes(struct codec_reader *r, const char **p, size_t *len)
{
	const size_t n = (size_t)get_number(r, LENGTH_LEN);
	const char *bytes = take(r, n);

	*p = bytes ? bytes : "";
	*len = bytes ? n : 0;
}

void codec_get_exact(struct codec_reader *r, void *out, size_t len)
{
	const char *p = NULL;
	size_t n = 0;

	codec_get_bytes(r, &p, &n);
	if (n != len) {
		r->bad = true;
		memset(out, 0, len);
		return;
	}
	memcpy(out, p, len);
}

void codec_get_id(struct codec_reader *r, char out[OBJECT_ID_SIZE])
{
	codec_get_exact(r, out, OBJECT_ID_LEN);
	out[OBJECT_ID_LEN] = '\0';
}

char *codec_get_str(struct codec_reader *r)
{
	const char *p = NULL;
	size_t len = 0;

	codec_get_bytes(r, &p, &len);
	r->bad = r->bad || memchr(p, '\0', len);
	return mem_strndup(p, len);
}

struct secret *codec_get_secret(struct codec_reader *r)
{
	const char *p = NULL;
	size_t len = 0;

	codec_get_bytes(r, &p, &len);
	return secret_from(p, len);
}

size_t codec_get_count(struct codec_reader *r)
{
	const int64_t n = codec_get_int(r);

	if (n < 0 || (uint64_t)n > r->left) {
		r->bad = true;
		return 0;
	}
	return (size_t)n;
}

void codec_get_ids(struct codec_reader *r, struct strv *out)
{
	const size_t n = codec_get_count(r);

	for (size_t i = 0; i < n && !r->bad; i++) {
		char id[OBJECT_ID_SIZE];

		codec_get_id(r, id);
		strv_add(out, id);
	}
}

err_t codec_reader_done(const struct codec_reader *r, const char *what)
{
	if (r->bad || r->left > 0)
		return err_new(ERR_PROTOCOL, "%s has a form that this version does not know", what);
	return NULL;
}
