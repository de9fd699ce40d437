#ifndef VAULT_CREDENTIALS_H
#define VAULT_CREDENTIALS_H

#include "base/secret.h"
#include "vault/id.h"

/* 1password-credentials.json of this server: the key CK, which opens the store key and lies nowhere else. Its
 * form is the one that tools around Connect expect; only its content is ours:
 *	{"version":"2","issuer":"connect-server","deviceUuid":SERVER ID,
 *	 "uniqueKey":{"kty":"oct","alg":"A256GCM","ext":true,"key_ops":["encrypt","decrypt"],"kid":KEY
 * ID,"k":CK}} */
struct credentials {
	char server_id[OBJECT_ID_SIZE];
	char key_id[OBJECT_ID_SIZE];
	struct secret *key; /* 32 bytes */
};

#define CREDENTIALS_MAX 16384

struct credentials credentials_new(void);        /* random */
void credentials_release(struct credentials *c); /* for CLEANUP */

/* ERR_INVALID says what is wrong and what would be right, also for a file that 1Password.com made. */
err_t credentials_parse(const char *p, size_t len, struct credentials *out) NODISCARD;
err_t credentials_format(const struct credentials *c, struct secret **out) NODISCARD; /* JSON and a newline */

/* From what OP_SESSION may hold: the path of the file, its content, or its content as base64. */
err_t credentials_load(const char *session, struct credentials *out) NODISCARD;

#endif
