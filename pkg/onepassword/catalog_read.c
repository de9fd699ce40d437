#include "base/clock.h"
#include "base/mem.h"
#include "onepassword/catalog_state.h"

#include <stdlib.h>
#include <string.h>

/* For another thread's request, which has a limit of its own. */
#define WAIT_MS 30000

struct reading reading_of(struct op_client *client, struct cancel *cancel, int64_t max_age_ms)
{
	const int64_t now_ns = clock_now_ns(NULL);
	const bool any = max_age_ms >= now_ns / NS_PER_MS;

	return (struct reading){
		.client = client,
		.cancel = cancel,
		.not_before_ns = any ? NEVER_NS + 1 : now_ns - max_age_ms * NS_PER_MS,
		.deadline_ns = now_ns + WAIT_MS * NS_PER_MS,
	};
}

static NODISCARD err_t check_deadline(const struct reading *r)
{
	if (clock_now_ns(NULL) >= r->deadline_ns)
		return err_new(ERR_TIMEOUT, "no answer within %d ms", WAIT_MS);
	return NULL;
}

static int by_id(const void *a, const void *b)
{
	const struct opvault *x = a, *y = b;

	return strcmp(x->id, y->id);
}

static bool vaults_differ(const struct op_vaults *a, const struct op_vaults *b)
{
	if (a->n != b->n)
		return true;
	for (size_t i = 0; i < a->n; i++) {
		const struct opvault *x = &a->v[i], *y = &b->v[i];

		if (!streq(x->id, y->id) || !streq(x->name, y->name) || x->created_ms != y->created_ms)
			return true;
	}
	return false;
}

/* Swaps, so that the caller frees the old ones outside of the mutex. */
static void store_vaults(struct catalog *c, uint64_t epoch, int64_t began_ns, struct op_vaults *l)
{
	const struct op_vaults fresh = *l;

	SYNC_SCOPE(&c->mutex);
	if (c->epoch != epoch)
		return;
	c->moved |= c->vaults_read_at_ns == NEVER_NS || vaults_differ(&c->vaults, &fresh);
	*l = c->vaults;
	c->vaults = fresh;
	c->vaults_read_at_ns = began_ns;
}

static int64_t vaults_read_at(struct catalog *c, uint64_t *out_epoch)
{
	SYNC_SCOPE(&c->mutex);
	*out_epoch = c->epoch;
	return c->vaults_read_at_ns;
}

/* The request of the one thread that leads. */
static NODISCARD err_t fetch_vaults(struct catalog *c, const struct reading *r)
{
	CLEANUP(op_vaults_release) struct op_vaults l = {0};
	const int64_t began_ns = clock_now_ns(NULL);
	uint64_t epoch = 0;

	/* Somebody may have landed just before this thread took over. */
	if (vaults_read_at(c, &epoch) >= r->not_before_ns)
		return NULL;
	TRY_(op_list_vaults(r->client, r->cancel, &l));
	if (l.n == 0)
		return err_new(ERR_UNAVAILABLE, "Connect shows no vaults: it has just started and has not "
						"synced yet, or its token may read none");
	qsort(l.v, l.n, sizeof(*l.v), by_id);
	store_vaults(c, epoch, began_ns, &l);
	return NULL;
}

err_t read_vaults(struct catalog *c, const struct reading *r)
{
	uint64_t epoch = 0;

	while (vaults_read_at(c, &epoch) < r->not_before_ns) {
		bool lead = false;
		err_t e = NULL;

		TRY_(check_deadline(r));
		TRY_(flight_board(&c->vaults_flight, r->cancel, r->deadline_ns, &lead));
		if (!lead)
			continue;
		e = fetch_vaults(c, r);
		flight_land(&c->vaults_flight, e);
		TRY_(e);
	}
	return NULL;
}

/* What must be known before the request: a change between this moment and the answer is then seen again at
 * the next poll. */
struct before {
	uint64_t epoch;
	int64_t read_at_ns;
	int64_t content_version;
};

static struct before look_before(struct catalog *c, const struct vault_items *l)
{
	SYNC_SCOPE(&c->mutex);
	const struct opvault *vault = known_vault(c, l->vault_id);

	return (struct before){
		.epoch = c->epoch,
		.read_at_ns = l->read_at_ns,
		.content_version = vault ? vault->content_version : NO_CONTENT_VERSION,
	};
}

/* Returns the index that is no longer needed. */
static struct item_index *store_items(struct catalog *c, struct vault_items *l, const struct before *before,
				      int64_t began_ns, struct item_index *fresh)
{
	struct item_index *old;

	SYNC_SCOPE(&c->mutex);
	if (c->epoch != before->epoch)
		return fresh;
	old = l->items;
	if (item_index_carry(fresh, old, l->polls))
		note_change(c, l);
	l->items = fresh;
	l->read_at_ns = began_ns;
	if (l->content_version != before->content_version && unlisted_clear(l->unlisted))
		c->moved = true;
	l->content_version = before->content_version;
	return old;
}

static NODISCARD err_t fetch_items(struct catalog *c, struct vault_items *l, const struct reading *r)
{
	const struct before before = look_before(c, l);
	const int64_t began_ns = clock_now_ns(NULL);
	struct op_items items CLEANUP(op_items_release) = {0};

	if (before.read_at_ns >= r->not_before_ns)
		return NULL;
	TRY_(op_list_items(r->client, l->vault_id, r->cancel, &items));
	item_index_free(store_items(c, l, &before, began_ns, item_index_new(&items)));
	return NULL;
}

err_t read_items(struct catalog *c, struct vault_items *l, const struct reading *r)
{
	while (look_before(c, l).read_at_ns < r->not_before_ns) {
		bool lead = false;
		err_t e = NULL;

		TRY_(check_deadline(r));
		TRY_(flight_board(&l->flight, r->cancel, r->deadline_ns, &lead));
		if (!lead)
			continue;
		e = fetch_items(c, l, r);
		flight_land(&l->flight, e);
		TRY_(e);
	}
	return NULL;
}
