/* A writer is killed at random points; what it was told to be written is there afterwards. */

#include "vault/fixture.h"

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/rand.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* `make soak` asks for more. */
#define ROUNDS 50
#define ROUNDS_VARIABLE "DURABILITY_ROUNDS"
/* Of one store: each round reads all that was written before. */
#define ROUNDS_OF_A_STORE 50
#define LIFE_MS_MAX 60

struct acknowledgement {
	char id[OBJECT_ID_SIZE];
	int64_t version;
};

static void tell(int fd, const struct vault_item *item)
{
	struct acknowledgement a = {.version = item->version};

	object_id_set(a.id, item->id);
	if (write(fd, &a, sizeof(a)) != sizeof(a))
		_exit(1);
}

/* Creates items and replaces each once, until it is killed. */
static void write_forever(struct fixture *f, int fd)
{
	fixture_reopen(f);
	for (;;) {
		CLEANUP(vault_item_release) struct vault_item item = fixture_item("made in a hurry");
		CLEANUP(vault_item_release) struct vault_item next = fixture_item("replaced in a hurry");

		CHECK_OK(vault_item_create(f->store, f->access, f->vault_id, &item));
		tell(fd, &item);
		CHECK_OK(vault_item_replace(f->store, f->access, f->vault_id, item.id, 0, &next));
		tell(fd, &next);
	}
}

/* Notes what the writer was told until it is killed. */
static size_t collect(int fd, struct map *versions)
{
	struct acknowledgement a;
	size_t n = 0;

	for (; read(fd, &a, sizeof(a)) == sizeof(a); n++)
		map_set(versions, a.id, mem_dup(&a.version, sizeof(a.version)));
	return n;
}

static size_t one_life(struct fixture *f, struct map *versions)
{
	int ends[2], status = 0;

	CHECK_INT(pipe(ends), 0);
	const pid_t writer = fork();
	CHECK(writer >= 0);
	if (writer == 0) {
		close(ends[0]);
		write_forever(f, ends[1]);
	}
	close(ends[1]);
	struct acknowledgement first;
	CHECK_INT(read(ends[0], &first, sizeof(first)), sizeof(first));
	map_set(versions, first.id, mem_dup(&first.version, sizeof(first.version)));
	usleep((useconds_t)rand_below(LIFE_MS_MAX * 1000));
	CHECK_INT(kill(writer, SIGKILL), 0);
	CHECK_INT(waitpid(writer, &status, 0), writer);
	CHECK(WIFSIGNALED(status));
	const size_t n = collect(ends[0], versions);
	close(ends[0]);
	return n + 1;
}

static void check_all_there(struct fixture *f, const struct map *versions)
{
	const char *id = NULL;
	void *value = NULL;

	fixture_reopen(f);
	for (size_t i = 0; map_next(versions, &i, &id, &value);) {
		CLEANUP(vault_item_release) struct vault_item item = {0};

		CHECK_OK(vault_item_read(f->store, f->access, f->vault_id, id, &item));
		CHECK_MSG(item.version >= *(int64_t *)value, "item %s fell back", id);
		CHECK_STR(secret_bytes(item.fields[0].value), CANARY_VALUE);
	}
	fixture_close(f);
}

static void kill_often(int64_t rounds)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(map_freep) struct map *versions = map_new(mem_free);
	int64_t n = 0;
	size_t n_items = 0;

	fixture_init(&f);
	fixture_close(&f);
	for (int64_t round = 0; round < rounds; round++) {
		n += (int64_t)one_life(&f, versions);
		check_all_there(&f, versions);
	}
	CHECK(n >= rounds);
	CHECK_OK(fixture_read_all(&f, &n_items));
	CHECK(n_items >= map_len(versions));
}

TEST(durability, an_acknowledged_write_survives_the_death_of_its_writer)
{
	int64_t left = ROUNDS;
	const char *wanted = getenv(ROUNDS_VARIABLE);

	if (wanted)
		CHECK(str_to_int(wanted, 1, 1000000, &left));
	for (; left > 0; left -= ROUNDS_OF_A_STORE)
		kill_often(left < ROUNDS_OF_A_STORE ? left : ROUNDS_OF_A_STORE);
	CHECK_INT(err_live(), 0);
}
