#ifndef VAULT_STORE_H
#define VAULT_STORE_H

#include "base/err.h"
#include "vault/admin_key.h"
#include "vault/credentials.h"

/* The encrypted store of a Connect server: vaults with items, tokens, servers and who administers them, in
 * one SQLite file. Nothing in it can be read without a key that is not there:
 *
 *	credentials file ── CK opens ── STK (store key): names, tokens, grants, the key that signs tokens
 *	administrator key ── opens its key pair ── opens the group Managers' key pair ── opens every VK
 *	access token ── its secret is a key pair ── opens the VKs that it was granted
 *	VK (one for each vault) ── titles, fields, files
 *
 * Several threads may use one store, and several processes one data directory: a change by one is seen by the
 * next transaction of all. A transaction that was answered is on the disk. */
struct vault_store;

#define VAULT_STORE_FILE "connect.sqlite"

struct vault_store_options {
	const char *data_dir;
	const struct credentials *credentials;
	size_t readers; /* connections that read at once; more readers wait. 0: 4 */
};

/* ERR_NOT_FOUND when the directory was never set up, ERR_DENIED when the credentials file is of another
 * store. */
err_t vault_store_open(const struct vault_store_options *options, struct vault_store **out) NODISCARD;
void vault_store_free(struct vault_store *s); /* NULL is fine; no call may be running */
void vault_store_freep(struct vault_store **s);

const char *vault_store_path(const struct vault_store *s); /* of the file */
const char *
vault_store_server_id(const struct vault_store *s); /* of the server whose credentials these are */
const char *vault_store_server_name(const struct vault_store *s);

/* Reads the head: whether the database answers and is the one that was there before. */
err_t vault_store_check(struct vault_store *s) NODISCARD;

/* Grows with every write. */
int64_t vault_store_sequence(struct vault_store *s);
/* Until this process has written something after `seen`, vault_store_wake was called, or the deadline
 * (clock.h's time): to look then what others have changed, which wakes nobody. */
void vault_store_wait(struct vault_store *s, int64_t seen, int64_t deadline_ns);
void vault_store_wake(struct vault_store *s);

/* Forgets the keys of tokens that expired or were revoked. To be called every few seconds. */
void vault_store_sweep(struct vault_store *s);

/* A new store in data_dir, which is made (mode 0700) if it is not there: one server, the group Managers with
 * one administrator key, and a recovery key, which can make a new administrator key. Nothing is written
 * anywhere else: the caller keeps the three keys, each outside data_dir. ERR_EXISTS when there is a store
 * already. */
struct vault_setup {
	struct credentials credentials;
	struct admin_key admin_key;
	struct secret *recovery_key; /* text for paper */
};
err_t vault_store_create(const char *data_dir, const char *server_name, struct vault_setup *out) NODISCARD;
void vault_setup_release(struct vault_setup *s); /* for CLEANUP */

#endif
