#ifndef VAULT_SEAL_H
#define VAULT_SEAL_H

#include "base/sealer.h"

/* How a record of the database is sealed: its key and its associated data come from where it belongs (the
 * vault's id, or SEAL_STORE), which object it is, that object's version and which part of it, and from the
 * version of this scheme. So no record opens in another one's place, nor with another version beside it. */
struct seal_name {
	const char *scope;
	const char *id;
	int64_t version;
	const char *part;
};

#define SEAL_STORE "store"

/* The last bytes of a sealed record: what a manifest remembers of it. */
struct seal_tag {
	uint8_t bytes[SEALER_TAG_LEN];
};

/* Appends to out. */
err_t seal_put(struct sealer *s, const struct seal_name *name, const struct secret *plain, struct strbuf *out)
	NODISCARD;

/* ERR_PROTOCOL, with part and id in its text, when these are not the bytes that were sealed under that name.
 */
err_t seal_get(struct sealer *s, const struct seal_name *name, const char *p, size_t len, struct secret **out)
	NODISCARD;

struct seal_tag seal_tag_of(const char *p, size_t len); /* zeros when there are too few bytes */
bool seal_tag_eq(const struct seal_tag *a, const struct seal_tag *b);

/* The name as text, for what is sealed to a public key instead. */
#define SEAL_TEXT_MAX 192
void seal_name_format(const struct seal_name *name, char out[SEAL_TEXT_MAX]);

#endif
