#ifndef OPERATOR_CONNECTFAKE_TEST_H
#define OPERATOR_CONNECTFAKE_TEST_H

#include "base/str.h"
#include "http/http.h"

/* A Connect server in memory with one vault. All values of an item begin with CANARY, so that one which leaks
 * is found, and tell the version that they belong to. */
#define CANARY "CANARY"
#define CANARY_BASE64 "Q0FOQVJZ"

#define CONNECT_VAULT "vvvvvvvvvvvvvvvvvvvvvvvvvv"
#define CONNECT_ITEM "iiiiiiiiiiiiiiiiiiiiiiiiii"  /* titled "Database" */
#define CONNECT_OTHER "oooooooooooooooooooooooooo" /* titled "Other" */

struct connectitem {
	const char *id, *title;
	int version;
	int values; /* the version whose values it has: a new version may have the old ones */
	bool gone, ignored;
	bool empty;         /* no fields, no files */
	const char *hollow; /* members of an answer that is empty, as ",…"; or NULL */
	int behind;         /* the item itself comes from a replica that has missed so many versions */
	const char *label;  /* of a field more, with a fixed value; or NULL */
};

struct connectfake {
	struct connectitem items[2];
	int content_version;
	bool out;       /* answers 503 to all */
	bool no_vaults; /* has just started */
};

void connectfake_init(struct connectfake *c);
void connectfake_answer(const struct connectfake *c, const struct http_request *req,
			struct http_response *out);

/* A new version of an item, with new values or without. */
void connectfake_rotate(struct connectfake *c, const char *id);
void connectfake_touch(struct connectfake *c, const char *id);

/* The data of a Secret for the values of that version: "key=value\n" sorted, values decoded. Of the first
 * version a key more. */
void connectfake_expect(const char *id, int values, struct strbuf *out);

#endif
