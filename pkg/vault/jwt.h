#ifndef VAULT_JWT_H
#define VAULT_JWT_H

#include "base/crypto.h"
#include "vault/id.h"

/* Internal to pkg/vault. The text of an access token: a JWT signed with ES256, with the claims that Connect's
 * tokens have. The server trusts only what its database says of a token; of the claims it needs the token's
 * id and the secret, which is nowhere else. */
#define JWT_MAX 8192
#define JWT_SECRET_LEN 32

struct jwt_vault {
	const char *id;
	bool read, write;
};

struct jwt_claims {
	const char *key_id;    /* of the signer */
	const char *store_id;  /* 1password.com/auuid */
	const char *server_id; /* sub, in upper case there */
	const char *token_id;  /* jti */
	const struct secret *secret;
	int64_t issued_s;
	int64_t expires_s; /* 0: never */
	const struct jwt_vault *vaults;
	size_t n_vaults; /* over JWT_VAULTS_MAX the claim is left out: it informs, and must fit in a header */
};
#define JWT_VAULTS_MAX 64

err_t jwt_format(const struct jwt_claims *claims, const struct secret *signer_private_der,
		 struct secret **out) NODISCARD;

/* What stands in a token; nothing is verified but the form: three parts, header ES256 with a key id, audience
 * of Connect, all claims present with their types. */
struct jwt {
	char key_id[OBJECT_ID_SIZE];
	char server_id[OBJECT_ID_SIZE]; /* lower case */
	char token_id[OBJECT_ID_SIZE];
	struct secret *secret;
	int64_t expires_s; /* 0: never */
	size_t signed_len; /* of the token's text from its start */
	uint8_t signature[CRYPTO_ES256_SIG_LEN];
};
err_t jwt_parse(const char *text, struct jwt *out) NODISCARD; /* ERR_DENIED */
void jwt_release(struct jwt *j);                              /* for CLEANUP */

#endif
