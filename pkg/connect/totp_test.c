#include "connect/totp.h"

#include "base/mem.h"
#include "base/test.h"

#include <stdio.h>

/* RFC 6238, appendix B: the ASCII secrets of 20, 32 and 64 bytes, in base32. */
#define SECRET20 "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
#define SECRET32 "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA===="
#define SECRET64                                                                                             \
	"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGE" \
	"ZDGNA"

static void check_code(const char *value, int64_t at, const char *want)
{
	CLEANUP(secret_freep) struct secret *secret = secret_from_str(value);
	CLEANUP(totp_release) struct totp t = {0};
	char code[TOTP_CODE_SIZE];

	CHECK_MSG(totp_parse(secret, &t), "%s", value);
	CHECK_OK(totp_code(&t, at, code));
	CHECK_MSG(streq(code, want), "%s at %lld: %s", value, (long long)at, code);
}

TEST(totp, gives_the_codes_of_rfc_6238)
{
	static const struct {
		int64_t at;
		const char *sha1, *sha256, *sha512;
	} cases[] = {
		{59, "94287082", "46119246", "90693936"},
		{1111111109, "07081804", "68084774", "25091201"},
		{1111111111, "14050471", "67062674", "99943326"},
		{1234567890, "89005924", "91819424", "93441116"},
		{2000000000, "69279037", "90698825", "38618901"},
		{20000000000, "65353130", "77737706", "47863826"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		check_code(("otpauth://totp/x?secret=" SECRET20 "&digits=8"), cases[i].at, cases[i].sha1);
		check_code("otpauth://totp/x?algorithm=sha256&digits=8&secret=" SECRET32, cases[i].at,
			   cases[i].sha256);
		check_code("otpauth://totp/x?secret=" SECRET64 "&algorithm=SHA512&digits=8&issuer=a",
			   cases[i].at, cases[i].sha512);
	}
}

TEST(totp, takes_a_bare_secret_as_people_copy_it)
{
	check_code(SECRET20, 59, "287082");
	check_code("gezd gnbv gy3t qojq-gezd-gnbv-gy3t-qojq", 59, "287082");
	check_code("otpauth://totp/Example:alice%40example.com?secret=" SECRET20 "&period=60", 119, "287082");
}

TEST(totp, refuses_what_is_no_secret)
{
	static const char *const values[] = {"",
					     "not base32!",
					     "12345678",
					     "otpauth://totp/x",
					     "otpauth://totp/x?secret=",
					     ("otpauth://totp/x?secret=" SECRET20 "&digits=9"),
					     ("otpauth://totp/x?secret=" SECRET20 "&digits=5"),
					     ("otpauth://totp/x?secret=" SECRET20 "&period=0"),
					     ("otpauth://totp/x?secret=" SECRET20 "&algorithm=MD5"),
					     ("otpauth://hotp/x?secret=" SECRET20)};

	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		CLEANUP(secret_freep) struct secret *secret = secret_from_str(values[i]);
		CLEANUP(totp_release) struct totp t = {0};

		CHECK_MSG(!totp_parse(secret, &t), "%s", values[i]);
	}
	CHECK_INT(err_live(), 0);
}
