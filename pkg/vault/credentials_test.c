#include "vault/credentials.h"

#include "base/mem.h"
#include "base/test.h"
#include "vault/admin_key.h"
#include "vault/keytext.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void check_same(const struct credentials *a, const struct credentials *b)
{
	CHECK_STR(a->server_id, b->server_id);
	CHECK_STR(a->key_id, b->key_id);
	CHECK(secret_eq(a->key, b->key));
}

TEST(credentials, are_read_as_they_were_written)
{
	CLEANUP(credentials_release) struct credentials c = credentials_new();
	CLEANUP(credentials_release) struct credentials back = {0};
	CLEANUP(secret_freep) struct secret *text = NULL;

	CHECK_OK(credentials_format(&c, &text));
	CHECK_OK(credentials_parse(secret_bytes(text), secret_len(text), &back));
	check_same(&c, &back);
	CHECK(strstr(secret_bytes(text), "\"version\":\"2\""));
}

TEST(credentials, come_from_a_path_from_base64_or_from_json)
{
	CLEANUP(credentials_release) struct credentials c = credentials_new();
	CLEANUP(secret_freep) struct secret *text = NULL;
	CLEANUP(secret_freep) struct secret *base64 = secret_new(CREDENTIALS_MAX);
	char path[] = "/tmp/credentials-test-XXXXXX";
	const int fd = mkstemp(path);

	CHECK_OK(credentials_format(&c, &text));
	CHECK_INT(write(fd, secret_bytes(text), secret_len(text)), secret_len(text));
	CHECK_INT(close(fd), 0);
	CHECK_OK(secret_add_base64(base64, secret_bytes(text), secret_len(text)));
	CLEANUP(mem_freep)
	char *wrapped = mem_printf("%.70s\n%s\n", secret_bytes(base64), secret_bytes(base64) + 70);
	CLEANUP(mem_freep) char *bare = mem_strndup(secret_bytes(base64), strcspn(secret_bytes(base64), "="));
	const char *const forms[] = {path, secret_bytes(text), secret_bytes(base64), wrapped, bare};
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		CLEANUP(credentials_release) struct credentials back = {0};

		CHECK_OK(credentials_load(forms[i], &back));
		check_same(&c, &back);
	}
	CHECK_INT(unlink(path), 0);
}

TEST(credentials, that_are_wrong_say_what_is_right)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
		{"{\"verifier\":{},\"encCredentials\":{},\"version\":\"2\"}",
		 "1Password's own Connect server"},
		{"{}", "no credentials file of connect-server"},
		{"{\"issuer\":\"connect-server\"}", "deviceUuid or uniqueKey.kid"},
		{"{\"issuer\":\"connect-server\",\"deviceUuid\":\"aaaaaaaaaaaaaaaaaaaaaaaaaa\",\"uniqueKey\":"
		 "{\"kid\":"
		 "\"aaaaaaaaaaaaaaaaaaaaaaaaaa\",\"k\":\"c2hvcnQ\"}}",
		 "uniqueKey.k: not a key of 32 bytes"},
		{"{", "credentials file"},
		{"/no/such/file.json", "No such file"},
		{"bm90IGpzb24=", "neither a file that exists nor base64"},
		{"nonsense", "neither a file that exists nor base64"},
		{"e30K", "no credentials file of connect-server"},
		{"not base64 at all!", "neither a file that exists nor base64"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(credentials_release) struct credentials c = {0};
		err_t e = credentials_load(cases[i].in, &c);

		CHECK_MSG(e && strstr(err_text(e), cases[i].want), "%s: %s", cases[i].in,
			  e ? err_text(e) : "accepted");
		CHECK(!strstr(err_text(e), "c2hvcnQ"));
		err_free(e);
	}
	CHECK_INT(err_live(), 0);
}

TEST(credentials, administrator_keys_are_read_as_they_were_written)
{
	CLEANUP(admin_key_release) struct admin_key k = admin_key_new();
	CLEANUP(admin_key_release) struct admin_key back = {0};
	CLEANUP(secret_freep) struct secret *text = NULL;

	CHECK_OK(admin_key_format(&k, &text));
	CHECK_OK(admin_key_parse(secret_bytes(text), secret_len(text), &back));
	CHECK_STR(back.id, k.id);
	CHECK(secret_eq(back.secret, k.secret));
	CHECK_ERR(admin_key_parse("{}", 2, &back), ERR_INVALID);
	CHECK_ERR(admin_key_load("/no/such/file", &back), ERR_NOT_FOUND);
}

TEST(credentials, keys_on_paper_are_read_in_any_case_with_any_spacing)
{
	CLEANUP(secret_freep) struct secret *key = secret_from("0123456789abcdefghijklmnopqrstuv", 32);
	CLEANUP(secret_freep) struct secret *paper = NULL;
	CLEANUP(secret_freep) struct secret *back = NULL;
	CLEANUP(secret_freep) struct secret *shouted = NULL;

	CHECK_OK(keytext_format_paper(key, &paper));
	CHECK_STR(secret_bytes(paper), "gayt-emzu-gu3d-oobz-mfrg-gzdf-mztw-q2lk-nnwg-23tp-obyx-e43u-ov3a");
	CHECK_OK(keytext_parse_paper(secret_bytes(paper), &back));
	CHECK(secret_eq(back, key));
	CHECK_OK(keytext_parse_paper(" GAYTEMZUGU3DOOBZMFRGGZDF mztwq2lknnwg23tpobyxe43uov3a\n", &shouted));
	CHECK(secret_eq(shouted, key));
	secret_freep(&back);
	CHECK_ERR(keytext_parse_paper("gayt", &back), ERR_INVALID);
	CHECK_ERR(keytext_parse_paper("gayt-emzu-gu3d-oobz-mfrg-gzdf-mztw-q2lk-nnwg-23tp-obyx-e43u-ov31",
				      &back),
		  ERR_INVALID);
	CHECK_ERR(keytext_parse_paper("gayt-emzu-gu3d-oobz-mfrg-gzdf-mztw-q2lk-nnwg-23tp-obyx-e43u-ov3b",
				      &back),
		  ERR_INVALID);
	CHECK_INT(err_live(), 0);
}
