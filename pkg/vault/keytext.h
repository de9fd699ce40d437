#ifndef VAULT_KEYTEXT_H
#define VAULT_KEYTEXT_H

#include "base/secret.h"
#include "vault/id.h"
#include "json/jsonw.h"

/* Keys of 32 bytes as text. */

/* base64url in a JSON object. */
void keytext_write(struct jsonw *w, const char *name, const struct secret *key);
err_t keytext_parse(const char *text, struct secret **out) NODISCARD; /* ERR_INVALID, also for NULL */

/* For paper: base32 (a-z2-7) in groups of four. Reading takes any case, spaces and dashes. */
err_t keytext_format_paper(const struct secret *key, struct secret **out) NODISCARD;
err_t keytext_parse_paper(const char *text, struct secret **out) NODISCARD;

/* "ID.SECRET", for an Authorization header or an invitation: the id, and the key in base64url. */
err_t keytext_format_pair(const char *id, const struct secret *key, struct secret **out) NODISCARD;
err_t keytext_parse_pair(const char *text, char out_id[OBJECT_ID_SIZE], struct secret **out)
	NODISCARD; /* ERR_INVALID */

#endif
