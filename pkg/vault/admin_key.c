#include "vault/admin_key.h"

#include "base/crypto.h"
#include "base/rand.h"
#include "vault/keytext.h"
#include "json/json.h"

#include <string.h>

#define ISSUER "connect-server"
#define KIND "administrator key"

struct admin_key admin_key_new(void)
{
	struct admin_key k = {.secret = crypto_key_new()};

	rand_id(k.id);
	return k;
}

void admin_key_release(struct admin_key *k)
{
	secret_freep(&k->secret);
}

err_t admin_key_parse(const char *p, size_t len, struct admin_key *out)
{
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;
	CLEANUP(secret_freep) struct secret *secret = NULL;

	TRY(jsonx_parse(p, len, &doc), "administrator key");
	const char *id = jsonx_get_str(doc, "id");
	if (!streq(jsonx_get_str(doc, "issuer"), ISSUER) || !streq(jsonx_get_str(doc, "kind"), KIND) ||
	    !object_id_is_valid(id))
		return err_new(
			ERR_INVALID,
			"not an administrator key; needed is the file that `connect-server init` wrote");
	TRY(keytext_parse(jsonx_get_str(doc, "secret"), &secret), "administrator key: secret");
	object_id_set(out->id, id);
	out->secret = TAKE(secret);
	return NULL;
}

err_t admin_key_parse_bearer(const char *text, struct admin_key *out)
{
	TRY(keytext_parse_pair(text, out->id, &out->secret), "administrator key");
	return NULL;
}

err_t admin_key_format(const struct admin_key *k, struct secret **out)
{
	CLEANUP(secret_freep) struct secret *text = secret_new(ADMIN_KEY_MAX);
	struct jsonw w;

	jsonw_init_secret(&w, text);
	jsonw_object(&w);
	jsonw_kstr(&w, "issuer", ISSUER);
	jsonw_kstr(&w, "kind", KIND);
	jsonw_kstr(&w, "id", k->id);
	keytext_write(&w, "secret", k->secret);
	jsonw_end_object(&w);
	TRY_(jsonw_done(&w));
	TRY_(secret_add(text, "\n", 1));
	*out = TAKE(text);
	return NULL;
}

err_t admin_key_load(const char *path, struct admin_key *out)
{
	CLEANUP(secret_freep) struct secret *text = NULL;

	TRY(secret_read_file(path, ADMIN_KEY_MAX, &text), "administrator key");
	return err_wrap(admin_key_parse(secret_bytes(text), secret_len(text), out), "%s", path);
}
