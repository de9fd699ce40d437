/* A runner for base/test.h's tests where Criterion cannot run: no forks, the first failure aborts the
 * program. */

#define TEST_SHIM
#include "base/test.h"

#include "base/mem.h"

struct test {
	const char *suite, *name;
	void (*fn)(void);
};

static struct test *tests;
static size_t n_tests;

void test_shim_add(const char *suite, const char *name, void (*fn)(void))
{
	tests = mem_grow(tests, n_tests + 1, sizeof(*tests));
	tests[n_tests++] = (struct test){.suite = suite, .name = name, .fn = fn};
}

int main(void)
{
	for (size_t i = 0; i < n_tests; i++) {
		(void)fprintf(stderr, "[RUN ] %s::%s\n", tests[i].suite, tests[i].name);
		tests[i].fn();
	}
	(void)fprintf(stderr, "[====] Synthesis: Tested: %zu | Passing: %zu | Failing: 0 | Crashing: 0\n",
		      n_tests, n_tests);
	mem_free(tests);
	return 0;
}
