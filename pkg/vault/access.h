#ifndef VAULT_ACCESS_H
#define VAULT_ACCESS_H

#include "base/ref.h"
#include "vault/store.h"

/* What an access token allows: the rights and keys of its vaults. Immutable and shared between threads. */
enum vault_right { VAULT_READ = 1, VAULT_WRITE = 2 };

struct vault_access;

/* Verifies a token: pinned algorithm, signature, audience, server, expiry, its record, the digest of its
 * secret; then opens the keys of its vaults. A token that was verified lately is only looked up; whether it
 * is still good is asked again by each call that uses it. ERR_DENIED with the text for the client: "Invalid
 * bearer token", "Invalid token signature". */
err_t vault_access_open(struct vault_store *s, const char *token, struct vault_access **out) NODISCARD;
void vault_access_unref(struct vault_access *a); /* NULL is fine; before the store */
void vault_access_unrefp(struct vault_access **a);

const char *vault_access_token_id(const struct vault_access *a);
const char *vault_access_token_name(const struct vault_access *a);

/* Bits of enum vault_right; 0 for a vault that the token was not granted or that does not exist. */
unsigned int vault_access_rights(const struct vault_access *a, const char *vault_id);

#endif
