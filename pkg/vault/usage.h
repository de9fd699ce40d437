#ifndef VAULT_USAGE_H
#define VAULT_USAGE_H

#include "base/crypto.h"
#include "vault/admin.h"

/* The usage log: who did what with which item, and what administrators did. Rows are sealed, numbered without
 * gaps and chained by digests. Only ids are kept of vaults and items, never a title or a value. */
struct usage_row {
	int64_t number; /* from 1; given by the store */
	int64_t at_ms;
	char *action;      /* READ, CREATE, UPDATE, DELETE of a token; ADMIN of an administrator */
	char *what;        /* "item_get", "token_create" */
	char *result;      /* SUCCESS, DENY, FAIL; DAMAGED when the row does not open */
	char *actor_id;    /* token or administrator key; "" when nobody was recognised */
	char *actor_name;  /* at that time */
	char *server_name; /* as the report of 1Password has it in "used by" */
	char *vault_id;    /* "" if none, as the two below */
	char *item_id;
	char *subject_id; /* what an administrator acted on */
	char *address;
	char *user_agent;
	char *object_id; /* what he put to the subject or took from it, where that is no vault; "" if none */
};
void usage_row_release(struct usage_row *r); /* for CLEANUP */

/* Collects rows of any thread and writes them together, at most USAGE_DELAY_MS after the first. */
struct usage_log;
#define USAGE_DELAY_MS 50
#define USAGE_PENDING_MAX 4096 /* over it usage_log_add waits for the disk */

struct usage_log *usage_log_new(struct vault_store *s); /* the store outlives it */
void usage_log_free(struct usage_log *l);               /* writes what is there first; NULL is fine */

/* Takes the row's texts. What could not be written is tried again with the next rows. */
void usage_log_add(struct usage_log *l, struct usage_row *row);
/* All rows that were added before are on the disk when it returns. */
err_t usage_log_flush(struct usage_log *l) NODISCARD;

struct usage_filter {
	int64_t before_number;                                       /* 0: from the newest */
	int64_t from_ms, to_ms;                                      /* 0: any */
	const char *actor_id, *vault_id, *item_id, *result, *action; /* NULL: any */
	size_t limit;
};
typedef err_t (*usage_fn)(void *arg, const struct usage_row *row);

/* Newest first. *out_next is the before_number that goes on where this ended, 0 when there is no more. */
err_t vault_admin_usage(struct vault_admin *a, const struct usage_filter *filter, usage_fn fn, void *arg,
			int64_t *out_next) NODISCARD;

/* A token's own rows, newest first, among the newest 100,000 of all. */
err_t usage_of_token(struct vault_store *s, const struct vault_access *access, usage_fn fn, void *arg)
	NODISCARD;

struct usage_check {
	int64_t first, n_rows;
	int64_t first_bad;                      /* 0: the chain is whole */
	char digest[2 * CRYPTO_SHA256_LEN + 1]; /* of the newest row: kept elsewhere, it shows a log that was
						   written anew as a whole */
};
err_t vault_admin_verify_usage(struct vault_admin *a, struct usage_check *out) NODISCARD;

/* Forgets the rows older than that; the chain goes on from the first that is left. */
err_t vault_admin_trim_usage(struct vault_admin *a, int64_t before_ms, int64_t *out_n) NODISCARD;

/* The same without an administrator, for a server that keeps rows only so long. */
err_t usage_trim(struct vault_store *s, int64_t before_ms, int64_t *out_n) NODISCARD;

/* The last use of a token: false in *out_found when there was none. */
struct usage_last {
	int64_t at_ms;
	char *address;
};
err_t vault_admin_last_use(struct vault_admin *a, const char *token_id, struct usage_last *out,
			   bool *out_found) NODISCARD;

#endif
