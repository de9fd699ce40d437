#include "base/crypto.h"
#include "base/test.h"

#include <string.h>

/* RFC 4648 section 10, and bytes that tell the alphabets apart. */
static const struct {
	const char *plain;
	size_t len;
	const char *standard, *url;
} vectors[] = {
	{"", 0, "", ""},
	{"f", 1, "Zg==", "Zg"},
	{"fo", 2, "Zm8=", "Zm8"},
	{"foo", 3, "Zm9v", "Zm9v"},
	{"foob", 4, "Zm9vYg==", "Zm9vYg"},
	{"fooba", 5, "Zm9vYmE=", "Zm9vYmE"},
	{"foobar", 6, "Zm9vYmFy", "Zm9vYmFy"},
	{"\xfb\xff\xbf", 3, "+/+/", "-_-_"},
	{"\0\0", 2, "AAA=", "AAA"},
};

TEST(base64, encodes)
{
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		CLEANUP(secret_freep) struct secret *standard = secret_new(100);
		CLEANUP(strbuf_release) struct strbuf url;

		strbuf_init(&url, 100);
		CHECK_OK(secret_add_base64(standard, vectors[i].plain, vectors[i].len));
		crypto_base64url(vectors[i].plain, vectors[i].len, &url);
		CHECK_STR(secret_bytes(standard), vectors[i].standard);
		CHECK_STR(url.p, vectors[i].url);
	}
}

TEST(base64, decodes)
{
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		CLEANUP(secret_freep) struct secret *want = secret_from(vectors[i].plain, vectors[i].len);
		CLEANUP(secret_freep) struct secret *standard = secret_new(100);
		CLEANUP(secret_freep) struct secret *url = secret_new(100);

		CHECK_OK(secret_add_base64_decoded(standard, vectors[i].standard,
						   strlen(vectors[i].standard)));
		CHECK_OK(crypto_base64url_decode(vectors[i].url, strlen(vectors[i].url), url));
		CHECK(secret_eq(standard, want));
		CHECK(secret_eq(url, want));
	}
}

TEST(base64, every_byte_survives)
{
	uint8_t all[256];

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	for (size_t len = 0; len <= sizeof(all); len++) {
		CLEANUP(secret_freep) struct secret *encoded = secret_new(1000);
		CLEANUP(secret_freep) struct secret *decoded = secret_new(256);

		CHECK_OK(secret_add_base64(encoded, all, len));
		CHECK_OK(secret_add_base64_decoded(decoded, secret_bytes(encoded), secret_len(encoded)));
		CHECK_INT(secret_len(decoded), len);
		CHECK_INT(memcmp(secret_bytes(decoded), all, len), 0);
	}
}

TEST(base64, adds_behind_what_is_there)
{
	CLEANUP(secret_freep) struct secret *s = secret_new(100);

	CHECK_OK(secret_add(s, "Basic ", 6));
	CHECK_OK(secret_add_base64(s, "a:b", 3));
	CHECK_STR(secret_bytes(s), "Basic YTpi");
}

TEST(base64, refuses_foreign_text_and_second_encodings)
{
	static const char *const standard[] = {
		"Zg",   "Zg=",  "Z===", "====",     "=",        "Zm9vY", "Zm9v\n",  "Zm 9",    "Zm8-",
		"Zm8_", "Zh==", "Zm9=", "Zg==Zg==", "Zg==AAAA", "Zm=v",  "Z\xc3mv", "Zm9v===="};
	static const char *const url[] = {"Z",    "Zg==", "Zm8=", "Zm8+",  "Zm8/",   "Zm8[",
					  "Zm8~", "Zh",   "Zm9",  "Zm9vY", "Zm9v\n", " Zm9"};

	for (size_t i = 0; i < ARRAY_LEN(standard); i++) {
		CLEANUP(secret_freep) struct secret *out = secret_from_str("");
		err_t e = secret_add_base64_decoded(out, standard[i], strlen(standard[i]));

		CHECK_MSG(err_is(e, ERR_INVALID), "%s", standard[i]);
		err_free(e);
	}
	for (size_t i = 0; i < ARRAY_LEN(url); i++) {
		CLEANUP(secret_freep) struct secret *out = secret_new(100);
		err_t e = crypto_base64url_decode(url[i], strlen(url[i]), out);

		CHECK_MSG(err_is(e, ERR_INVALID), "%s", url[i]);
		CHECK_INT(secret_len(out), 0);
		err_free(e);
	}
}

TEST(base64, keeps_to_the_ceiling)
{
	CLEANUP(secret_freep) struct secret *four = secret_new(4);
	CLEANUP(secret_freep) struct secret *two = secret_new(2);

	CHECK_ERR(secret_add_base64(four, "abcd", 4), ERR_TOO_LARGE);
	CHECK_ERR(secret_add_base64_decoded(two, "Zm9v", 4), ERR_TOO_LARGE);
	CHECK_INT(secret_len(two), 0);
	CHECK_INT(err_live(), 0);
}
