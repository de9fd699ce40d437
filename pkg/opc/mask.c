#include "opc/mask.h"

#include "base/mem.h"
#include "json/jsonw.h"

#include <string.h>

/* Bytes that are held back at most for the sake of one run of secrets. */
#define HELD_MAX ((size_t)1 << 20)

/* Forms of one secret at most, and digits of one in base64 that are too few to mean it. */
#define FORMS 5
#define BASE64_FORM_MIN 4

struct mask {
	struct secret **v; /* forms in which a secret may be printed */
	size_t n;
};

struct mask *mask_new(void)
{
	return MEM_NEW(struct mask);
}

void mask_free(struct mask *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n; i++)
		secret_free(m->v[i]);
	mem_free(m->v);
	mem_free(m);
}

void mask_freep(struct mask **m)
{
	mask_free(*m);
}

bool mask_has_any(const struct mask *m)
{
	return m->n > 0;
}

static void add_form(struct mask *m, struct secret *form)
{
	m->v = mem_grow(m->v, m->n + 1, sizeof(*m->v));
	m->v[m->n++] = form;
}

/* Without the quotes. */
static NODISCARD err_t add_json(struct mask *m, const struct secret *s)
{
	CLEANUP(secret_freep) struct secret *text = secret_new(6 * secret_len(s) + 16);
	struct jsonw w;

	jsonw_init_secret(&w, text);
	jsonw_strn(&w, secret_bytes(s), secret_len(s));
	CLEANUP(err_freep) err_t e = jsonw_done(&w);
	if (e || secret_len(text) <= secret_len(s) + 2)
		return NULL; /* no text, or the same text */
	add_form(m, secret_from(secret_bytes(text) + 1, secret_len(text) - 2));
	return NULL;
}

/* As it stands in a longer text that is encoded, behind so many bytes of it (modulo 3). Without the digits
 * that hold bits of what is before and behind it, and without padding. */
static NODISCARD err_t add_base64(struct mask *m, const struct secret *s, size_t behind)
{
	CLEANUP(secret_freep) struct secret *padded = secret_new(secret_len(s) + 2);
	CLEANUP(secret_freep) struct secret *text = secret_new(2 * secret_len(s) + 16);
	const size_t skipped = behind > 0 ? behind + 1 : 0;
	size_t len;

	TRY_(secret_add(padded, "\0\0", behind));
	TRY_(secret_add(padded, secret_bytes(s), secret_len(s)));
	TRY_(secret_add_base64(text, secret_bytes(padded), secret_len(padded)));
	len = secret_len(text);
	while (len > 0 && secret_bytes(text)[len - 1] == '=')
		len--;
	if (secret_len(padded) % 3 != 0)
		len--;
	if (len >= skipped + BASE64_FORM_MIN)
		add_form(m, secret_from(secret_bytes(text) + skipped, len - skipped));
	return NULL;
}

err_t mask_add(struct mask *m, const struct secret *s)
{
	if (secret_len(s) == 0)
		return NULL;
	if (m->n >= MASK_SECRETS_MAX * FORMS)
		return err_new(ERR_TOO_LARGE, "more than %d secrets to conceal", MASK_SECRETS_MAX);
	add_form(m, secret_dup(s));
	TRY_(add_json(m, s));
	for (size_t behind = 0; behind < 3; behind++)
		TRY_(add_base64(m, s, behind));
	return NULL;
}

void mask_stream_release(struct mask_stream *s)
{
	if (s->held)
		secret_wipe(s->held, s->n_held);
	mem_free(s->held);
	*s = (struct mask_stream){0};
}

/* Marks each byte that is part of a secret. */
static void mark(const struct mask *m, const char *p, size_t len, bool *concealed)
{
	for (size_t i = 0; i < m->n; i++) {
		const char *form = secret_bytes(m->v[i]);
		const size_t n = secret_len(m->v[i]);

		for (size_t at = 0; n <= len && at + n <= len; at++) {
			const char *found = memmem(p + at, len - at, form, n);

			if (!found)
				break;
			at = (size_t)(found - p);
			memset(concealed + at, true, n);
		}
	}
}

/* From where on the end of the text is the beginning of a secret. */
static size_t hold_from(const struct mask *m, const char *p, size_t len)
{
	size_t from = len;

	for (size_t i = 0; i < m->n; i++) {
		const size_t n = secret_len(m->v[i]);
		size_t at = len >= n ? len - n + 1 : 0;

		for (; at < from; at++) {
			if (memcmp(p + at, secret_bytes(m->v[i]), len - at) == 0)
				from = at;
		}
	}
	return from;
}

static void show(const char *p, size_t len, const bool *concealed, struct strbuf *out)
{
	for (size_t i = 0; i < len; i++) {
		if (!concealed[i])
			strbuf_addc(out, p[i]);
		else if (i == 0 || !concealed[i - 1])
			strbuf_adds(out, MASK_TEXT);
	}
}

static void pass(const struct mask *m, struct mask_stream *s, const char *p, size_t len, bool is_end,
		 struct strbuf *out)
{
	bool *concealed = mem_zalloc(len + 1);
	const size_t from = is_end ? len : hold_from(m, p, len);
	size_t until = from;
	char *held;

	mark(m, p, len, concealed);
	/* A concealed run is not cut: what was shown of it could not be told from a second one. */
	while (until > 0 && until < len && concealed[until] && concealed[until - 1])
		until--;
	if (len - until > HELD_MAX)
		until = from;
	show(p, until, concealed, out);
	held = until < len ? mem_dup(p + until, len - until) : NULL;
	mask_stream_release(s);
	s->held = held;
	s->n_held = len - until;
	mem_free(concealed);
}

void mask_feed(const struct mask *m, struct mask_stream *s, const char *p, size_t len, struct strbuf *out)
{
	const size_t total = s->n_held + len;
	char *text = mem_zalloc(total + 1);

	if (s->n_held > 0)
		memcpy(text, s->held, s->n_held);
	memcpy(text + s->n_held, p, len);
	pass(m, s, text, total, false, out);
	secret_wipe(text, total);
	mem_free(text);
}

void mask_end(const struct mask *m, struct mask_stream *s, struct strbuf *out)
{
	char *text = s->held;
	const size_t len = s->n_held;

	*s = (struct mask_stream){0};
	if (!text)
		return;
	pass(m, s, text, len, true, out);
	secret_wipe(text, len);
	mem_free(text);
}
