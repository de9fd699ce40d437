#include "vault/seal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SCHEME "connect-server 1"

void seal_name_format(const struct seal_name *name, char out[SEAL_TEXT_MAX])
{
	/* Scopes, ids and parts are made of letters, digits and '-', so the text is as unambiguous as the
	 * name. */
	(void)snprintf(out, SEAL_TEXT_MAX, "%s|%s|%s|%" PRId64 "|%s", SCHEME, name->scope, name->id,
		       name->version, name->part);
}

err_t seal_put(struct sealer *s, const struct seal_name *name, const struct secret *plain, struct strbuf *out)
{
	char text[SEAL_TEXT_MAX];

	seal_name_format(name, text);
	return sealer_seal(s, text, secret_bytes(plain), secret_len(plain), out);
}

err_t seal_get(struct sealer *s, const struct seal_name *name, const char *p, size_t len, struct secret **out)
{
	char text[SEAL_TEXT_MAX];

	seal_name_format(name, text);
	CLEANUP(err_freep) err_t e = sealer_open(s, text, p, len, out);
	if (err_is(e, ERR_DENIED))
		return err_new(ERR_PROTOCOL, "the %s of %s is damaged: it is not what was written",
			       name->part, name->id);
	return TAKE(e);
}

struct seal_tag seal_tag_of(const char *p, size_t len)
{
	struct seal_tag tag = {0};

	if (len >= sizeof(tag.bytes))
		memcpy(tag.bytes, p + len - sizeof(tag.bytes), sizeof(tag.bytes));
	return tag;
}

bool seal_tag_eq(const struct seal_tag *a, const struct seal_tag *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}
