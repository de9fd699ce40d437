#ifndef VAULT_FIXTURE_H
#define VAULT_FIXTURE_H

#include "base/test.h"
#include "vault/admin_people.h"
#include "vault/db.h"

/* For tests: a store in a folder of its own with one vault and one token that may read and write it. */
struct fixture {
	char dir[64];
	struct vault_setup setup;
	struct vault_store *store;
	struct vault_admin *admin;
	char vault_id[OBJECT_ID_SIZE];
	char token_id[OBJECT_ID_SIZE];
	struct secret *token;
	struct vault_access *access;
	struct person_key person; /* after fixture_add_person */
	char group_id[OBJECT_ID_SIZE];
};

/* Texts that must not be found in any file of the store. */
#define CANARY_VAULT "canary-vault-name"
#define CANARY_TOKEN "canary-token-name"
#define CANARY_SERVER "canary-server-name"
#define CANARY_GROUP "canary-group-name"
#define CANARY_PERSON "canary-person-name"
#define CANARY_EMAIL "canary@example.org"
#define CANARY_PASSPHRASE "canary-passphrase"
#define CANARY_TITLE "canary-title"
#define CANARY_TAG "canary-tag"
#define CANARY_URL "https://canary-url.example"
#define CANARY_LABEL "canary-label"
#define CANARY_VALUE "canary-value"
#define CANARY_SECTION "canary-section"
#define CANARY_FILE "canary-file-name"
#define CANARY_CONTENT "canary-file-content"

void fixture_init(struct fixture *f);
void fixture_release(struct fixture *f); /* for CLEANUP: removes the folder */
void fixture_close(struct fixture *f);   /* as a process that ends */
void fixture_reopen(struct fixture *f);  /* a new process */

/* A token for the fixture's vault. */
struct secret *fixture_token(struct fixture *f, unsigned int rights, int64_t expires_ms,
			     char out_id[OBJECT_ID_SIZE]);

/* An item with every canary in it; the caller releases it. */
struct vault_item fixture_item(const char *title);
void fixture_add_field(struct vault_item *item, const char *label, const char *value);

/* Stores such an item and gives its id. */
void fixture_create(struct fixture *f, const char *title, char out_id[OBJECT_ID_SIZE]);

/* Somebody who has signed in, in a group that manages the fixture's server. */
void fixture_add_person(struct fixture *f);

/* Runs SQL on the closed store's file, as somebody with the disk can. */
void fixture_sql(struct fixture *f, const char *sql);

/* Reads all that there is with all keys that there are, as new processes do: the first error, or NULL. */
err_t fixture_read_all(struct fixture *f, size_t *out_n_items) NODISCARD;

#endif
