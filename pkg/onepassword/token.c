#include "onepassword/token.h"

#include "base/crypto.h"
#include "json/json.h"

#include <string.h>

#define CLAIMS_MAX 65536

/* The part between the first and the second dot. */
static bool find_claims(const struct secret *token, const char **out, size_t *out_len)
{
	const char *first, *second, *text;
	size_t len;

	secret_view(token, &text, &len);
	first = memchr(text, '.', len);
	if (!first)
		return false;
	first++;
	second = memchr(first, '.', len - (size_t)(first - text));
	if (!second)
		return false;
	*out = first;
	*out_len = (size_t)(second - first);
	return true;
}

bool op_token_expiry(const struct secret *token, int64_t *out_unix_s)
{
	CLEANUP(secret_freep) struct secret *claims = secret_new(CLAIMS_MAX);
	CLEANUP(jsonx_freep) struct jsonx *json = NULL;
	const char *encoded;
	size_t len;
	int64_t expiry;

	if (!find_claims(token, &encoded, &len))
		return false;
	CLEANUP(err_freep) err_t e = crypto_base64url_decode(encoded, len, claims);
	if (!e)
		e = jsonx_parse(secret_bytes(claims), secret_len(claims), &json);
	expiry = e ? 0 : jsonx_get_int(json, "exp", 0);
	if (expiry <= 0)
		return false;
	*out_unix_s = expiry;
	return true;
}
