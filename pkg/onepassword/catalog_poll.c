#include "base/clock.h"
#include "base/mem.h"
#include "onepassword/catalog_state.h"

/* The lists that were read, kept in place for the time of a poll. */
struct pinned {
	struct vault_items **v;
	size_t n;
};

static void pin_all(struct catalog *c, struct pinned *out)
{
	void *l = NULL;

	SYNC_SCOPE(&c->mutex);
	*out = (struct pinned){.v = mem_calloc(map_len(c->items), sizeof(*out->v))};
	for (size_t i = 0; map_next(c->items, &i, NULL, &l);) {
		struct vault_items *items = l;

		if (items->items) {
			items->users++;
			out->v[out->n++] = items;
		}
	}
}

static void unpin_all(struct catalog *c, struct pinned *p)
{
	for (size_t i = 0; i < p->n; i++)
		unpin_items(c, p->v[i]);
	mem_free(p->v);
}

enum due { DUE_NOTHING, DUE_READ, DUE_VANISHED };

static enum due due_of(struct catalog *c, const struct vault_items *l, bool full)
{
	SYNC_SCOPE(&c->mutex);
	const struct opvault *vault = known_vault(c, l->vault_id);

	if (!vault)
		return DUE_VANISHED;
	return full || vault->content_version != l->content_version ? DUE_READ : DUE_NOTHING;
}

/* Connect has reported the versions of this list once more. */
static void count_poll(struct catalog *c, struct vault_items *l)
{
	SYNC_SCOPE(&c->mutex);
	l->polls++;
	l->steady_due >>= 1;
	if (l->steady_due & 1)
		c->moved = true;
}

static NODISCARD err_t poll_items(struct catalog *c, struct vault_items *l, bool full,
				  const struct reading *poll)
{
	struct reading r = reading_of(poll->client, poll->cancel, 0);

	/* As new as the vaults, with time of its own to wait. */
	r.not_before_ns = poll->not_before_ns;
	switch (due_of(c, l, full)) {
	case DUE_VANISHED:
		return NULL;
	case DUE_READ:
		TRY(read_items(c, l, &r), "read the items of vault %s", l->vault_id);
		break;
	case DUE_NOTHING:
		break;
	}
	count_poll(c, l);
	return NULL;
}

/* Goes on after an error: one vault that cannot be read must not hide the others. */
static NODISCARD err_t poll_all(struct catalog *c, const struct pinned *lists, bool full,
				const struct reading *poll)
{
	err_t first = NULL;

	for (size_t i = 0; i < lists->n; i++) {
		err_t e = poll_items(c, lists->v[i], full, poll);
		const bool stop = err_is(e, ERR_CANCELED) || err_is(e, ERR_THROTTLED);

		if (first)
			err_free(e);
		else
			first = e;
		if (stop)
			break;
	}
	return first;
}

static void drop_vanished(struct catalog *c)
{
	void *l = NULL;

	SYNC_SCOPE(&c->mutex);
	for (size_t i = 0; map_next(c->items, &i, NULL, &l);) {
		struct vault_items *items = l;

		if (items->items && !known_vault(c, items->vault_id))
			drop_items(c, items);
	}
}

static bool moved(struct catalog *c, bool and_forget)
{
	SYNC_SCOPE(&c->mutex);
	const bool was = c->moved;

	if (and_forget)
		c->moved = false;
	return was;
}

static void note_reached(struct catalog *c, bool reached)
{
	SYNC_SCOPE(&c->mutex);
	c->reached = reached;
}

bool catalog_is_reached(struct catalog *c)
{
	SYNC_SCOPE(&c->mutex);
	return c->reached;
}

static NODISCARD err_t poll(struct catalog *c, struct op_client *client, bool full, struct cancel *cancel)
{
	const struct reading r = reading_of(client, cancel, 0);
	struct pinned lists = {0};
	err_t e = read_vaults(c, &r);

	note_reached(c, !e);
	TRY(e, "read the vaults");
	pin_all(c, &lists);
	e = poll_all(c, &lists, full, &r);
	unpin_all(c, &lists);
	return e;
}

err_t catalog_poll(struct catalog *c, struct op_client *client, bool full, struct cancel *cancel,
		   bool *out_moved)
{
	err_t e = poll(c, client, full, cancel);

	if (!e)
		drop_vanished(c);
	*out_moved = moved(c, !e);
	return e;
}
