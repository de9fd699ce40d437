#include "json/check.h"
#include "base/str.h"
#include "json/json.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* No writer of ours or of Go prints more; it bounds the copy that strtod needs. */
#define NUMBER_LEN_MAX 64

struct scan {
	const char *p;
	size_t len, at;
	int depth;
};

/* The functions below return NULL or a complaint; s->at is then where. */

static char peek(const struct scan *s)
{
	/* A NUL byte is no part of any token, so it can stand for the end. */
	return s->at < s->len ? s->p[s->at] : '\0';
}

static bool accept(struct scan *s, char c)
{
	if (s->at >= s->len || s->p[s->at] != c)
		return false;
	s->at++;
	return true;
}

static void skip_space(struct scan *s)
{
	while (peek(s) == ' ' || peek(s) == '\t' || peek(s) == '\n' || peek(s) == '\r')
		s->at++;
}

static const char *scan_word(struct scan *s, const char *word)
{
	const size_t len = strlen(word);

	if (s->len - s->at < len || memcmp(s->p + s->at, word, len) != 0)
		return "expected a value";
	s->at += len;
	return NULL;
}

static bool skip_digits(struct scan *s)
{
	const size_t start = s->at;

	while (peek(s) >= '0' && peek(s) <= '9')
		s->at++;
	return s->at > start;
}

static const char *check_range(const char *p, size_t len, bool whole)
{
	char text[NUMBER_LEN_MAX + 1];
	int64_t value;

	if (len > NUMBER_LEN_MAX)
		return "number is too long";
	memcpy(text, p, len);
	text[len] = '\0';
	if (whole ? !str_to_int(text, INT64_MIN, INT64_MAX, &value) : !isfinite(strtod(text, NULL)))
		return "number is out of range";
	return NULL;
}

static const char *scan_number(struct scan *s)
{
	const size_t start = s->at;
	bool whole = true;

	(void)accept(s, '-');
	if (!accept(s, '0') && !skip_digits(s))
		return "expected a digit";
	if (accept(s, '.')) {
		whole = false;
		if (!skip_digits(s))
			return "expected a digit";
	}
	if (accept(s, 'e') || accept(s, 'E')) {
		whole = false;
		if (!accept(s, '-'))
			(void)accept(s, '+');
		if (!skip_digits(s))
			return "expected a digit";
	}
	return check_range(s->p + start, s->at - start, whole);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static const char *scan_escape(struct scan *s, bool *has_nul)
{
	const char c = peek(s);
	int unit = 0;

	if (c == '\0' || !strchr("\"\\/bfnrtu", c))
		return "unknown escape in a string";
	s->at++;
	if (c != 'u')
		return NULL;
	for (int i = 0; i < 4; i++) {
		const int digit = hex_digit(peek(s));

		if (digit < 0)
			return "expected four hex digits";
		unit = unit * 16 + digit;
		s->at++;
	}
	*has_nul = *has_nul || unit == 0;
	return NULL;
}

static const char *scan_string(struct scan *s, bool *has_nul)
{
	if (!accept(s, '"'))
		return "expected a string";
	for (;;) {
		const char *complaint = NULL;

		if (s->at >= s->len)
			return "string has no end";
		if (accept(s, '"'))
			return NULL;
		if ((unsigned char)s->p[s->at] < 0x20)
			return "control character in a string";
		if (accept(s, '\\'))
			complaint = scan_escape(s, has_nul);
		else
			s->at++;
		if (complaint)
			return complaint;
	}
}

static const char *scan_value(struct scan *s);

static const char *scan_member(struct scan *s)
{
	bool has_nul = false;
	const char *complaint = scan_string(s, &has_nul);

	if (complaint)
		return complaint;
	if (has_nul)
		return "NUL in a key";
	skip_space(s);
	if (!accept(s, ':'))
		return "expected a colon";
	skip_space(s);
	return scan_value(s);
}

static const char *scan_container(struct scan *s, char end, const char *(*scan_element)(struct scan *s))
{
	if (++s->depth > JSONX_DEPTH_MAX)
		return "nested too deep";
	skip_space(s);
	if (!accept(s, end)) {
		do {
			const char *complaint;

			skip_space(s);
			complaint = scan_element(s);
			if (complaint)
				return complaint;
			skip_space(s);
		} while (accept(s, ','));
		if (!accept(s, end))
			return "expected a comma or the end of the list";
	}
	s->depth--;
	return NULL;
}

static const char *scan_value(struct scan *s)
{
	bool has_nul = false;

	switch (peek(s)) {
	case '{':
		s->at++;
		return scan_container(s, '}', scan_member);
	case '[':
		s->at++;
		return scan_container(s, ']', scan_value);
	case '"':
		return scan_string(s, &has_nul);
	case 't':
		return scan_word(s, "true");
	case 'f':
		return scan_word(s, "false");
	case 'n':
		return scan_word(s, "null");
	case '-':
	case '0' ... '9':
		return scan_number(s);
	default:
		return "expected a value";
	}
}

err_t jsonx_check(const char *p, size_t len)
{
	struct scan s = {.p = p, .len = len};
	const char *complaint;

	if (!str_is_utf8(p, len))
		return err_new(ERR_INVALID, "JSON is not UTF-8");
	skip_space(&s);
	complaint = scan_value(&s);
	if (!complaint) {
		skip_space(&s);
		complaint = s.at < len ? "expected the end" : NULL;
	}
	if (complaint)
		return err_new(ERR_INVALID, "JSON: %s at byte %zu", complaint, s.at);
	return NULL;
}
