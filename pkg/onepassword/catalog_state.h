#ifndef ONEPASSWORD_CATALOG_STATE_H
#define ONEPASSWORD_CATALOG_STATE_H

#include "base/map.h"
#include "base/sync.h"
#include "onepassword/catalog.h"
#include "onepassword/flight.h"
#include "onepassword/itemindex.h"
#include "onepassword/unlisted.h"

/* The inside of the catalog: what it knows (catalog.c, find.c), how it reads (catalog_read.c), when it looks
 * (catalog_poll.c). */

#define NEVER_NS INT64_MIN
#define NO_CONTENT_VERSION (-1)

/* The items of one vault. */
struct vault_items {
	char vault_id[27];
	int users;                /* threads that hold a pointer to this outside of the mutex */
	struct flight flight;     /* has a mutex of its own */
	struct item_index *items; /* NULL: not read */
	struct unlisted *unlisted;
	int64_t read_at_ns;      /* when the request began that read them */
	int64_t content_version; /* of the vault before that; NO_CONTENT_VERSION: it was not among the vaults
				  */
	uint32_t polls;          /* that confirmed the list */
	/* Bit n: at the n-th poll from now a version will have been reported for CATALOG_STEADY_POLLS polls.
	 */
	unsigned steady_due;
};

struct catalog {
	struct flight vaults_flight;
	pthread_mutex_t mutex;   /* guards all below; never held during a request */
	uint64_t epoch;          /* of clears: what was asked for before one is dropped */
	bool moved;              /* since the last poll that was fine */
	bool reached;            /* by the last poll: it could read the vaults */
	struct op_vaults vaults; /* by id */
	int64_t vaults_read_at_ns;
	struct map *items; /* vault id → struct vault_items */
};

/* --- what is known; the caller holds the mutex --- */

const struct opvault *known_vault(const struct catalog *c, const char *id);
bool is_vanished(const struct catalog *c, const struct vault_items *l); /* it was among the vaults once */

/* A version of the list is new. */
void note_change(struct catalog *c, struct vault_items *l);

/* Forgets the items. The list itself goes with its last user. */
void drop_items(struct catalog *c, struct vault_items *l);

/* Where a path leads, by what is known. */
enum outcome {
	OUTCOME_FOUND,
	OUTCOME_UNLISTED,      /* an id that the list does not have: maybe the item exists all the same */
	OUTCOME_VAULTS_UNREAD, /* nothing can be said */
	OUTCOME_ITEMS_UNREAD,
	OUTCOME_NO_VAULT,
	OUTCOME_NO_ITEM,
};
struct finding {
	enum outcome outcome;
	struct resolution at; /* all if FOUND or UNLISTED; vault_id where the vault is known */
	bool by_id_alone;     /* the vault is not among the vaults, but may be one's id */
	int64_t vaults_read_at_ns;
	int64_t items_read_at_ns;
};
void find_path(const struct catalog *c, const struct item_path *path, struct finding *out);

/* The error of NO_VAULT and NO_ITEM, with names that may have been meant, else NULL. Takes the mutex. */
err_t finding_error(struct catalog *c, const struct finding *f, const struct item_path *path) NODISCARD;

/* --- reading; the caller does not hold the mutex --- */

/* On whose behalf, and how new the answer must be. */
struct reading {
	struct op_client *client;
	struct cancel *cancel;
	int64_t not_before_ns; /* begun no earlier than that */
	int64_t deadline_ns;   /* for waiting for other threads */
};
struct reading reading_of(struct op_client *client, struct cancel *cancel, int64_t max_age_ms);
err_t read_vaults(struct catalog *c, const struct reading *r) NODISCARD;
err_t read_items(struct catalog *c, struct vault_items *l, const struct reading *r) NODISCARD;

/* Keep a list's struct in place. */
struct vault_items *pin_items(struct catalog *c, const char *vault_id);
void unpin_items(struct catalog *c, struct vault_items *l);

#endif
