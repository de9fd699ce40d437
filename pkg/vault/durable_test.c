#include "vault/fixture.h"
#include "vault/store_private.h"

#include "base/mem.h"

#include <unistd.h>

#define WRITERS 8
#define WRITES 20

static bool is_durable(const struct fixture *f)
{
	return atomic_load(&f->store->durable.synced) >= vault_store_sequence(f->store);
}

TEST(durable, what_was_committed_is_synced_before_its_writer_knows)
{
	CLEANUP(fixture_release) struct fixture f;
	char id[OBJECT_ID_SIZE];

	fixture_init(&f);
	for (int i = 0; i < 3; i++) {
		fixture_create(&f, "one", id);
		CHECK(is_durable(&f));
	}
}

TEST(durable, what_a_killed_process_left_is_synced_before_it_is_read)
{
	CLEANUP(fixture_release) struct fixture f;
	char id[OBJECT_ID_SIZE];

	fixture_init(&f);
	fixture_create(&f, "one", id);
	fixture_close(&f);
	fixture_reopen(&f);
	CHECK(vault_store_sequence(f.store) > 0);
	CHECK(is_durable(&f));
}

static void *write_some(void *arg)
{
	struct fixture *f = arg;
	char id[OBJECT_ID_SIZE];

	for (int i = 0; i < WRITES; i++)
		fixture_create(f, "one of many", id);
	return NULL;
}

static NODISCARD err_t count(void *n, const struct vault_item *item)
{
	(void)item;
	++*(size_t *)n;
	return NULL;
}

TEST(durable, writers_share_syncs_and_lose_nothing)
{
	CLEANUP(fixture_release) struct fixture f;
	pthread_t threads[WRITERS];
	size_t n = 0;

	fixture_init(&f);
	for (int i = 0; i < WRITERS; i++)
		sync_thread_start(&threads[i], "writer", write_some, &f);
	for (int i = 0; i < WRITERS; i++)
		sync_thread_join(threads[i]);
	CHECK(is_durable(&f));
	fixture_close(&f);
	fixture_reopen(&f);
	CHECK_OK(vault_items_each(f.store, f.access, f.vault_id, count, &n));
	CHECK_INT(n, WRITERS * WRITES);
}

/* A writer and a reader of its own vault, and whether they are through. */
struct life {
	struct fixture *f;
	_Atomic bool done;
};

static void *write_one(void *arg)
{
	struct life *l = arg;
	char id[OBJECT_ID_SIZE];

	fixture_create(l->f, "one", id);
	atomic_store(&l->done, true);
	return NULL;
}

static void *read_one(void *arg)
{
	struct life *l = arg;
	CLEANUP(vault_infos_release) struct vault_infos vaults = {0};

	CHECK_OK(vault_list(l->f->store, l->f->access, &vaults));
	CHECK(is_durable(l->f));
	atomic_store(&l->done, true);
	return NULL;
}

static void hold_disk(struct fixture *f, bool held)
{
	SYNC_SCOPE(&f->store->durable.mutex);
	f->store->durable.syncing = held;
	pthread_cond_broadcast(&f->store->durable.changed);
}

TEST(durable, nobody_is_shown_what_is_not_synced)
{
	CLEANUP(fixture_release) struct fixture f;
	struct life writer = {.f = &f}, reader = {.f = &f};
	pthread_t threads[2];

	fixture_init(&f);
	const int64_t before = vault_store_sequence(f.store);
	hold_disk(&f, true);
	sync_thread_start(&threads[0], "writer", write_one, &writer);
	while (vault_store_sequence(f.store) == before)
		usleep(1000);
	sync_thread_start(&threads[1], "reader", read_one, &reader);
	usleep(100000);
	CHECK(!atomic_load(&writer.done) && !atomic_load(&reader.done));
	hold_disk(&f, false);
	sync_thread_join(threads[0]);
	sync_thread_join(threads[1]);
	CHECK(atomic_load(&writer.done) && atomic_load(&reader.done));
}

TEST(durable, what_another_process_writes_is_synced_before_it_is_shown)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(vault_store_freep) struct vault_store *other = NULL;
	CLEANUP(vault_access_unrefp) struct vault_access *access = NULL;
	CLEANUP(vault_infos_release) struct vault_infos vaults = {0};
	char id[OBJECT_ID_SIZE];

	fixture_init(&f);
	const struct vault_store_options options = {.data_dir = f.dir, .credentials = &f.setup.credentials};
	CHECK_OK(vault_store_open(&options, &other));
	fixture_create(&f, "one", id);
	CHECK_OK(vault_access_open(other, secret_bytes(f.token), &access));
	CHECK_OK(vault_list(other, access, &vaults));
	CHECK(atomic_load(&other->durable.synced) >= vault_store_sequence(f.store));
	vault_access_unrefp(&access);
}

/* Descriptors of the store's log, by their bits. */
static uint64_t log_descriptors(const struct fixture *f)
{
	CLEANUP(mem_freep) char *log = mem_printf("%s/%s-wal", f->dir, VAULT_STORE_FILE);
	uint64_t found = 0;

	for (int fd = 0; fd < 64; fd++) {
		CLEANUP(mem_freep) char *link = mem_printf("/proc/self/fd/%d", fd);
		char target[256] = "";

		if (readlink(link, target, sizeof(target) - 1) > 0 && streq(target, log))
			found |= UINT64_C(1) << fd;
	}
	return found;
}

/* The connection for syncs gets a log that no disk takes. */
static void break_disk(struct fixture *f)
{
	CLEANUP(mem_freep) char *path = mem_printf("%s/%s", f->dir, VAULT_STORE_FILE);
	int ends[2];

	db_freep(&f->store->durable.db);
	const uint64_t before = log_descriptors(f);
	CHECK_OK(db_open(path, false, &f->store->durable.db));
	const uint64_t added = log_descriptors(f) & ~before;
	CHECK_INT(__builtin_popcountll(added), 1);
	CHECK_INT(pipe(ends), 0);
	CHECK(dup2(ends[0], __builtin_ctzll(added)) >= 0);
	close(ends[0]);
	close(ends[1]);
}

static void *write_in_vain(void *arg)
{
	struct fixture *f = arg;
	CLEANUP(vault_item_release) struct vault_item item = fixture_item("lost");

	CHECK_ERR(vault_item_create(f->store, f->access, f->vault_id, &item), ERR_UNAVAILABLE);
	return NULL;
}

TEST(durable, a_sync_that_fails_fails_all_who_waited_for_it)
{
	CLEANUP(fixture_release) struct fixture f;
	pthread_t threads[WRITERS];

	fixture_init(&f);
	break_disk(&f);
	for (int i = 0; i < WRITERS; i++)
		sync_thread_start(&threads[i], "writer", write_in_vain, &f);
	for (int i = 0; i < WRITERS; i++)
		sync_thread_join(threads[i]);
	CHECK(f.store->durable.failed);
	CHECK_INT(err_live(), 0);
}

TEST(durable, after_a_sync_that_failed_nothing_is_acknowledged_or_shown_any_more)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(vault_item_release) struct vault_item item = fixture_item("lost");
	CLEANUP(vault_infos_release) struct vault_infos vaults = {0};

	fixture_init(&f);
	f.store->durable.failed = true;
	CHECK_ERR(vault_item_create(f.store, f.access, f.vault_id, &item), ERR_UNAVAILABLE);
	CHECK_ERR(vault_list(f.store, f.access, &vaults), ERR_UNAVAILABLE);
	fixture_close(&f);
	fixture_reopen(&f);
	CHECK_OK(vault_list(f.store, f.access, &vaults));
	CHECK_INT(err_live(), 0);
}
