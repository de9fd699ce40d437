#ifndef ONEPASSWORD_MEMBER_H
#define ONEPASSWORD_MEMBER_H

#include "base/err.h"
#include "json/json.h"

/* Members of JSON objects that a server sent, copied into plain C. An absent member and null are the same.
 * What has another type than it should is ERR_PROTOCOL that names the member and never its value. */

/* Where the object stands, for the error's text: "item: fields[3].". list NULL: at the top. */
struct place {
	const char *what;
	const char *list;
	size_t index;
};

/* otherwise: what an absent member counts as; NULL leaves NULL. NUL bytes, which no C string holds, become
 * U+FFFD. */
err_t member_text(const struct jsonx *object, const struct place *at, const char *key, const char *otherwise,
		  char **out) NODISCARD;

/* A required id of 26 characters. */
err_t member_id(const struct jsonx *object, const struct place *at, const char *key, char **out) NODISCARD;

/* 0 if absent; a number below 0 is an error. */
err_t member_count(const struct jsonx *object, const struct place *at, const char *key, int64_t *out)
	NODISCARD;

/* false if absent. */
err_t member_bool(const struct jsonx *object, const struct place *at, const char *key, bool *out) NODISCARD;

/* RFC 3339 as Unix milliseconds. Absent is the first day of year 1, older than all others, as in the Go
 * programs that our users come from. */
#define MEMBER_NO_DATE_MS INT64_C(-62135596800000)
err_t member_date(const struct jsonx *object, const struct place *at, const char *key, int64_t *out_ms)
	NODISCARD;

/* An array of at most max elements, ERR_TOO_LARGE above; NULL, whose length is 0, if absent. Borrowed. */
err_t member_list(const struct jsonx *object, const struct place *at, const char *key, size_t max,
		  const struct jsonx **out) NODISCARD;

/* An array of at most max strings; empty if absent. */
err_t member_texts(const struct jsonx *object, const struct place *at, const char *key, size_t max,
		   struct strv *out) NODISCARD;

/* An object; NULL, whose members are all absent, if absent. Borrowed. */
err_t member_object(const struct jsonx *object, const struct place *at, const char *key,
		    const struct jsonx **out) NODISCARD;

/* An element of the list at->list, which must be an object. Borrowed. */
err_t member_element(const struct jsonx *list, const struct place *at, const struct jsonx **out) NODISCARD;

err_t member_wrong(const struct place *at, const char *key, const char *right) NODISCARD;

#endif
