#include "vault/token_text.h"

#include "base/mem.h"
#include "base/test.h"

TEST(token_text, grants_have_a_vault_and_rights)
{
	static const struct {
		const char *in, *vault;
		unsigned int rights;
	} cases[] = {
		{"Demo", "Demo", VAULT_READ | VAULT_WRITE},
		{"Demo,r", "Demo", VAULT_READ},
		{"Demo,w", "Demo", VAULT_WRITE},
		{"Demo,rw", "Demo", VAULT_READ | VAULT_WRITE},
		{"a, b,r", "a, b", VAULT_READ},
		{"a,x", "a,x", VAULT_READ | VAULT_WRITE},
		{"a,r,rw", "a,r", VAULT_READ | VAULT_WRITE},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(grant_text_release) struct grant_text g = {0};

		CHECK_OK(grant_text_parse(cases[i].in, &g));
		CHECK_STR(g.vault, cases[i].vault);
		CHECK_INT(g.rights, cases[i].rights);
	}
	struct grant_text g;
	CHECK_ERR(grant_text_parse("", &g), ERR_INVALID);
	CHECK_ERR(grant_text_parse(",r", &g), ERR_INVALID);
}

TEST(token_text, vaults_are_found_by_id_or_by_their_only_name)
{
	struct vault_info v[] = {
		{.id = "aaaaaaaaaaaaaaaaaaaaaaaaaa", .name = (char[]){"one"}},
		{.id = "bbbbbbbbbbbbbbbbbbbbbbbbbb", .name = (char[]){"two"}},
		{.id = "cccccccccccccccccccccccccc", .name = (char[]){"two"}},
	};
	const struct vault_infos vaults = {.v = v, .n = ARRAY_LEN(v)};
	struct grant_text by_name = {.vault = (char[]){"one"}, .rights = VAULT_READ};
	struct grant_text by_id = {.vault = v[2].id, .rights = VAULT_WRITE};
	struct grant_text twice = {.vault = (char[]){"two"}, .rights = VAULT_READ};
	struct grant_text none = {.vault = (char[]){"One"}, .rights = VAULT_READ};
	struct vault_grant g;

	CHECK_OK(grant_text_resolve(&by_name, &vaults, &g));
	CHECK_STR(g.vault_id, v[0].id);
	CHECK_INT(g.rights, VAULT_READ);
	CHECK_OK(grant_text_resolve(&by_id, &vaults, &g));
	CHECK_STR(g.vault_id, v[2].id);
	CHECK_ERR(grant_text_resolve(&twice, &vaults, &g), ERR_INVALID);
	CHECK_ERR(grant_text_resolve(&none, &vaults, &g), ERR_NOT_FOUND);
}

TEST(token_text, lifetimes_add_up)
{
	static const struct {
		const char *in;
		int64_t seconds;
	} good[] = {{"90d", 7776000}, {"1w2d", 777600}, {"12h30m", 45000},
		    {"45s", 45},      {"0d1s", 1},      {"3653d", 315619200}};
	static const char *const bad[] = {
		"", "90", "d", "90x", "-1d", "1d ", "0d", "3654d", "99999999999999999999d", "1.5d"};
	int64_t ms = 0;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		CHECK_OK(lifetime_parse_ms(good[i].in, &ms));
		CHECK_INT(ms, good[i].seconds * 1000);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		err_t e = lifetime_parse_ms(bad[i], &ms);

		CHECK_MSG(err_is(e, ERR_INVALID), "%s", bad[i]);
		err_free(e);
	}
	CHECK_INT(err_live(), 0);
}
