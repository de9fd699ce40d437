/* Tokens made by somebody who has a good one, or even the server's own keys, and wants what they do not give.
 */

#include "vault/fixture.h"
#include "vault/jwt.h"
#include "vault/store_private.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

#define FORGED_MAX 16384

/* Header and payload as a token has them, without a signature. The payload is the fixture's token's. */
static void start_forged(const struct fixture *f, const char *header, struct strbuf *out)
{
	const char *payload = strchr(secret_bytes(f->token), '.');
	const char *end = strrchr(secret_bytes(f->token), '.');

	strbuf_init(out, FORGED_MAX);
	crypto_base64url(header, strlen(header), out);
	strbuf_add(out, payload, (size_t)(end - payload));
}

static void add_signature(struct strbuf *token, const uint8_t *signature, size_t len)
{
	strbuf_adds(token, ".");
	crypto_base64url(signature, len, token);
}

static void check_refused(struct fixture *f, const char *what, const char *token)
{
	struct vault_access *a = NULL;
	err_t e = vault_access_open(f->store, token, &a);

	CHECK_MSG(err_is(e, ERR_DENIED) && !a, "%s", what);
	err_free(e);
}

static char *header_of(const char *alg, const char *kid)
{
	return mem_printf("{\"alg\":\"%s\",\"kid\":\"%s\",\"typ\":\"JWT\"}", alg, kid);
}

TEST(forged, tokens_choose_no_algorithm)
{
	static const char *const algorithms[] = {"none",  "None",  "NONE",   "nOnE",  "",      "HS256",
						 "HS512", "ES384", "ES256K", "PS256", "EdDSA", "es256"};
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	const char *signature = strrchr(secret_bytes(f.token), '.');
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
		CLEANUP(strbuf_release) struct strbuf token = {0};
		CLEANUP(mem_freep) char *header = header_of(algorithms[i], f.store->signer.id);

		start_forged(&f, header, &token);
		check_refused(&f, algorithms[i], token.p);
		strbuf_adds(&token, ".");
		check_refused(&f, algorithms[i], token.p);
		strbuf_adds(&token, signature + 1);
		check_refused(&f, algorithms[i], token.p);
	}
	CHECK_INT(err_live(), 0);
}

TEST(forged, with_the_public_key_as_a_shared_secret_is_refused)
{
	static const struct {
		const char *alg;
		enum crypto_hash hash;
	} cases[] = {{"HS256", CRYPTO_SHA256}, {"HS512", CRYPTO_SHA512}, {"ES256", CRYPTO_SHA512}};
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	const struct signer *s = &f.store->signer;
	CLEANUP(secret_freep) struct secret *key = secret_from(s->public_der.p, s->public_der.len);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(strbuf_release) struct strbuf token = {0};
		CLEANUP(mem_freep) char *header = header_of(cases[i].alg, s->id);
		uint8_t mac[CRYPTO_HMAC_MAX];
		size_t len = 0;

		start_forged(&f, header, &token);
		CHECK_OK(crypto_hmac(cases[i].hash, key, token.p, token.len, mac, &len));
		add_signature(&token, mac, len);
		check_refused(&f, cases[i].alg, token.p);
	}
	CHECK_INT(err_live(), 0);
}

TEST(forged, with_a_key_of_ones_own_is_refused_whatever_the_header_says_of_it)
{
	static const char *const headers[] = {
		"{\"alg\":\"ES256\",\"kid\":\"%s\"}",
		"{\"alg\":\"ES256\",\"kid\":\"aaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
		"{\"alg\":\"ES256\",\"kid\":\"/dev/null\"}",
		"{\"alg\":\"ES256\",\"kid\":\"' OR 1=1 --\"}",
		"{\"alg\":\"ES256\",\"kid\":\"%s\",\"jku\":\"https://thief.example/keys\"}",
		"{\"alg\":\"ES256\",\"kid\":\"%s\",\"x5u\":\"https://thief.example/chain\"}",
		"{\"alg\":\"ES256\",\"kid\":\"%s\",\"jwk\":{\"kty\":\"EC\",\"x\":\"AA\",\"y\":\"AA\"}}",
		"{\"alg\":\"ES256\",\"kid\":[\"%s\"]}",
	};
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(secret_freep) struct secret *own = NULL;
	CLEANUP(strbuf_release) struct strbuf public_der = {0};

	fixture_init(&f);
	strbuf_init(&public_der, 1024);
	CHECK_OK(crypto_es256_new(&own, &public_der));
	for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
		CLEANUP(strbuf_release) struct strbuf token = {0};
		const char *place = strstr(headers[i], "%s");
		CLEANUP(mem_freep)
		char *header = place ? mem_printf("%.*s%s%s", (int)(place - headers[i]), headers[i],
						  f.store->signer.id, place + 2)
				     : mem_strdup(headers[i]);
		uint8_t signature[CRYPTO_ES256_SIG_LEN];

		start_forged(&f, header, &token);
		CHECK_OK(crypto_es256_sign(own, token.p, token.len, signature));
		add_signature(&token, signature, sizeof(signature));
		check_refused(&f, headers[i], token.p);
	}
	CHECK_INT(err_live(), 0);
}

TEST(forged, signatures_of_another_length_or_without_meaning_are_refused)
{
	/* The order of P-256: r and s are below it, and above 0. */
	static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0,    0,    0,    0,    0xff, 0xff, 0xff,
					  0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
					  0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
	static const char *const ends[] = {"A", "AA", "=", "==", ".", ".e30", " ", "\n"};
	CLEANUP(fixture_release) struct fixture f;
	uint8_t both[64] = {0};

	fixture_init(&f);
	const char *good = secret_bytes(f.token);
	const size_t head_len = (size_t)(strrchr(good, '.') - good);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		CLEANUP(mem_freep) char *token = mem_printf("%s%s", good, ends[i]);

		check_refused(&f, ends[i], token);
	}
	for (size_t len = head_len; len < strlen(good); len++) {
		CLEANUP(mem_freep) char *token = mem_strndup(good, len);

		check_refused(&f, "cut", token);
	}
	for (int i = 0; i < 2; i++) {
		CLEANUP(strbuf_release) struct strbuf token = {0};

		strbuf_init(&token, FORGED_MAX);
		strbuf_add(&token, good, head_len);
		add_signature(&token, both, sizeof(both));
		check_refused(&f, i ? "r and s are the order" : "r and s are 0", token.p);
		memcpy(both, order, 32);
		memcpy(both + 32, order, 32);
	}
	CHECK_INT(err_live(), 0);
}

/* Who can sign as the server does: with the disk and the credentials file, or in its memory. */
TEST(forged, by_the_servers_own_key_it_is_refused_without_the_tokens_secret)
{
	CLEANUP(fixture_release) struct fixture f;
	char other_id[OBJECT_ID_SIZE];

	fixture_init(&f);
	CLEANUP(secret_freep) struct secret *other = fixture_token(&f, VAULT_READ, 0, other_id);
	CLEANUP(secret_freep) struct secret *guessed = crypto_key_new();
	CLEANUP(jwt_release) struct jwt known = {0};
	CHECK_OK(jwt_parse(secret_bytes(other), &known));
	const struct secret *const secrets[] = {guessed, known.secret};
	for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
		CLEANUP(secret_freep) struct secret *forged = NULL;
		const struct jwt_vault vault = {.id = f.vault_id, .read = true, .write = true};
		const struct jwt_claims claims = {.key_id = f.store->signer.id,
						  .store_id = f.store->server_id,
						  .server_id = f.store->server_id,
						  .token_id = f.token_id,
						  .secret = secrets[i],
						  .issued_s = 1700000000,
						  .vaults = &vault,
						  .n_vaults = 1};

		CHECK_OK(jwt_format(&claims, f.store->signer.private_der, &forged));
		check_refused(&f, "another secret", secret_bytes(forged));
	}
	CHECK_INT(err_live(), 0);
}

/* What stands in a token's claims gives no right: the server goes by its database. */
TEST(forged, claims_signed_by_the_servers_own_key_give_no_more_rights_or_time)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(vault_access_unrefp) struct vault_access *a = NULL;
	CLEANUP(jwt_release) struct jwt known = {0};
	CLEANUP(secret_freep) struct secret *forged = NULL;
	char id[OBJECT_ID_SIZE];

	fixture_init(&f);
	CLEANUP(secret_freep) struct secret *token = fixture_token(&f, VAULT_READ, 0, id);
	CHECK_OK(jwt_parse(secret_bytes(token), &known));
	const struct jwt_vault vault = {.id = f.vault_id, .read = true, .write = true};
	const struct jwt_claims claims = {.key_id = f.store->signer.id,
					  .store_id = f.store->server_id,
					  .server_id = f.store->server_id,
					  .token_id = id,
					  .secret = known.secret,
					  .issued_s = 1700000000,
					  .expires_s = INT64_C(1) << 40,
					  .vaults = &vault,
					  .n_vaults = 1};
	CHECK_OK(jwt_format(&claims, f.store->signer.private_der, &forged));
	CHECK_OK(vault_access_open(f.store, secret_bytes(forged), &a));
	CHECK_INT(vault_access_rights(a, f.vault_id), VAULT_READ);
	CHECK_OK(vault_admin_revoke_token(f.admin, id));
	check_refused(&f, "revoked", secret_bytes(forged));
	CHECK_INT(err_live(), 0);
}
