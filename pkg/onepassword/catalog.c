#include "onepassword/catalog.h"

#include "base/mem.h"
#include "onepassword/catalog_state.h"
#include "onepassword/shown.h"

#include <string.h>

static void vault_items_free(void *value)
{
	struct vault_items *l = value;

	flight_release(&l->flight);
	item_index_free(l->items);
	unlisted_free(l->unlisted);
	mem_free(l);
}

struct catalog *catalog_new(void)
{
	struct catalog *c = MEM_NEW(struct catalog);

	sync_mutex_init(&c->mutex);
	flight_init(&c->vaults_flight);
	c->vaults_read_at_ns = NEVER_NS;
	c->items = map_new(vault_items_free);
	return c;
}

void catalog_free(struct catalog *c)
{
	if (!c)
		return;
	map_free(c->items);
	op_vaults_release(&c->vaults);
	flight_release(&c->vaults_flight);
	sync_mutex_destroy(&c->mutex);
	mem_free(c);
}

struct vault_items *pin_items(struct catalog *c, const char *vault_id)
{
	struct vault_items *l;

	SYNC_SCOPE(&c->mutex);
	l = map_get(c->items, vault_id);
	if (!l) {
		l = MEM_NEW(struct vault_items);
		memcpy(l->vault_id, vault_id, sizeof(l->vault_id));
		flight_init(&l->flight);
		l->unlisted = unlisted_new();
		l->read_at_ns = NEVER_NS;
		l->content_version = NO_CONTENT_VERSION;
		map_set(c->items, vault_id, l);
	}
	l->users++;
	return l;
}

/* Ids of vaults come from users' paths, so those that lead nowhere must not pile up. */
static void forget_if_unused(struct catalog *c, struct vault_items *l)
{
	if (l->users == 0 && !l->items)
		(void)map_del(c->items, l->vault_id);
}

void unpin_items(struct catalog *c, struct vault_items *l)
{
	SYNC_SCOPE(&c->mutex);
	l->users--;
	forget_if_unused(c, l);
}

void note_change(struct catalog *c, struct vault_items *l)
{
	c->moved = true;
	l->steady_due |= 1U << CATALOG_STEADY_POLLS;
}

void drop_items(struct catalog *c, struct vault_items *l)
{
	(void)unlisted_clear(l->unlisted);
	item_index_free(TAKE(l->items));
	l->read_at_ns = NEVER_NS;
	l->content_version = NO_CONTENT_VERSION;
	l->polls = 0;
	l->steady_due = 0;
	c->moved = true;
	forget_if_unused(c, l);
}

void catalog_clear(struct catalog *c)
{
	void *l = NULL;

	SYNC_SCOPE(&c->mutex);
	c->epoch++;
	c->moved = true;
	op_vaults_release(&c->vaults);
	c->vaults_read_at_ns = NEVER_NS;
	for (size_t i = 0; map_next(c->items, &i, NULL, &l);)
		drop_items(c, l);
}

static void find(struct catalog *c, const struct item_path *path, struct finding *out)
{
	SYNC_SCOPE(&c->mutex);
	find_path(c, path, out);
}

err_t catalog_lookup(struct catalog *c, const struct item_path *path, struct resolution *out,
		     bool *out_unknown)
{
	struct finding f;
	bool unknown;

	find(c, path, &f);
	unknown = f.outcome == OUTCOME_VAULTS_UNREAD || f.outcome == OUTCOME_ITEMS_UNREAD;
	if (!unknown) {
		TRY_(finding_error(c, &f, path));
		*out = f.at;
	}
	*out_unknown = unknown;
	return NULL;
}

enum step { STEP_ANSWER, STEP_READ_VAULTS, STEP_READ_ITEMS };

/* What catalog_resolve does next: nothing that rests on a list older than not_before_ns is the answer no. */
static enum step next_step(const struct finding *f, int64_t not_before_ns)
{
	const bool old_vaults = f->vaults_read_at_ns < not_before_ns;

	switch (f->outcome) {
	case OUTCOME_FOUND:
		return STEP_ANSWER;
	case OUTCOME_VAULTS_UNREAD:
		return STEP_READ_VAULTS;
	case OUTCOME_NO_VAULT:
		return old_vaults ? STEP_READ_VAULTS : STEP_ANSWER;
	case OUTCOME_ITEMS_UNREAD:
	case OUTCOME_UNLISTED:
	case OUTCOME_NO_ITEM:
		if (f->by_id_alone && old_vaults)
			return STEP_READ_VAULTS;
		return f->items_read_at_ns < not_before_ns ? STEP_READ_ITEMS : STEP_ANSWER;
	}
	return STEP_ANSWER;
}

static NODISCARD err_t resolve_vaults(struct catalog *c, const struct reading *r,
				      const struct item_path *path)
{
	CLEANUP(mem_freep) char *vault = shown_dup(path->vault);

	TRY(read_vaults(c, r),
	    "failed to 'getVaultID' for vaultNameOrID='%s': failed to get vault by title \"%s\": "
	    "failed to GetVaultsByTitle using 1Password Connect",
	    vault, vault);
	return NULL;
}

static NODISCARD err_t resolve_items(struct catalog *c, const struct reading *r, const struct item_path *path,
				     const char *vault_id)
{
	CLEANUP(mem_freep) char *item = shown_dup(path->item);
	struct vault_items *l = pin_items(c, vault_id);
	err_t e = read_items(c, l, r);

	unpin_items(c, l);
	TRY(e,
	    "failed to get item for vaultID='%s' and itemNameOrID='%s': failed to GetItemsByTitle for "
	    "vaultID='%s' and itemTitle='%s': failed to GetItemsByTitle using 1Password Connect",
	    vault_id, item, vault_id, item);
	return NULL;
}

/* The caller will fetch the item. */
static void expect_unlisted(struct catalog *c, const struct resolution *at)
{
	struct vault_items *l;

	SYNC_SCOPE(&c->mutex);
	l = map_get(c->items, at->vault_id);
	if (l)
		unlisted_expect(l->unlisted, at->item_id);
}

err_t catalog_resolve(struct catalog *c, struct op_client *client, const struct item_path *path,
		      int64_t max_age_ms, struct cancel *cancel, struct resolution *out)
{
	const struct reading r = reading_of(client, cancel, max_age_ms);

	for (;;) {
		struct finding f;

		find(c, path, &f);
		switch (next_step(&f, r.not_before_ns)) {
		case STEP_READ_VAULTS:
			TRY_(resolve_vaults(c, &r, path));
			break;
		case STEP_READ_ITEMS:
			TRY_(resolve_items(c, &r, path, f.at.vault_id));
			break;
		case STEP_ANSWER:
			TRY_(finding_error(c, &f, path));
			if (f.outcome == OUTCOME_UNLISTED)
				expect_unlisted(c, &f.at);
			*out = f.at;
			return NULL;
		}
	}
}

static void note_unlisted(struct catalog *c, struct vault_items *l, const struct item *item, bool ignored)
{
	struct unlisted_item *known = unlisted_find(l->unlisted, item->id);

	if (!known || item->version <= known->version)
		return;
	/* Nobody else has seen the first version of one, so that is no news. */
	if (known->version == 0)
		l->steady_due |= 1U << CATALOG_STEADY_POLLS;
	else
		note_change(c, l);
	*known = (struct unlisted_item){.version = item->version, .ignored = ignored, .since = l->polls};
}

void catalog_note_item(struct catalog *c, const struct item *item)
{
	const bool ignored = item_has_tag(item, ITEM_IGNORE_TAG);
	struct vault_items *l;
	struct known_item *known;

	SYNC_SCOPE(&c->mutex);
	l = map_get(c->items, item->vault_id);
	if (!l || !l->items)
		return;
	known = item_index_find(l->items, item->id);
	if (!known) {
		note_unlisted(c, l, item, ignored);
		return;
	}
	/* A replica that is behind gave a lower version. */
	if (item->version < known->version)
		return;
	if (known->version == item->version && known->ignored == ignored)
		return;
	if (known->version != item->version)
		known->since = l->polls;
	known->version = item->version;
	known->ignored = ignored;
	note_change(c, l);
}
