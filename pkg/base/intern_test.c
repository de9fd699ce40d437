#include "base/intern.h"

#include "base/mem.h"
#include "base/sync.h"
#include "base/test.h"

#include <stdio.h>

TEST(intern, keeps_equal_texts_once)
{
	char copy[] = "team";
	const char *a = intern("team"), *b = intern(copy), *other = intern("");

	CHECK(a == b && a != copy);
	CHECK_STR(a, "team");
	CHECK_STR(other, "");
	CHECK_INT(intern_count(), 2);
	intern_put(a);
	CHECK_STR(b, "team");
	intern_put(b);
	CHECK_INT(intern_count(), 1);
	intern_put(other);
	CHECK_INT(intern_count(), 0);
}

TEST(intern, null_stays_null)
{
	CHECK(!intern(NULL));
	intern_put(NULL);
	CHECK_INT(intern_count(), 0);
}

static const char *numbered(int i)
{
	char text[16];

	snprintf(text, sizeof(text), "text-%d", i);
	return intern(text);
}

TEST(intern, holds_thousands_and_lets_them_go)
{
	enum { N = 5000 };
	const char **texts = mem_calloc(N, sizeof(*texts));

	for (int i = 0; i < N; i++)
		texts[i] = numbered(i);
	CHECK_INT(intern_count(), N);
	for (int i = 0; i < N; i++) {
		const char *again = numbered(i);

		CHECK(again == texts[i]);
		intern_put(again);
	}
	for (int i = N - 1; i >= 0; i--)
		intern_put(texts[i]);
	CHECK_INT(intern_count(), 0);
	mem_free(texts);
}

static void *use(void *arg)
{
	(void)arg;
	for (int i = 0; i < 2000; i++) {
		const char *a = numbered(i % 7), *b = numbered(i % 7);

		CHECK(a == b);
		intern_put(a);
		intern_put(b);
	}
	return NULL;
}

TEST(intern, serves_many_threads)
{
	pthread_t threads[4];

	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		sync_thread_start(&threads[i], "intern", use, NULL);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		sync_thread_join(threads[i]);
	CHECK_INT(intern_count(), 0);
}
