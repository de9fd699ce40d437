#include "base/secret.h"
#include "base/test.h"

#include <string.h>

TEST(secret, holds_bytes_and_a_nul)
{
	CLEANUP(secret_freep) struct secret *s = secret_from("a\0b", 3);
	const char *p = NULL;
	size_t len = 0;

	secret_view(s, &p, &len);
	CHECK_INT(len, 3);
	CHECK_INT(memcmp(p, "a\0b", 4), 0);
	CHECK(p == secret_bytes(s));
	CHECK_INT(secret_len(s), 3);
	CHECK_INT(secret_len(NULL), 0);
}

TEST(secret, null_stays_null)
{
	CHECK(!secret_from_str(NULL));
	CHECK(!secret_dup(NULL));
	secret_free(NULL);
	CLEANUP(secret_freep) struct secret *empty = secret_from(NULL, 0);
	CHECK_STR(secret_bytes(empty), "");
}

TEST(secret, grows_up_to_its_maximum)
{
	CLEANUP(secret_freep) struct secret *s = secret_new(1000);

	CHECK_STR(secret_bytes(s), "");
	CHECK_OK(secret_add(s, NULL, 0));
	for (int i = 0; i < 1000; i++) {
		CHECK_OK(secret_add(s, i % 2 ? "b" : "a", 1));
		CHECK_INT(strlen(secret_bytes(s)), i + 1);
	}
	CHECK_ERR(secret_add(s, "x", 1), ERR_TOO_LARGE);
	CHECK_INT(secret_len(s), 1000);
	for (int i = 0; i < 1000; i++)
		CHECK_INT(secret_bytes(s)[i], i % 2 ? 'b' : 'a');
}

TEST(secret, may_be_added_to_itself)
{
	CLEANUP(secret_freep) struct secret *s = secret_new(1000);

	CHECK_OK(secret_add(s, "0123456789", 10));
	for (int i = 0; i < 5; i++)
		CHECK_OK(secret_add(s, secret_bytes(s), secret_len(s)));
	CHECK_INT(secret_len(s), 320);
	for (size_t i = 0; i < 320; i++)
		CHECK_INT(secret_bytes(s)[i], '0' + (int)(i % 10));
}

TEST(secret, reset_wipes)
{
	CLEANUP(secret_freep) struct secret *s = secret_new(100);

	CHECK_OK(secret_add(s, "geheim", 6));
	const char *p = secret_bytes(s);
	secret_reset(s);
	CHECK_INT(secret_len(s), 0);
	CHECK_INT(memcmp(p, "\0\0\0\0\0\0", 6), 0);
	CHECK_OK(secret_add(s, "neu", 3));
	CHECK_STR(secret_bytes(s), "neu");
}

TEST(secret, compares)
{
	CLEANUP(secret_freep) struct secret *a = secret_from_str("abc");
	CLEANUP(secret_freep) struct secret *same = secret_dup(a);
	CLEANUP(secret_freep) struct secret *other = secret_from_str("abd");
	CLEANUP(secret_freep) struct secret *longer = secret_from_str("abcd");

	CHECK(secret_eq(a, same) && !secret_eq(a, other) && !secret_eq(a, longer));
	CHECK(secret_eq(NULL, NULL) && !secret_eq(a, NULL) && !secret_eq(NULL, a));
	CHECK(secret_bytes_eq("abc", "abc", 3) && !secret_bytes_eq("abc", "xbc", 3) &&
	      !secret_bytes_eq("abc", "abx", 3) && secret_bytes_eq("a", "b", 0));
	/* Differences that cancel each other out in a sum or by exclusive or. */
	CHECK(!secret_bytes_eq("ab", "ba", 2));
}

TEST(secret, wipe_zeroes)
{
	char text[] = "geheim";

	secret_wipe(text, sizeof(text));
	for (size_t i = 0; i < sizeof(text); i++)
		CHECK_INT(text[i], 0);
	secret_wipe(NULL, 0);
	CHECK_INT(err_live(), 0);
}
