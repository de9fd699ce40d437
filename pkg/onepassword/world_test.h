#ifndef ONEPASSWORD_WORLD_TEST_H
#define ONEPASSWORD_WORLD_TEST_H

#include "base/test.h"
#include "http/fake.h"
#include "onepassword/catalog.h"

#include <pthread.h>

/* A Connect server in memory for the catalog's tests, which is changed while they run. */

/* An id of 26 times the same character. */
#define ID(x) x x x x x x x x x x x x x x x x x x x x x x x x x x

struct world_vault {
	char *id, *name;
	int created_day; /* of January 2020; 0: the server does not say */
	int content_version;
};
struct world_item {
	char *vault_id, *id, *title, *tag;
	int created_day;
	int version;
};

struct world {
	pthread_mutex_t mutex; /* guards all below */
	pthread_cond_t changed;
	struct world_vault vaults[8];
	size_t n_vaults;
	struct world_item items[16];
	size_t n_items;
	char *denied; /* path that answers 403 */
	char *held;   /* path whose answers arrive only once it is held no more */
	int n_held;
	struct http_fake *fake;
	struct op_endpoint *endpoint;
	struct op_client *client; /* of the test's own thread */
	struct cancel *cancel;
	struct catalog *catalog;
};

void world_start(struct world *w);
void world_stop(struct world *w);
struct op_client *world_client(struct world *w); /* one more, for another thread */

void world_add_vault(struct world *w, const char *id, const char *name, int created_day);
void world_del_vault(struct world *w, const char *id);
/* These move the vault's contentVersion. */
void world_add_item(struct world *w, const char *vault_id, const char *id, const char *title,
		    int created_day);
void world_del_item(struct world *w, const char *id);
void world_set_item(struct world *w, const char *id, const char *title, const char *tag, int version);
void world_bump(struct world *w, const char *vault_id, int by);
/* This one does not, as a server with a bug. */
void world_set_version_silently(struct world *w, const char *id, int version);

void world_deny(struct world *w, const char *path); /* NULL: nothing any more */
void world_hold(struct world *w, const char *path); /* NULL: nothing any more */
void world_wait_held(struct world *w);              /* until a request is held */

size_t world_requests(struct world *w);              /* since the last call */
void world_expect(struct world *w, const char *all); /* "path path" of these */

/* Through the catalog, for "vaults/…/items/…". */
err_t world_lookup(struct world *w, const char *path, struct resolution *out, bool *out_unknown) NODISCARD;
err_t world_resolve(struct world *w, const char *path, int64_t max_age_ms, struct resolution *out) NODISCARD;
/* As if that item had been fetched. */
void world_note(struct world *w, const char *vault_id, const char *id, int64_t version, const char *tag);
bool world_poll(struct world *w, bool full); /* must succeed; whether something moved */

/* "item id's first character version steady_polls", "?" or the error's kind: what a lookup gives. */
const char *world_look(struct world *w, const char *path);

#define FRESH INT64_MAX /* a list of any age will do */

#endif
