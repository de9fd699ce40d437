#include "vault/token.h"

#include "base/mem.h"
#include "vault/principal.h"
#include "vault/record.h"

#define FORM 1

void vault_token_release(struct vault_token *t)
{
	mem_freep(&t->name);
	mem_freep(&t->grants);
	t->n_grants = 0;
}

void token_record_release(struct token_record *t)
{
	vault_token_release(&t->info);
}

err_t token_write(struct tx *t, const struct token_record *token)
{
	const struct vault_token *i = &token->info;
	CLEANUP(codec_writer_release) struct codec_writer w = {0};
	CLEANUP(secret_freep) struct secret *plain = NULL;

	codec_writer_init(&w, RECORD_MAX);
	codec_put_int(&w, FORM);
	codec_put_str(&w, i->name);
	codec_put_str(&w, i->server_id);
	codec_put_str(&w, i->creator_id);
	codec_put_int(&w, i->created_ms);
	codec_put_int(&w, i->expires_ms);
	codec_put_int(&w, i->revoked_ms);
	codec_put_bytes(&w, token->public_key, sizeof(token->public_key));
	codec_put_bytes(&w, token->digest, sizeof(token->digest));
	codec_put_int(&w, (int64_t)i->n_grants);
	for (size_t k = 0; k < i->n_grants; k++) {
		codec_put_str(&w, i->grants[k].vault_id);
		codec_put_int(&w, i->grants[k].rights);
	}
	TRY_(codec_writer_take(&w, &plain));
	return record_write(t, NULL, MANIFEST_TOKEN, i->id, plain);
}

static void read_grants(struct codec_reader *r, struct vault_token *i)
{
	const size_t n = codec_get_count(r);

	i->grants = mem_calloc(n + 1, sizeof(*i->grants));
	for (i->n_grants = 0; i->n_grants < n && !r->bad; i->n_grants++) {
		codec_get_id(r, i->grants[i->n_grants].vault_id);
		i->grants[i->n_grants].rights = (unsigned int)codec_get_int(r);
	}
}

err_t token_read(struct tx *t, const char *id, struct token_record *out)
{
	CLEANUP(secret_freep) struct secret *plain = NULL;
	CLEANUP(token_record_release) struct token_record token = {0};
	struct vault_token *i = &token.info;

	TRY_(record_read(t, NULL, MANIFEST_TOKEN, id, &plain));
	struct codec_reader r = codec_reader_of(plain);
	r.bad = codec_get_int(&r) != FORM;
	object_id_set(i->id, id);
	i->name = codec_get_str(&r);
	codec_get_id(&r, i->server_id);
	codec_get_id(&r, i->creator_id);
	i->created_ms = codec_get_int(&r);
	i->expires_ms = codec_get_int(&r);
	i->revoked_ms = codec_get_int(&r);
	codec_get_exact(&r, token.public_key, sizeof(token.public_key));
	codec_get_exact(&r, token.digest, sizeof(token.digest));
	read_grants(&r, i);
	TRY_(codec_reader_done(&r, "token"));
	*out = token;
	token = (struct token_record){0};
	return NULL;
}

err_t token_derive(const struct secret *secret, struct secret **out_private, struct token_record *token)
{
	crypto_sha256(secret_bytes(secret), secret_len(secret), token->digest);
	return principal_derive(secret, PRINCIPAL_DERIVE_TOKEN, out_private, token->public_key);
}
