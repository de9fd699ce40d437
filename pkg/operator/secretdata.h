#ifndef OPERATOR_SECRETDATA_H
#define OPERATOR_SECRETDATA_H

#include "base/secret.h"
#include "onepassword/item.h"
#include "json/jsonw.h"

/* The data of a Secret, made from an item by the rules of 1Password's operator: URLs by label (a primary one
 * beats others of the same key, else the last wins), then fields by label (beat URLs, the last of equal ones
 * wins), then files by name (only where the key is free). Keys by keyname.h. Empty values are left out unless
 * wanted. Sections do not count. */
struct secretdata_entry {
	char *key;
	const char *p; /* borrowed from the item */
	size_t len;
	enum { SECRETDATA_URL, SECRETDATA_FIELD, SECRETDATA_FILE } from;
	bool primary;
};

struct secretdata {
	struct secretdata_entry *v;
	size_t n;
};

/* Kubernetes refuses a Secret with more data (core/v1 MaxSecretSize). */
#define SECRETDATA_MAX (1024u * 1024u)

/* Files must be loaded. ERR_INVALID when it is more than a Secret holds. out is valid as long as the item. */
err_t secretdata_build(const struct item *item, bool allow_empty, struct secretdata *out) NODISCARD;
void secretdata_release(struct secretdata *d);

/* Names of keys. Zero-initialise. */
struct secretdata_changes {
	struct strv added, changed, removed;
};
void secretdata_changes_release(struct secretdata_changes *c);
bool secretdata_changes_any(const struct secretdata_changes *c);

/* How d differs from the member "data" of a live Secret: a key is missing, has another value, or is one of
 * the owned and no longer wanted. Keys of others do not count. Adds to out. */
err_t secretdata_compare(const struct secretdata *d, const struct jsonx *live_data, const struct strv *owned,
			 struct secretdata_changes *out) NODISCARD;

void secretdata_write(const struct secretdata *d, struct jsonw *w); /* as an object of base64 strings */

#endif
