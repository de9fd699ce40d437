#include "base/map.h"
#include "base/mem.h"
#include "base/test.h"

#include <stdio.h>

#define MANY 5000

static void key_of(int i, char out[16])
{
	(void)snprintf(out, 16, "key-%d", i);
}

TEST(map, tells_absent_from_null)
{
	CLEANUP(map_freep) struct map *m = map_new(NULL);

	CHECK_INT(map_len(m), 0);
	CHECK(!map_get(m, "a") && !map_has(m, "a") && !map_take(m, "a") && !map_del(m, "a"));
	map_set(m, "a", NULL);
	CHECK(map_has(m, "a") && !map_get(m, "a"));
	CHECK_INT(map_len(m), 1);
	CHECK(map_del(m, "a"));
	CHECK(!map_has(m, "a"));
}

TEST(map, copies_keys)
{
	CLEANUP(map_freep) struct map *m = map_new(NULL);
	char key[] = "abc";
	int value = 1;

	map_set(m, key, &value);
	key[0] = 'x';
	CHECK(map_get(m, "abc") == &value);
	CHECK(!map_has(m, "xbc"));
	map_set(m, "", &value);
	CHECK(map_get(m, "") == &value);
}

static int freed;

static void count_and_free(void *value)
{
	freed++;
	mem_free(value);
}

TEST(map, frees_the_values_that_it_owns)
{
	struct map *m = map_new(count_and_free);
	char *same = mem_strdup("same");

	freed = 0;
	map_set(m, "a", mem_strdup("1"));
	map_set(m, "a", mem_strdup("2"));
	CHECK_INT(freed, 1);
	map_set(m, "b", same);
	map_set(m, "b", same);
	CHECK_INT(freed, 1);
	CLEANUP(mem_freep) char *taken = map_take(m, "a");
	CHECK_STR(taken, "2");
	CHECK_INT(freed, 1);
	CHECK(map_del(m, "b"));
	CHECK_INT(freed, 2);
	map_set(m, "c", mem_strdup("3"));
	map_clear(m);
	CHECK_INT(freed, 3);
	CHECK_INT(map_len(m), 0);
	map_set(m, "d", mem_strdup("4"));
	map_freep(&m);
	CHECK_INT(freed, 4);
	CHECK(!m);
	map_free(NULL);
}

TEST(map, holds_thousands)
{
	CLEANUP(map_freep) struct map *m = map_new(NULL);
	static int values[MANY];
	char key[16];

	for (int i = 0; i < MANY; i++) {
		key_of(i, key);
		map_set(m, key, &values[i]);
	}
	CHECK_INT(map_len(m), MANY);
	for (int i = 0; i < MANY; i++) {
		key_of(i, key);
		CHECK(map_get(m, key) == &values[i]);
		if (i % 2)
			CHECK(map_del(m, key));
	}
	CHECK_INT(map_len(m), MANY / 2);
	for (int i = 0; i < MANY; i++) {
		key_of(i, key);
		CHECK(map_has(m, key) == (i % 2 == 0));
	}
	CHECK(!map_has(m, "key-"));
}

/* Many more insertions than the map ever holds: tombstones must not fill it. */
TEST(map, survives_churn)
{
	CLEANUP(map_freep) struct map *m = map_new(NULL);
	char key[16];

	for (int i = 0; i < 20 * MANY; i++) {
		key_of(i, key);
		map_set(m, key, m);
		if (i >= 10) {
			key_of(i - 10, key);
			CHECK(map_take(m, key) == m);
		}
	}
	CHECK_INT(map_len(m), 10);
	CHECK(!map_has(m, "absent"));
}

TEST(map, iterates_over_each_entry_once)
{
	CLEANUP(map_freep) struct map *m = map_new(NULL);
	static int values[MANY];
	char key[16];
	const char *got = NULL;
	void *value = NULL;
	size_t n = 0;

	for (size_t i = 0; map_next(m, &i, NULL, NULL);)
		n++;
	CHECK_INT(n, 0);
	for (int i = 0; i < MANY; i++) {
		key_of(i, key);
		values[i] = 0;
		map_set(m, key, &values[i]);
	}
	for (size_t i = 0; map_next(m, &i, &got, NULL);)
		n += map_has(m, got);
	for (size_t i = 0; map_next(m, &i, NULL, &value);)
		n += value != NULL;
	CHECK_INT(n, 2 * MANY);
	for (size_t i = 0; map_next(m, &i, &got, &value);) {
		const int at = (int)((int *)value - values);

		key_of(at, key);
		CHECK_STR(got, key);
		values[at]++;
	}
	for (int i = 0; i < MANY; i++)
		CHECK_INT(values[i], 1);
}

TEST(map, allows_deletion_of_the_entry_just_returned)
{
	CLEANUP(map_freep) struct map *m = map_new(NULL);
	static int values[MANY];
	char key[16];
	const char *got = NULL;
	void *value = NULL;
	int seen = 0;

	for (int i = 0; i < MANY; i++) {
		key_of(i, key);
		map_set(m, key, &values[i]);
	}
	for (size_t i = 0; map_next(m, &i, &got, &value);) {
		seen++;
		if ((int *)value - values < MANY / 2)
			CHECK(map_del(m, got));
	}
	CHECK_INT(seen, MANY);
	CHECK_INT(map_len(m), MANY - MANY / 2);
	for (int i = 0; i < MANY; i++) {
		key_of(i, key);
		CHECK(map_has(m, key) == (i >= MANY / 2));
	}
}
