#include "vault/jwt.h"

#include "base/mem.h"
#include "vault/keytext.h"
#include "vault/tokenclaims.h"
#include "json/json.h"

#include <ctype.h>
#include <string.h>

/* The original's bits for what a token may do in a vault. */
#define ACL_READ 48
#define ACL_WRITE 448

static void upper(const char *id, char out[OBJECT_ID_SIZE])
{
	for (size_t i = 0; i < OBJECT_ID_SIZE; i++)
		out[i] = (char)toupper((unsigned char)id[i]);
}

static NODISCARD err_t add_part(const struct secret *json, struct secret *text)
{
	CLEANUP(strbuf_release) struct strbuf encoded = {0};

	strbuf_init(&encoded, JWT_MAX);
	crypto_base64url(secret_bytes(json), secret_len(json), &encoded);
	err_t e = strbuf_check(&encoded, "token");
	e = e ? e : secret_add(text, encoded.p, encoded.len);
	secret_wipe(encoded.p, encoded.len);
	return e;
}

static NODISCARD err_t add_header(const struct jwt_claims *c, struct secret *text)
{
	CLEANUP(secret_freep) struct secret *json = secret_new(JWT_MAX);
	struct jsonw w;

	jsonw_init_secret(&w, json);
	jsonw_object(&w);
	jsonw_kstr(&w, "alg", "ES256");
	jsonw_kstr(&w, "kid", c->key_id);
	jsonw_kstr(&w, "typ", "JWT");
	jsonw_end_object(&w);
	TRY_(jsonw_done(&w));
	return add_part(json, text);
}

static void write_vaults(struct jsonw *w, const struct jwt_claims *c)
{
	jsonw_karray(w, "1password.com/vts");
	for (size_t i = 0; i < c->n_vaults && c->n_vaults <= JWT_VAULTS_MAX; i++) {
		jsonw_object(w);
		jsonw_kstr(w, "u", c->vaults[i].id);
		jsonw_kint(w, "a", (c->vaults[i].read ? ACL_READ : 0) | (c->vaults[i].write ? ACL_WRITE : 0));
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

static NODISCARD err_t add_payload(const struct jwt_claims *c, struct secret *text)
{
	CLEANUP(secret_freep) struct secret *json = secret_new(JWT_MAX);
	char subject[OBJECT_ID_SIZE];
	struct jsonw w;

	upper(c->server_id, subject);
	jsonw_init_secret(&w, json);
	jsonw_object(&w);
	jsonw_kstr(&w, "1password.com/auuid", c->store_id);
	keytext_write(&w, "1password.com/token", c->secret);
	jsonw_karray(&w, "1password.com/fts");
	jsonw_str(&w, TOKEN_FEATURE);
	jsonw_end_array(&w);
	write_vaults(&w, c);
	jsonw_karray(&w, "aud");
	jsonw_str(&w, TOKEN_AUDIENCE);
	jsonw_end_array(&w);
	jsonw_kstr(&w, "sub", subject);
	jsonw_kint(&w, "iat", c->issued_s);
	if (c->expires_s)
		jsonw_kint(&w, "exp", c->expires_s);
	jsonw_kstr(&w, "iss", TOKEN_ISSUER);
	jsonw_kstr(&w, "jti", c->token_id);
	jsonw_end_object(&w);
	TRY_(jsonw_done(&w));
	return add_part(json, text);
}

err_t jwt_format(const struct jwt_claims *c, const struct secret *signer_private_der, struct secret **out)
{
	CLEANUP(secret_freep) struct secret *text = secret_new(JWT_MAX);
	CLEANUP(strbuf_release) struct strbuf encoded = {0};
	uint8_t signature[CRYPTO_ES256_SIG_LEN];

	TRY_(add_header(c, text));
	TRY_(secret_add(text, ".", 1));
	TRY_(add_payload(c, text));
	TRY_(crypto_es256_sign(signer_private_der, secret_bytes(text), secret_len(text), signature));
	strbuf_init(&encoded, JWT_MAX);
	crypto_base64url(signature, sizeof(signature), &encoded);
	TRY_(secret_add(text, ".", 1));
	TRY_(secret_add(text, encoded.p, encoded.len));
	*out = TAKE(text);
	return NULL;
}

void jwt_release(struct jwt *j)
{
	secret_freep(&j->secret);
}

static NODISCARD err_t malformed(void)
{
	return err_new(ERR_DENIED, "Invalid bearer token");
}

static NODISCARD err_t parse_part(const char *p, size_t len, struct jsonx **out)
{
	CLEANUP(secret_freep) struct secret *json = secret_new(JWT_MAX);

	TRY_(crypto_base64url_decode(p, len, json));
	return jsonx_parse(secret_bytes(json), secret_len(json), out);
}

static bool read_header(const struct jsonx *doc, struct jwt *j)
{
	const char *key_id = jsonx_get_str(doc, "kid");

	/* The algorithm is pinned: a token does not choose how it is verified. */
	if (!streq(jsonx_get_str(doc, "alg"), "ES256") || !object_id_is_valid(key_id))
		return false;
	object_id_set(j->key_id, key_id);
	return true;
}

static bool has_audience(const struct jsonx *aud)
{
	for (size_t i = 0; i < jsonx_len(aud); i++) {
		if (streq(jsonx_str(jsonx_at(aud, i)), TOKEN_AUDIENCE))
			return true;
	}
	return streq(jsonx_str(aud), TOKEN_AUDIENCE);
}

static bool read_expiry(const struct jsonx *doc, int64_t *out)
{
	const struct jsonx *exp = jsonx_get(doc, "exp");

	*out = 0;
	return !exp || (jsonx_int(exp, out) && *out > 0);
}

static bool read_payload(const struct jsonx *doc, struct jwt *j)
{
	const char *subject = jsonx_get_str(doc, "sub"), *token_id = jsonx_get_str(doc, "jti");
	char lower[OBJECT_ID_SIZE] = {0};

	if (!subject || strlen(subject) != OBJECT_ID_LEN || !object_id_is_valid(token_id))
		return false;
	for (size_t i = 0; i < OBJECT_ID_LEN; i++)
		lower[i] = (char)tolower((unsigned char)subject[i]);
	if (!object_id_is_valid(lower) || !has_audience(jsonx_get(doc, "aud")) ||
	    !read_expiry(doc, &j->expires_s))
		return false;
	CLEANUP(err_freep) err_t e = keytext_parse(jsonx_get_str(doc, "1password.com/token"), &j->secret);
	object_id_set(j->server_id, lower);
	object_id_set(j->token_id, token_id);
	return !e;
}

static NODISCARD err_t parse_signature(const char *text, struct jwt *j)
{
	CLEANUP(secret_freep) struct secret *signature = secret_new(CRYPTO_ES256_SIG_LEN);

	TRY_(crypto_base64url_decode(text, strlen(text), signature));
	if (secret_len(signature) != CRYPTO_ES256_SIG_LEN)
		return malformed();
	memcpy(j->signature, secret_bytes(signature), CRYPTO_ES256_SIG_LEN);
	return NULL;
}

static NODISCARD err_t parse(const char *text, struct jwt *j)
{
	CLEANUP(jsonx_freep) struct jsonx *header = NULL;
	CLEANUP(jsonx_freep) struct jsonx *payload = NULL;
	const char *first = strchr(text, '.');
	const char *second = first ? strchr(first + 1, '.') : NULL;

	if (!second || strlen(text) > JWT_MAX)
		return malformed();
	j->signed_len = (size_t)(second - text);
	TRY_(parse_part(text, (size_t)(first - text), &header));
	TRY_(parse_part(first + 1, (size_t)(second - first - 1), &payload));
	TRY_(parse_signature(second + 1, j));
	return read_header(header, j) && read_payload(payload, j) ? NULL : malformed();
}

err_t jwt_parse(const char *text, struct jwt *out)
{
	CLEANUP(jwt_release) struct jwt j = {0};
	CLEANUP(err_freep) err_t e = parse(text, &j);

	/* One answer for all: what is wrong with a forged token is nobody's business. */
	if (e)
		return malformed();
	*out = j;
	j.secret = NULL;
	return NULL;
}
