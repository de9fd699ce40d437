#include "onepassword/token.h"

#include "base/crypto.h"
#include "base/mem.h"
#include "base/test.h"

#include <string.h>

static struct secret *token_of(const char *claims)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	strbuf_init(&text, 4096);
	strbuf_adds(&text, "e30.");
	crypto_base64url(claims, strlen(claims), &text);
	strbuf_adds(&text, ".c2ln");
	return secret_from_str(text.p);
}

TEST(token, tells_when_it_ends)
{
	static const struct {
		const char *claims;
		int64_t want; /* 0: it does not say */
	} cases[] = {
		{"{\"exp\":1795700000,\"iat\":1}", 1795700000},
		{"{\"iat\":1}", 0},
		{"{\"exp\":\"1795700000\"}", 0},
		{"{\"exp\":-5}", 0},
		{"[]", 0},
		{"no json", 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(secret_freep) struct secret *token = token_of(cases[i].claims);
		int64_t have = 0;

		CHECK_MSG(op_token_expiry(token, &have) == (cases[i].want != 0), "%s", cases[i].claims);
		CHECK_MSG(have == cases[i].want, "%s", cases[i].claims);
	}
	CHECK_INT(err_live(), 0);
}

TEST(token, need_not_be_a_jwt)
{
	static const char *const texts[] = {"", "opaque", "a.b", ".", "..", "a.%%%.c"};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		CLEANUP(secret_freep) struct secret *token = secret_from_str(texts[i]);
		int64_t have = 7;

		CHECK_MSG(!op_token_expiry(token, &have) && have == 7, "%s", texts[i]);
	}
	CHECK_INT(err_live(), 0);
}
