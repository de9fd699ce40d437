#ifndef BASE_TEST_H
#define BASE_TEST_H

/* The few test macros that this project uses. They stand on Criterion; with TEST_SHIM on a runner of our own
 * that does not fork (test_shim.c), because Criterion's harness crashes under ThreadSanitizer. */

#include "base/str.h"

#ifdef TEST_SHIM
#include <stdio.h>
#include <stdlib.h>

void test_shim_add(const char *suite, const char *name, void (*fn)(void));

#define TEST(suite, name)                                                                                    \
	static void suite##_##name##_test(void);                                                             \
	__attribute__((constructor)) static void suite##_##name##_add(void)                                  \
	{                                                                                                    \
		test_shim_add(#suite, #name, suite##_##name##_test);                                         \
	}                                                                                                    \
	static void suite##_##name##_test(void)
#define CHECK_MSG(cond, ...)                                                                                 \
	do {                                                                                                 \
		if (!(cond)) {                                                                               \
			fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #cond);                           \
			fprintf(stderr, __VA_ARGS__);                                                        \
			fputc('\n', stderr);                                                                 \
			abort();                                                                             \
		}                                                                                            \
	} while (0)
#else
#include <criterion/criterion.h>
#define TEST(suite, name) Test(suite, name)
#define CHECK_MSG(cond, ...) cr_assert(cond, __VA_ARGS__)
#endif

#define CHECK(cond) CHECK_MSG(cond, "expected %s", #cond)
#define CHECK_INT(got, want)                                                                                 \
	do {                                                                                                 \
		const long long check_got = (long long)(got), check_want = (long long)(want);                \
		CHECK_MSG(check_got == check_want, "%s is %lld, not %lld", #got, check_got, check_want);     \
	} while (0)
#define CHECK_STR(got, want)                                                                                 \
	do {                                                                                                 \
		const char *check_got = (got), *check_want = (want);                                         \
		CHECK_MSG(streq(check_got, check_want), "%s is \"%s\", not \"%s\"", #got,                    \
			  check_got ? check_got : "(null)", check_want ? check_want : "(null)");             \
	} while (0)
/* The expression must succeed; its error is shown and freed otherwise. */
#define CHECK_OK(expr)                                                                                       \
	do {                                                                                                 \
		err_t check_e = (expr);                                                                      \
		CHECK_MSG(!check_e, "%s: %s", #expr, check_e ? err_text(check_e) : "");                      \
	} while (0)
/* The expression must fail with that kind; frees the error. */
#define CHECK_ERR(expr, want_kind)                                                                           \
	do {                                                                                                 \
		err_t check_e = (expr);                                                                      \
		CHECK_MSG(err_is(check_e, want_kind), "%s: %s", #expr,                                       \
			  check_e ? err_text(check_e) : "succeeded");                                        \
		err_free(check_e);                                                                           \
	} while (0)

#endif
