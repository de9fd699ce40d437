#include "kube/credentials.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/sync.h"
#include <string.h>

#define TOKEN_MAX_BYTES (64u << 10)
#define PEM_MAX_BYTES (1u << 20)

struct credentials {
	const struct kube_settings *settings;
	const struct clock *clock;
	pthread_mutex_t mutex; /* guards what follows */
	struct secret *token;
	int64_t token_read_ns;
	struct tls_files tls;
	int64_t tls_read_ns;
};

void tls_files_release(struct tls_files *t)
{
	mem_free(t->ca_pem);
	mem_free(t->cert_pem);
	secret_free(t->key_pem);
	*t = (struct tls_files){0};
}

/* A token is one word; what editors and projected volumes put around it is no part of it. */
static NODISCARD err_t token_trim(const struct secret *text, struct secret **out)
{
	const char *p = secret_bytes(text);
	size_t len = secret_len(text);

	while (len > 0 && strchr(" \t\r\n", p[len - 1]))
		len--;
	while (len > 0 && strchr(" \t\r\n", *p)) {
		p++;
		len--;
	}
	if (len == 0)
		return err_new(ERR_INVALID, "the token is empty");
	for (size_t i = 0; i < len; i++)
		if (p[i] <= ' ' || p[i] > '~')
			return err_new(ERR_INVALID, "the token must be one word of printable ASCII");
	*out = secret_from(p, len);
	return NULL;
}

static NODISCARD err_t token_read(const struct kube_settings *s, struct secret **out)
{
	CLEANUP(secret_freep) struct secret *text = NULL;

	if (s->token_file) {
		TRY(secret_read_file(s->token_file, TOKEN_MAX_BYTES, &text), "%s: tokenFile", s->source);
		TRY(token_trim(text, out), "%s: tokenFile %s", s->source, s->token_file);
	} else if (s->token) {
		TRY(token_trim(s->token, out), "%s: token", s->source);
	}
	return NULL;
}

/* PEM is what it looks like; a half-written file is refused so that the old one stays in use. */
static NODISCARD err_t pem_read(const struct kube_settings *s, const char *field, const char *path,
				struct secret **out)
{
	CLEANUP(secret_freep) struct secret *text = NULL;

	TRY(secret_read_file(path, PEM_MAX_BYTES, &text), "%s: %s", s->source, field);
	if (strlen(secret_bytes(text)) != secret_len(text) || !strstr(secret_bytes(text), "-----END "))
		return err_new(ERR_INVALID, "%s: %s %s: is not PEM", s->source, field, path);
	*out = TAKE(text);
	return NULL;
}

static NODISCARD err_t public_pem_read(const struct kube_settings *s, const char *field, const char *text,
				       const char *path, char **out)
{
	CLEANUP(secret_freep) struct secret *read = NULL;

	if (!path) {
		*out = mem_strdup(text);
		return NULL;
	}
	TRY_(pem_read(s, field, path, &read));
	*out = mem_strdup(secret_bytes(read));
	return NULL;
}

static NODISCARD err_t tls_read(const struct kube_settings *s, struct tls_files *out)
{
	CLEANUP(tls_files_release) struct tls_files t = {0};

	TRY_(public_pem_read(s, "certificate-authority", s->ca_pem, s->ca_file, &t.ca_pem));
	TRY_(public_pem_read(s, "client-certificate", s->cert_pem, s->cert_file, &t.cert_pem));
	if (s->key_file)
		TRY_(pem_read(s, "client-key", s->key_file, &t.key_pem));
	else if (s->key_pem)
		t.key_pem = secret_dup(s->key_pem);
	*out = t;
	t = (struct tls_files){0};
	return NULL;
}

static bool tls_eq(const struct tls_files *a, const struct tls_files *b)
{
	return streq(a->ca_pem, b->ca_pem) && streq(a->cert_pem, b->cert_pem) &&
	       (a->key_pem == b->key_pem || (a->key_pem && b->key_pem && secret_eq(a->key_pem, b->key_pem)));
}

static bool is_due(struct credentials *c, int64_t *read_ns, int64_t age_ms)
{
	const int64_t now_ns = clock_now_ns(c->clock);

	if (now_ns - *read_ns < age_ms * NS_PER_MS)
		return false;
	*read_ns = now_ns;
	return true;
}

static void tls_refresh(struct credentials *c)
{
	CLEANUP(tls_files_release) struct tls_files now = {0};

	if (!is_due(c, &c->tls_read_ns, CREDENTIALS_TLS_AGE_MS))
		return;
	CLEANUP(err_freep) err_t e = tls_read(c->settings, &now);
	if (e || tls_eq(&now, &c->tls))
		return;
	now.generation = c->tls.generation + 1;
	tls_files_release(&c->tls);
	c->tls = now;
	now = (struct tls_files){0};
}

err_t credentials_new(const struct kube_settings *settings, const struct clock *clock,
		      struct credentials **out)
{
	CLEANUP(credentials_freep) struct credentials *c = MEM_NEW(struct credentials);

	sync_mutex_init(&c->mutex);
	c->settings = settings;
	c->clock = clock;
	c->token_read_ns = c->tls_read_ns = clock_now_ns(clock);
	err_t e = token_read(settings, &c->token);
	if (e && !settings->token)
		return e;
	err_free(e);
	if (!c->token && settings->token)
		TRY(token_trim(settings->token, &c->token), "%s: token", settings->source);
	TRY_(tls_read(settings, &c->tls));
	*out = TAKE(c);
	return NULL;
}

void credentials_free(struct credentials *c)
{
	if (!c)
		return;
	secret_free(c->token);
	tls_files_release(&c->tls);
	sync_mutex_destroy(&c->mutex);
	mem_free(c);
}

void credentials_freep(struct credentials **c)
{
	credentials_free(*c);
}

static void token_refresh(struct credentials *c, bool fresh)
{
	CLEANUP(secret_freep) struct secret *now = NULL;

	if (!c->settings->token_file || !is_due(c, &c->token_read_ns, fresh ? 0 : CREDENTIALS_TOKEN_AGE_MS))
		return;
	CLEANUP(err_freep) err_t e = token_read(c->settings, &now);
	if (e)
		return;
	secret_free(c->token);
	c->token = TAKE(now);
}

struct secret *credentials_token(struct credentials *c, bool fresh)
{
	SYNC_SCOPE(&c->mutex);
	token_refresh(c, fresh);
	return c->token ? secret_dup(c->token) : NULL;
}

void credentials_tls(struct credentials *c, struct tls_files *out)
{
	SYNC_SCOPE(&c->mutex);
	tls_refresh(c);
	*out = (struct tls_files){
		.ca_pem = mem_strdup(c->tls.ca_pem),
		.cert_pem = mem_strdup(c->tls.cert_pem),
		.key_pem = c->tls.key_pem ? secret_dup(c->tls.key_pem) : NULL,
		.generation = c->tls.generation,
	};
}

uint64_t credentials_tls_generation(struct credentials *c)
{
	SYNC_SCOPE(&c->mutex);
	tls_refresh(c);
	return c->tls.generation;
}
