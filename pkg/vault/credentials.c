#include "vault/credentials.h"

#include "base/crypto.h"
#include "base/rand.h"
#include "vault/keytext.h"
#include "json/json.h"

#include <string.h>
#include <unistd.h>

#define ISSUER "connect-server"
#define WHAT_IS_RIGHT "the file that `connect-server init` wrote"

struct credentials credentials_new(void)
{
	struct credentials c = {.key = crypto_key_new()};

	rand_id(c.server_id);
	rand_id(c.key_id);
	return c;
}

void credentials_release(struct credentials *c)
{
	secret_freep(&c->key);
}

static NODISCARD err_t read_members(const struct jsonx *doc, struct credentials *out)
{
	const struct jsonx *unique = jsonx_get(doc, "uniqueKey");
	const char *server_id = jsonx_get_str(doc, "deviceUuid"), *key_id = jsonx_get_str(unique, "kid");
	CLEANUP(secret_freep) struct secret *key = NULL;

	if (!streq(jsonx_get_str(doc, "issuer"), ISSUER))
		return err_new(
			ERR_INVALID,
			jsonx_get(doc, "encCredentials")
				? "this credentials file belongs to 1Password's own Connect server; needed "
				  "is " WHAT_IS_RIGHT
				: "this is no credentials file of connect-server; needed is " WHAT_IS_RIGHT);
	if (!object_id_is_valid(server_id) || !object_id_is_valid(key_id))
		return err_new(ERR_INVALID,
			       "deviceUuid or uniqueKey.kid is missing or damaged; needed is " WHAT_IS_RIGHT);
	TRY(keytext_parse(jsonx_get_str(unique, "k"), &key), "uniqueKey.k");
	object_id_set(out->server_id, server_id);
	object_id_set(out->key_id, key_id);
	out->key = TAKE(key);
	return NULL;
}

err_t credentials_parse(const char *p, size_t len, struct credentials *out)
{
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;

	TRY(jsonx_parse(p, len, &doc), "credentials file");
	TRY(read_members(doc, out), "credentials file");
	return NULL;
}

err_t credentials_format(const struct credentials *c, struct secret **out)
{
	CLEANUP(secret_freep) struct secret *text = secret_new(CREDENTIALS_MAX);
	struct jsonw w;

	jsonw_init_secret(&w, text);
	jsonw_object(&w);
	jsonw_kstr(&w, "version", "2");
	jsonw_kstr(&w, "issuer", ISSUER);
	jsonw_kstr(&w, "deviceUuid", c->server_id);
	jsonw_kobject(&w, "uniqueKey");
	jsonw_kstr(&w, "kty", "oct");
	jsonw_kstr(&w, "alg", "A256GCM");
	jsonw_kbool(&w, "ext", true);
	jsonw_karray(&w, "key_ops");
	jsonw_str(&w, "encrypt");
	jsonw_str(&w, "decrypt");
	jsonw_end_array(&w);
	jsonw_kstr(&w, "kid", c->key_id);
	keytext_write(&w, "k", c->key);
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	TRY_(jsonw_done(&w));
	TRY_(secret_add(text, "\n", 1));
	*out = TAKE(text);
	return NULL;
}

/* base64 as `base64`, `base64 -w0` and `jq @base64` write it: with or without line breaks and padding. */
static NODISCARD err_t decode_base64(const char *text, struct secret **out)
{
	CLEANUP(secret_freep) struct secret *packed = secret_new(2 * CREDENTIALS_MAX);
	CLEANUP(secret_freep) struct secret *decoded = secret_new(CREDENTIALS_MAX);
	CLEANUP(err_freep) err_t e = NULL;

	for (const char *p = text; *p && !e; p++) {
		const char c = *p == '-' ? '+' : *p == '_' ? '/' : *p;

		if (!strchr(" \t\r\n=", c))
			e = secret_add(packed, &c, 1);
	}
	while (!e && secret_len(packed) % 4 != 0)
		e = secret_add(packed, "=", 1);
	if (!e)
		e = secret_add_base64_decoded(decoded, secret_bytes(packed), secret_len(packed));
	if (e || secret_bytes(decoded)[0] != '{')
		return err_new(ERR_INVALID,
			       "OP_SESSION (or --credentials) is neither a file that exists nor base64 of "
			       "a credentials file");
	*out = TAKE(decoded);
	return NULL;
}

err_t credentials_load(const char *session, struct credentials *out)
{
	CLEANUP(secret_freep) struct secret *text = NULL;

	if (session[0] == '{')
		return credentials_parse(session, strlen(session), out);
	if (session[0] == '/' || strchr(session, '.') || access(session, F_OK) == 0) {
		TRY(secret_read_file(session, CREDENTIALS_MAX, &text), "credentials file");
		return err_wrap(credentials_parse(secret_bytes(text), secret_len(text), out), "%s", session);
	}
	TRY_(decode_base64(session, &text));
	return err_wrap(credentials_parse(secret_bytes(text), secret_len(text), out), "OP_SESSION");
}
