#include "onepassword/itemfetch.h"

#include "base/mem.h"
#include "base/sync.h"
#include "onepassword/world_test.h"

#define ITEM "/v1/vaults/" ID("v") "/items/" ID("i")

struct worker {
	struct world *w;
	struct itemfetch *itemfetch;
	int64_t version;
	bool anew;
	pthread_t thread;
	err_t e;
	struct fetched *fetched;
};

static err_t get(struct worker *t, struct op_client *client)
{
	const struct itemfetch_want want = {.client = client,
					    .vault_id = ID("v"),
					    .item_id = ID("i"),
					    .version = t->version,
					    .anew = t->anew,
					    .cancel = t->w->cancel};

	return itemfetch_get(t->itemfetch, &want, &t->fetched);
}

static void *get_once(void *arg)
{
	struct worker *t = arg;
	struct op_client *client = world_client(t->w);

	t->e = get(t, client);
	op_client_free(client);
	return NULL;
}

static void start(struct world *w)
{
	world_start(w);
	world_add_vault(w, ID("v"), "Ops", 1);
	world_add_item(w, ID("v"), ID("i"), "DB", 1);
}

/* One whose request is held, and the others that wait for it. */
static void start_workers(struct worker *t, size_t n, struct world *w, struct itemfetch *f)
{
	world_hold(w, ITEM);
	for (size_t i = 0; i < n; i++) {
		t[i].w = w;
		t[i].itemfetch = f;
		sync_thread_start(&t[i].thread, "worker", get_once, &t[i]);
	}
	world_wait_held(w);
	while (itemfetch_waiting(f) < n - 1)
		(void)cancel_sleep_ms(NULL, 1);
}

TEST(itemfetch, those_who_want_an_item_at_the_same_time_share_one_request)
{
	CLEANUP(world_stop) struct world w = {0};
	struct itemfetch *f = itemfetch_new();
	struct worker t[5] = {0};

	start(&w);
	start_workers(t, ARRAY_LEN(t), &w, f);
	world_hold(&w, NULL);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		sync_thread_join(t[i].thread);
		CHECK_OK(t[i].e);
		CHECK(t[i].fetched == t[0].fetched);
		CHECK_STR(fetched_item(t[i].fetched)->title, "DB");
	}
	CHECK_INT(world_requests(&w), 1);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		fetched_unrefp(&t[i].fetched);
	itemfetch_free(f);
}

TEST(itemfetch, its_error_is_shared_too_and_not_kept)
{
	CLEANUP(world_stop) struct world w = {0};
	struct itemfetch *f = itemfetch_new();
	struct worker t[3] = {0}, later = {.w = &w, .itemfetch = f};

	start(&w);
	world_deny(&w, ITEM);
	start_workers(t, ARRAY_LEN(t), &w, f);
	world_hold(&w, NULL);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		sync_thread_join(t[i].thread);
		CHECK_ERR(t[i].e, ERR_DENIED);
		CHECK(!t[i].fetched);
	}
	CHECK_INT(world_requests(&w), 1);
	world_deny(&w, NULL);
	CHECK_OK(get(&later, w.client));
	CHECK_INT(world_requests(&w), 1);
	fetched_unrefp(&later.fetched);
	itemfetch_free(f);
}

TEST(itemfetch, an_older_version_than_wanted_is_asked_for_again)
{
	CLEANUP(world_stop) struct world w = {0};
	struct itemfetch *f = itemfetch_new();
	struct worker t[2] = {{.version = 2}, {.version = 2}};

	start(&w);
	start_workers(t, ARRAY_LEN(t), &w, f);
	world_hold(&w, NULL);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		sync_thread_join(t[i].thread);
		CHECK_OK(t[i].e);
		CHECK_INT(fetched_item(t[i].fetched)->version, 1);
	}
	CHECK_INT(world_requests(&w), 2);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		fetched_unrefp(&t[i].fetched);
	itemfetch_free(f);
}

TEST(itemfetch, who_wants_it_anew_waits_for_nobody)
{
	CLEANUP(world_stop) struct world w = {0};
	struct itemfetch *f = itemfetch_new();
	struct worker t[1] = {0}, forced = {.w = &w, .itemfetch = f, .anew = true};

	start(&w);
	start_workers(t, 1, &w, f);
	sync_thread_start(&forced.thread, "forced", get_once, &forced);
	world_hold(&w, NULL);
	sync_thread_join(t[0].thread);
	sync_thread_join(forced.thread);
	CHECK_INT(world_requests(&w), 2);
	CHECK(t[0].fetched != forced.fetched);
	fetched_unrefp(&t[0].fetched);
	fetched_unrefp(&forced.fetched);
	itemfetch_free(f);
	CHECK_INT(err_live(), 0);
}
