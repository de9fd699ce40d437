#include "base/mem.h"
#include "base/test.h"

#include <string.h>

TEST(strbuf, is_text_from_the_start)
{
	CLEANUP(strbuf_release) struct strbuf b;

	strbuf_init(&b, 100);
	CHECK_STR(b.p, "");
	strbuf_reset(&b);
	strbuf_consume(&b, 0);
	CHECK_STR(b.p, "");
	CHECK_OK(strbuf_check(&b, "text"));
}

TEST(strbuf, grows_by_all_ways_to_add)
{
	CLEANUP(strbuf_release) struct strbuf b;

	strbuf_init(&b, 10000);
	strbuf_add(&b, "ab", 2);
	strbuf_adds(&b, "cd");
	strbuf_addc(&b, 'e');
	strbuf_addf(&b, "%d", 12);
	strbuf_addf(&b, "%s", "");
	CHECK_STR(b.p, "abcde12");
	for (int i = 0; i < 900; i++)
		strbuf_addf(&b, "%d,", i % 10);
	CHECK_INT(b.len, 1807);
	CHECK_INT(strlen(b.p), 1807);
	strbuf_reset(&b);
	CHECK_STR(b.p, "");
	strbuf_adds(&b, "again");
	CHECK_STR(b.p, "again");
}

TEST(strbuf, takes_exactly_its_maximum)
{
	CLEANUP(strbuf_release) struct strbuf b;

	strbuf_init(&b, 5);
	strbuf_adds(&b, "abcde");
	CHECK_OK(strbuf_check(&b, "text"));
	CHECK_STR(b.p, "abcde");
	strbuf_addc(&b, 'f');
	CHECK_STR(b.p, "abcde");
	CHECK(b.overflow);
}

TEST(strbuf, adds_nothing_after_an_overflow)
{
	CLEANUP(strbuf_release) struct strbuf b;

	strbuf_init(&b, 5);
	strbuf_adds(&b, "abc");
	strbuf_adds(&b, "def");
	strbuf_adds(&b, "g");
	strbuf_addf(&b, "%c", 'h');
	CHECK_STR(b.p, "abc");
	err_t e = strbuf_check(&b, "answer");
	CHECK(err_is(e, ERR_TOO_LARGE));
	CHECK_STR(err_text(e), "answer is larger than 5 bytes");
	err_free(e);
	strbuf_reset(&b);
	CHECK_OK(strbuf_check(&b, "answer"));
	strbuf_adds(&b, "ok");
	CHECK_STR(b.p, "ok");
}

TEST(strbuf, consume_drops_from_the_front)
{
	CLEANUP(strbuf_release) struct strbuf b;

	strbuf_init(&b, 100);
	strbuf_adds(&b, "abcdef");
	strbuf_consume(&b, 2);
	CHECK_STR(b.p, "cdef");
	strbuf_consume(&b, 99);
	CHECK_STR(b.p, "");
	CHECK_INT(b.len, 0);
}

TEST(strbuf, take_hands_over_the_text)
{
	struct strbuf b;

	strbuf_init(&b, 100);
	CLEANUP(mem_freep) char *empty = strbuf_take(&b);
	CHECK_STR(empty, "");
	strbuf_init(&b, 100);
	strbuf_adds(&b, "abc");
	CLEANUP(mem_freep) char *text = strbuf_take(&b);
	CHECK_STR(text, "abc");
	CHECK_STR(b.p, "");
	strbuf_addc(&b, 'x');
	CHECK(b.overflow);
	strbuf_release(&b);
	strbuf_release(&b);
	CHECK_STR(b.p, "");
}

TEST(strbuf, keeps_nul_bytes)
{
	CLEANUP(strbuf_release) struct strbuf b;

	strbuf_init(&b, 100);
	strbuf_add(&b, "a\0b", 3);
	CHECK_INT(b.len, 3);
	CHECK_INT(memcmp(b.p, "a\0b", 4), 0);
	CHECK_INT(err_live(), 0);
}
