#ifndef VAULT_TX_H
#define VAULT_TX_H

#include "vault/db.h"
#include "vault/manifest.h"
#include "vault/store.h"
#include "vault/usage_chain.h"

/* Internal to pkg/vault. One transaction: all that is read through it belongs to one state of the database,
 * whose head and manifest were checked. */
struct vault_access;

/* What the store's head says, besides the root of its manifest. */
struct store_head {
	char store_id[OBJECT_ID_SIZE];
	char signer_id[OBJECT_ID_SIZE];   /* which key signs new tokens */
	char managers_id[OBJECT_ID_SIZE]; /* the group that every vault key is sealed to */
	struct usage_chain usage;
};

/* A connection, and what opens records of the store on it. */
struct reader {
	struct db *db;
	struct sealer *sealer; /* NULL before its first use */
};

struct tx {
	struct vault_store *store;
	struct db *db;           /* NULL: ended */
	struct db_rows snapshot; /* of who reads: an open query, which holds the state that it saw */
	bool write;
	bool only_log;         /* changes nothing but the usage log */
	struct sealer *sealer; /* of the store key; belongs to the connection */
	int64_t sequence;
	struct store_head head;
	struct manifest manifest;
};

err_t tx_begin(struct vault_store *s, bool write, struct tx *out) NODISCARD;

/* ERR_DENIED when the token was revoked, changed or has expired since `access` was opened. */
err_t tx_begin_as(struct vault_store *s, const struct vault_access *access, bool write, struct tx *out)
	NODISCARD;

/* Seals the head anew and commits; durable when it returns. */
err_t tx_commit(struct tx *t) NODISCARD;
void tx_end(struct tx *t); /* for CLEANUP: takes back what was not committed */

struct manifest_place tx_place(const struct tx *t);

/* A database that is being made: there is no head yet. */
err_t tx_begin_empty(struct vault_store *s, const struct store_head *head, struct tx *out) NODISCARD;

#endif
