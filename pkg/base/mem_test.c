#include "base/mem.h"
#include "base/test.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

TEST(mem, gives_memory_for_size_zero)
{
	CLEANUP(mem_freep) char *a = mem_alloc(0);
	CLEANUP(mem_freep) char *b = mem_calloc(0, 8);
	CLEANUP(mem_freep) char *c = mem_grow(NULL, 0, 8);

	CHECK(a && b && c);
}

TEST(mem, zeroed_memory_is_zero)
{
	CLEANUP(mem_freep) char *a = mem_zalloc(100);
	CLEANUP(mem_freep) char *b = mem_calloc(10, 10);

	for (size_t i = 0; i < 100; i++)
		CHECK(a[i] == 0 && b[i] == 0);
}

TEST(mem, grow_keeps_the_content)
{
	CLEANUP(mem_freep) int *v = mem_grow(NULL, 2, sizeof(int));

	v[0] = 1;
	v[1] = 2;
	v = mem_grow(v, 1000, sizeof(int));
	CHECK_INT(v[0], 1);
	CHECK_INT(v[1], 2);
}

TEST(mem, copies)
{
	CLEANUP(mem_freep) char *dup = mem_dup("abc", 3);
	CLEANUP(mem_freep) char *s = mem_strdup("abc");
	CLEANUP(mem_freep) char *sn = mem_strndup("abcdef", 3);
	CLEANUP(mem_freep) char *none = mem_strndup(NULL, 0);
	CLEANUP(mem_freep) char *text = mem_printf("%s-%d", "a", 7);

	CHECK_INT(memcmp(dup, "abc", 3), 0);
	CHECK_STR(s, "abc");
	CHECK_STR(sn, "abc");
	CHECK_STR(none, "");
	CHECK_STR(text, "a-7");
	CHECK(!mem_strdup(NULL));
}

TEST(mem, freep_clears_the_pointer)
{
	char *p = mem_strdup("x");

	mem_freep(&p);
	CHECK(!p);
	mem_freep(&p);
}

static void grow_too_far(void)
{
	/* Through a variable, so that the compiler does not see the overflow coming. */
	volatile size_t n = SIZE_MAX / 2;

	mem_free(mem_grow(NULL, n, 4));
}

static void allocate_too_much(void)
{
	volatile size_t n = SIZE_MAX / 2;

	mem_free(mem_alloc(n));
}

TEST(mem, aborts_when_there_is_no_memory)
{
	void (*const cases[])(void) = {grow_too_far, allocate_too_much};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int status = 0;
		const pid_t pid = fork();

		if (pid == 0) {
			(void)close(STDERR_FILENO);
			cases[i]();
			_exit(0);
		}
		CHECK_INT(waitpid(pid, &status, 0), pid);
		CHECK_MSG(!WIFEXITED(status) || WEXITSTATUS(status) != 0, "case %zu returned", i);
	}
}
