#include "base/err.h"
#include "base/test.h"

#include <errno.h>
#include <string.h>

TEST(err, has_kind_and_text)
{
	CLEANUP(err_freep) err_t e = err_new(ERR_GONE, "version %d", 7);

	CHECK_INT(err_kind(e), ERR_GONE);
	CHECK_STR(err_text(e), "version 7");
	CHECK(err_is(e, ERR_GONE));
	CHECK(!err_is(e, ERR_DENIED));
	CHECK(!err_is(NULL, ERR_GONE));
	CHECK_INT(err_retry_after_ms(e), 0);
}

TEST(err, names_errno)
{
	errno = ENOENT;
	CLEANUP(err_freep) err_t e = err_new(ERR_NOT_FOUND, "open x: %m");

	CHECK_STR(err_text(e), "open x: No such file or directory");
}

TEST(err, wrap_puts_context_before_and_keeps_the_rest)
{
	CLEANUP(err_freep) err_t e = err_new(ERR_THROTTLED, "HTTP 429");

	err_set_retry_after_ms(e, 1500);
	e = err_wrap(err_wrap(e, "GET /%s", "x"), "fetch");
	CHECK_STR(err_text(e), "fetch: GET /x: HTTP 429");
	CHECK_INT(err_kind(e), ERR_THROTTLED);
	CHECK_INT(err_retry_after_ms(e), 1500);
	CHECK(!err_wrap(NULL, "context"));
}

TEST(err, long_texts_are_cut_at_their_end)
{
	char text[ERR_TEXT_MAX + 100];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	CLEANUP(err_freep) err_t e = err_new(ERR_INVALID, "%s", text);
	CHECK_INT(strlen(err_text(e)), ERR_TEXT_MAX);
	e = err_wrap(e, "context");
	CHECK_INT(strlen(err_text(e)), ERR_TEXT_MAX);
	CHECK(str_has_prefix(err_text(e), "context: xxx"));
	e = err_wrap(e, "%s", text);
	CHECK_INT(strlen(err_text(e)), ERR_TEXT_MAX);
}

TEST(err, is_cut_between_characters)
{
	char text[ERR_TEXT_MAX + 2];

	memset(text, 'x', ERR_TEXT_MAX - 1);
	memcpy(text + ERR_TEXT_MAX - 1, "\u00e4", 3);
	CLEANUP(err_freep) err_t e = err_new(ERR_INVALID, "%s", text);
	CHECK_INT(strlen(err_text(e)), ERR_TEXT_MAX - 1);
	CHECK(str_is_utf8(err_text(e), strlen(err_text(e))));
}

TEST(err, every_kind_has_its_own_name)
{
	for (int a = ERR_INVALID; a <= ERR_INTERNAL; a++) {
		CHECK(!streq(err_kind_name((enum err_kind)a), "unknown"));
		for (int b = ERR_INVALID; b < a; b++)
			CHECK(!streq(err_kind_name((enum err_kind)a), err_kind_name((enum err_kind)b)));
	}
	CHECK_STR(err_kind_name((enum err_kind)99), "unknown");
}

static NODISCARD err_t try_with_context(bool fails)
{
	TRY(fails ? err_new(ERR_TIMEOUT, "inner") : NULL, "outer %d", 1);
	return NULL;
}

static NODISCARD err_t try_without(bool fails)
{
	TRY_(fails ? err_new(ERR_TIMEOUT, "inner") : NULL);
	return NULL;
}

TEST(err, try_returns_errors_only)
{
	CHECK_OK(try_with_context(false));
	CHECK_OK(try_without(false));
	CLEANUP(err_freep) err_t a = try_with_context(true);
	CLEANUP(err_freep) err_t b = try_without(true);
	CHECK_STR(err_text(a), "outer 1: inner");
	CHECK_STR(err_text(b), "inner");
}

TEST(err, counts_the_live_ones)
{
	const int64_t before = err_live();
	err_t e = err_wrap(err_new(ERR_INVALID, "x"), "y");

	CHECK_INT(err_live(), before + 1);
	err_freep(&e);
	CHECK(!e);
	err_free(NULL);
	CHECK_INT(err_live(), before);
}
