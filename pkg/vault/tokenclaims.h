#ifndef VAULT_TOKENCLAIMS_H
#define VAULT_TOKENCLAIMS_H

/* Claims that every access token of ours has, as Connect's have them. */
#define TOKEN_AUDIENCE "com.1password.connect"
#define TOKEN_ISSUER "com.1password.b5"
#define TOKEN_FEATURE "vaultaccess"

#endif
