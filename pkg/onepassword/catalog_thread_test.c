#include "base/cancel.h"
#include "base/mem.h"
#include "base/sync.h"
#include "onepassword/world_test.h"

#define OPS "vaults/Ops/items/DB"
#define DEV "vaults/Dev/items/Key"
#define VAULTS "/v1/vaults"
#define LIST_V VAULTS "/" ID("v") "/items"
#define LIST_D VAULTS "/" ID("d") "/items"

static void start_two_vaults(struct world *w)
{
	world_start(w);
	world_add_vault(w, ID("v"), "Ops", 1);
	world_add_vault(w, ID("d"), "Dev", 1);
	world_add_item(w, ID("v"), ID("i"), "DB", 1);
	world_add_item(w, ID("d"), ID("k"), "Key", 1);
}

/* A thread that resolves one path once, with a client of its own. */
struct worker {
	struct world *w;
	const char *path;
	int64_t max_age_ms;
	struct cancel *cancel;
	pthread_t thread;
	err_t e;
	struct resolution r;
};

static void *resolve_once(void *arg)
{
	struct worker *t = arg;
	CLEANUP(item_path_release) struct item_path p = {0};
	struct op_client *client = world_client(t->w);

	CHECK_OK(item_path_parse(t->path, &p));
	t->e = catalog_resolve(t->w->catalog, client, &p, t->max_age_ms, t->cancel, &t->r);
	op_client_free(client);
	return NULL;
}

static void start_worker(struct worker *t, struct world *w, const char *path, int64_t max_age_ms)
{
	*t = (struct worker){.w = w, .path = path, .max_age_ms = max_age_ms, .cancel = cancel_new(NULL)};
	sync_thread_start(&t->thread, "worker", resolve_once, t);
}

static void join_worker(struct worker *t)
{
	sync_thread_join(t->thread);
	cancel_free(t->cancel);
}

TEST(catalog_thread, callers_share_one_request)
{
	CLEANUP(world_stop) struct world w = {0};
	struct worker t[8];

	start_two_vaults(&w);
	world_hold(&w, VAULTS);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		start_worker(&t[i], &w, OPS, FRESH);
	world_wait_held(&w);
	world_hold(&w, NULL);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		join_worker(&t[i]);
		CHECK_OK(t[i].e);
		CHECK_STR(t[i].r.item_id, ID("i"));
	}
	world_expect(&w, VAULTS " " LIST_V);
}

TEST(catalog_thread, hung_list_blocks_nobody_who_does_not_need_it)
{
	CLEANUP(world_stop) struct world w = {0};
	struct worker hung, waiting;
	struct resolution r = {0};

	start_two_vaults(&w);
	CHECK_OK(world_resolve(&w, OPS, FRESH, &r));
	world_hold(&w, LIST_D);
	start_worker(&hung, &w, DEV, FRESH);
	start_worker(&waiting, &w, DEV, FRESH);
	world_wait_held(&w);

	CHECK_STR(world_look(&w, OPS), "i 1 0");
	CHECK_STR(world_look(&w, DEV), "?");
	CHECK_OK(world_resolve(&w, OPS, 0, &r));
	world_set_item(&w, ID("i"), "DB", "", 2);
	CHECK(world_poll(&w, true));
	CHECK_STR(world_look(&w, OPS), "i 2 1");

	/* Either of the two may be the one that asks. */
	cancel_set(waiting.cancel);
	world_hold(&w, NULL);
	join_worker(&waiting);
	join_worker(&hung);
	CHECK_OK(hung.e);
	CHECK_STR(hung.r.item_id, ID("k"));
	if (waiting.e)
		CHECK_ERR(waiting.e, ERR_CANCELED);
}

/* The one that waits returns at once, while the other's request still hangs. */
TEST(catalog_thread, cancel_ends_a_wait_for_another_thread)
{
	CLEANUP(world_stop) struct world w = {0};
	struct worker hung, waiting;

	start_two_vaults(&w);
	world_hold(&w, VAULTS);
	start_worker(&hung, &w, OPS, FRESH);
	world_wait_held(&w);
	start_worker(&waiting, &w, OPS, FRESH);
	cancel_set(waiting.cancel);
	join_worker(&waiting);
	CHECK_ERR(waiting.e, ERR_CANCELED);
	world_hold(&w, NULL);
	join_worker(&hung);
	CHECK_OK(hung.e);
}

TEST(catalog_thread, leader_that_is_canceled_hands_over)
{
	CLEANUP(world_stop) struct world w = {0};
	struct worker canceled, other;

	start_two_vaults(&w);
	world_hold(&w, VAULTS);
	start_worker(&canceled, &w, OPS, FRESH);
	world_wait_held(&w);
	start_worker(&other, &w, OPS, FRESH);
	cancel_set(canceled.cancel);
	world_hold(&w, NULL);
	join_worker(&canceled);
	join_worker(&other);
	CHECK_ERR(canceled.e, ERR_CANCELED);
	CHECK_OK(other.e);
	CHECK_STR(other.r.item_id, ID("i"));
}

/* What an old token has seen must not come back after it was replaced. */
TEST(catalog_thread, clear_drops_what_was_asked_for_before)
{
	CLEANUP(world_stop) struct world w = {0};
	struct worker t;

	start_two_vaults(&w);
	world_hold(&w, VAULTS);
	start_worker(&t, &w, OPS, FRESH);
	world_wait_held(&w);
	catalog_clear(w.catalog);
	world_hold(&w, NULL);
	join_worker(&t);
	CHECK_OK(t.e);
	world_expect(&w, VAULTS " " VAULTS " " LIST_V);

	struct resolution r = {0};
	catalog_clear(w.catalog);
	CHECK_OK(world_resolve(&w, DEV, FRESH, &r));
	(void)world_requests(&w);
	world_hold(&w, LIST_V);
	start_worker(&t, &w, OPS, FRESH);
	world_wait_held(&w);
	catalog_clear(w.catalog);
	world_hold(&w, NULL);
	join_worker(&t);
	CHECK_OK(t.e);
	world_expect(&w, LIST_V " " LIST_V " " VAULTS);
}

#define ROUNDS 200

static void *resolve_often(void *arg)
{
	struct worker *t = arg;
	CLEANUP(item_path_release) struct item_path p = {0};
	struct op_client *client = world_client(t->w);
	struct resolution r = {0};
	bool unknown = false;

	CHECK_OK(item_path_parse(t->path, &p));
	for (int i = 0; i < ROUNDS; i++) {
		CHECK_OK(catalog_resolve(t->w->catalog, client, &p, i % 2 ? FRESH : 0, t->cancel, &r));
		CHECK(r.version >= 1);
		CHECK_OK(catalog_lookup(t->w->catalog, &p, &r, &unknown));
	}
	op_client_free(client);
	return NULL;
}

static void *note_often(void *arg)
{
	struct worker *t = arg;
	CLEANUP(item_freep) struct item *item = MEM_NEW(struct item);

	item->vault_id = mem_strdup(ID("v"));
	item->id = mem_strdup(ID("i"));
	for (int i = 0; i < ROUNDS; i++) {
		item->version = 1 + i % 3;
		catalog_note_item(t->w->catalog, item);
		if (i % 50 == 49)
			catalog_clear(t->w->catalog);
	}
	return NULL;
}

TEST(catalog_thread, all_at_once)
{
	CLEANUP(world_stop) struct world w = {0};
	struct worker t[] = {{.path = OPS}, {.path = DEV}, {.path = OPS}, {.path = OPS}};

	start_two_vaults(&w);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		t[i].w = &w;
		t[i].cancel = w.cancel;
		sync_thread_start(&t[i].thread, "worker", i + 1 < ARRAY_LEN(t) ? resolve_often : note_often,
				  &t[i]);
	}
	for (int i = 0; i < ROUNDS; i++) {
		world_set_item(&w, ID("i"), "DB", "", 1 + i);
		(void)world_poll(&w, i % 5 == 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		sync_thread_join(t[i].thread);
	(void)world_poll(&w, true);
	struct resolution r = {0};
	CHECK_OK(world_resolve(&w, OPS, 0, &r));
	(void)world_poll(&w, true);
	CHECK_OK(world_resolve(&w, OPS, 0, &r));
	CHECK_INT(r.version, ROUNDS);
}

TEST(catalog_thread, no_error_is_left)
{
	CHECK_INT(err_live(), 0);
}
