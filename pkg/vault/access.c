#include "vault/access_private.h"

#include "base/clock.h"
#include "base/mem.h"
#include "vault/jwt.h"
#include "vault/record.h"
#include "vault/store_private.h"
#include "vault/token.h"
#include "vault/wrap.h"

#include <string.h>

/* Tokens whose keys are kept between requests. */
#define ACCESSES_MAX 1000
#define ACCESS_AGE_MAX_NS (15 * 60 * NS_PER_S)
#define DIGEST_TEXT_SIZE (2 * CRYPTO_SHA256_LEN + 1)

void vault_access_unref(struct vault_access *a)
{
	if (!a || !ref_put(&a->ref))
		return;
	for (size_t i = 0; i < a->n_vaults; i++)
		secret_free(a->vaults[i].key);
	mem_free(a->vaults);
	mem_free(a->token_name);
	mem_free(a);
}

void vault_access_unrefp(struct vault_access **a)
{
	vault_access_unref(*a);
	*a = NULL;
}

const char *vault_access_token_id(const struct vault_access *a)
{
	return a->token_id;
}

const char *vault_access_token_name(const struct vault_access *a)
{
	return a->token_name;
}

const struct access_vault *access_find(const struct vault_access *a, const char *vault_id)
{
	for (size_t i = 0; i < a->n_vaults; i++) {
		if (streq(a->vaults[i].id, vault_id))
			return &a->vaults[i];
	}
	return NULL;
}

unsigned int vault_access_rights(const struct vault_access *a, const char *vault_id)
{
	const struct access_vault *vault = access_find(a, vault_id);

	return vault ? vault->rights : 0;
}

static NODISCARD err_t expired(void)
{
	return err_new(ERR_DENIED, "Invalid bearer token: it has expired");
}

err_t access_check_live(const struct vault_access *a, struct tx *t)
{
	const struct manifest_place place = tx_place(t);
	const struct manifest_entry *entry = NULL;

	if (a->expires_ms && clock_wall_ms() >= a->expires_ms)
		return expired();
	TRY_(manifest_find(&t->manifest, &place, MANIFEST_TOKEN, a->token_id, &entry));
	if (!entry || !seal_tag_eq(&entry->tag, &a->tag))
		return err_new(ERR_DENIED, "Invalid bearer token: it was revoked or changed");
	return NULL;
}

static NODISCARD err_t check_record(const struct vault_store *s, const struct jwt *j,
				    const struct token_record *token)
{
	uint8_t digest[CRYPTO_SHA256_LEN];

	crypto_sha256(secret_bytes(j->secret), secret_len(j->secret), digest);
	if (!secret_bytes_eq(digest, token->digest, sizeof(digest)) ||
	    !streq(j->server_id, token->info.server_id))
		return err_new(ERR_DENIED, "Invalid bearer token");
	if (!streq(token->info.server_id, s->server_id))
		return err_new(ERR_DENIED, "Invalid bearer token: it is for another server");
	if (token->info.revoked_ms)
		return err_new(ERR_DENIED, "Invalid bearer token: it was revoked");
	const int64_t now_ms = clock_wall_ms();
	if ((token->info.expires_ms && now_ms >= token->info.expires_ms) ||
	    (j->expires_s && now_ms / 1000 >= j->expires_s))
		return expired();
	return NULL;
}

/* One damaged key does not take the other vaults away. */
static NODISCARD err_t open_vault(struct tx *t, const char *token_id, const struct secret *private_key,
				  const struct vault_grant *grant, struct access_vault *out)
{
	CLEANUP(err_freep) err_t e = wrap_get(t, grant->vault_id, token_id, private_key, &out->key);

	object_id_set(out->id, grant->vault_id);
	out->rights = grant->rights;
	out->damaged = err_is(e, ERR_PROTOCOL);
	if (out->key)
		vault_lock_key(out->key);
	return !e || out->damaged || err_is(e, ERR_NOT_FOUND) ? NULL : TAKE(e);
}

static NODISCARD err_t open_vaults(struct tx *t, const struct jwt *j, const struct token_record *token,
				   struct vault_access *a)
{
	CLEANUP(secret_freep) struct secret *private_key = NULL;
	struct token_record derived = {0};

	TRY_(token_derive(j->secret, &private_key, &derived));
	a->vaults = mem_calloc(token->info.n_grants + 1, sizeof(*a->vaults));
	for (size_t i = 0; i < token->info.n_grants; i++) {
		a->n_vaults = i + 1;
		TRY_(open_vault(t, token->info.id, private_key, &token->info.grants[i], &a->vaults[i]));
	}
	return NULL;
}

static NODISCARD err_t open_token(struct tx *t, const struct jwt *j, struct vault_access **out)
{
	CLEANUP(token_record_release) struct token_record token = {0};
	CLEANUP(vault_access_unrefp) struct vault_access *a = MEM_NEW(struct vault_access);
	const struct manifest_place place = tx_place(t);
	const struct manifest_entry *entry = NULL;

	ref_init(&a->ref);
	TRY_(manifest_find(&t->manifest, &place, MANIFEST_TOKEN, j->token_id, &entry));
	if (!entry)
		return err_new(ERR_DENIED, "Invalid bearer token");
	a->tag = entry->tag;
	TRY_(token_read(t, j->token_id, &token));
	TRY_(check_record(t->store, j, &token));
	TRY_(open_vaults(t, j, &token, a));
	object_id_set(a->token_id, token.info.id);
	a->token_name = TAKE(token.info.name);
	a->expires_ms = token.info.expires_ms;
	a->opened_ns = clock_now_ns(NULL);
	*out = TAKE(a);
	return NULL;
}

static NODISCARD err_t verify(struct vault_store *s, const char *token, struct vault_access **out)
{
	CLEANUP(jwt_release) struct jwt j = {0};
	CLEANUP(tx_end) struct tx t = {0};

	TRY_(jwt_parse(token, &j));
	CLEANUP(err_freep)
	err_t e = crypto_es256_verify(s->signer.public_der.p, s->signer.public_der.len, token, j.signed_len,
				      j.signature);
	if (e || !streq(j.key_id, s->signer.id))
		return err_new(ERR_DENIED, "Invalid token signature");
	TRY_(tx_begin(s, false, &t));
	return open_token(&t, &j, out);
}

/* A lookup by digest tells an observer of times nothing about the token. */
static void digest_of(const char *token, char out[DIGEST_TEXT_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	uint8_t digest[CRYPTO_SHA256_LEN];

	crypto_sha256(token, strlen(token), digest);
	for (size_t i = 0; i < sizeof(digest); i++) {
		out[2 * i] = hex[digest[i] >> 4];
		out[2 * i + 1] = hex[digest[i] & 15];
	}
	out[DIGEST_TEXT_SIZE - 1] = '\0';
}

static struct vault_access *cache_get(struct vault_store *s, const char *digest)
{
	SYNC_SCOPE(&s->accesses_mutex);
	struct vault_access *a = map_get(s->accesses, digest);

	if (a)
		ref_get(&a->ref);
	return a;
}

static void cache_set(struct vault_store *s, const char *digest, struct vault_access *a)
{
	SYNC_SCOPE(&s->accesses_mutex);

	if (map_len(s->accesses) >= ACCESSES_MAX)
		map_clear(s->accesses);
	ref_get(&a->ref);
	map_set(s->accesses, digest, a);
}

static void cache_drop(struct vault_store *s, const char *digest)
{
	SYNC_SCOPE(&s->accesses_mutex);

	(void)map_del(s->accesses, digest);
}

err_t vault_access_open(struct vault_store *s, const char *token, struct vault_access **out)
{
	CLEANUP(vault_access_unrefp) struct vault_access *a = NULL;
	CLEANUP(tx_end) struct tx t = {0};
	char digest[DIGEST_TEXT_SIZE];

	digest_of(token, digest);
	a = cache_get(s, digest);
	if (a) {
		TRY_(tx_begin(s, false, &t));
		CLEANUP(err_freep) err_t e = access_check_live(a, &t);
		if (!e) {
			*out = TAKE(a);
			return NULL;
		}
		if (!err_is(e, ERR_DENIED))
			return TAKE(e);
		/* Verified once more, for a text that tells why. */
		cache_drop(s, digest);
		tx_end(&t);
		vault_access_unrefp(&a);
	}
	TRY_(verify(s, token, &a));
	cache_set(s, digest, a);
	*out = TAKE(a);
	return NULL;
}

void vault_store_sweep(struct vault_store *s)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(err_freep) err_t e = tx_begin(s, false, &t);
	const int64_t oldest_ns = clock_now_ns(NULL) - ACCESS_AGE_MAX_NS;
	const char *digest = NULL;
	void *value = NULL;

	SYNC_SCOPE(&s->accesses_mutex);
	for (size_t i = 0; map_next(s->accesses, &i, &digest, &value);) {
		const struct vault_access *a = value;
		CLEANUP(err_freep) err_t dead = e ? NULL : access_check_live(a, &t);

		if (dead || a->opened_ns < oldest_ns)
			(void)map_del(s->accesses, digest);
	}
}
