#include "onepassword/path.h"

#include "base/mem.h"
#include "base/test.h"

#include <string.h>

TEST(path, of_four_parts_is_read_as_it_stands)
{
	static const struct {
		const char *text, *vault, *item;
	} cases[] = {
		{"vaults/v/items/i", "v", "i"},
		{"vaults/My Vault/items/My Item", "My Vault", "My Item"},
		{"vaults/ v /items/ i ", " v ", " i "},
		{"vaults/a%2Fb/items/%20", "a%2Fb", "%20"},
		{"vaults//items/", "", ""},
		{"vaults/items/items/vaults", "items", "vaults"},
		{"vaults/n\xC3\xA4ive/items/\xF0\x9F\x98\x84", "n\xC3\xA4ive", "\xF0\x9F\x98\x84"},
	};

	for (size_t n = 0; n < ARRAY_LEN(cases); n++) {
		CLEANUP(item_path_release) struct item_path p = {0};

		CHECK_OK(item_path_parse(cases[n].text, &p));
		CHECK_STR(p.vault, cases[n].vault);
		CHECK_STR(p.item, cases[n].item);
	}
}

TEST(path, of_another_shape_is_refused)
{
	static const char *const cases[] = {
		"",
		"/",
		"///",
		"vaults",
		"vaults/v/items",
		"vaults/v/items/i/",
		"/vaults/v/items/i",
		"vaults/v/items/a/b",
		"Vaults/v/items/i",
		"vaults/v/Items/i",
		"vault/v/items/i",
		"vaults/v/item/i",
		" vaults/v/items/i",
		"op://v/i/f",
	};

	for (size_t n = 0; n < ARRAY_LEN(cases); n++) {
		CLEANUP(mem_freep)
		char *want =
			mem_printf("\"%s\" is not an acceptable path for One Password item. Must be of the "
				   "format: `vaults/{vault_id}/items/{item_id}`",
				   cases[n]);
		struct item_path p = {0};
		CLEANUP(err_freep) err_t e = item_path_parse(cases[n], &p);

		CHECK_MSG(err_is(e, ERR_INVALID) && !p.vault && !p.item, "%s", cases[n]);
		CHECK_STR(err_text(e), want);
	}
}

TEST(path, in_an_error_is_printable_and_short)
{
	char text[ITEM_PATH_MAX + 1];
	struct item_path p = {0};

	memset(text, '\n', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	CLEANUP(err_freep) err_t e = item_path_parse(text, &p);
	CHECK(err_is(e, ERR_INVALID));
	CHECK(!strchr(err_text(e), '\n'));
	CHECK(strlen(err_text(e)) < 350);
	CHECK(str_has_suffix(err_text(e), "`vaults/{vault_id}/items/{item_id}`"));
}

static char *path_of_length(size_t len)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	strbuf_init(&text, len + 1);
	strbuf_adds(&text, "vaults/v/items/");
	while (text.len < len)
		strbuf_addc(&text, 'i');
	return strbuf_take(&text);
}

TEST(path, that_is_too_long_is_refused_as_such)
{
	CLEANUP(mem_freep) char *fits = path_of_length(ITEM_PATH_MAX);
	CLEANUP(mem_freep) char *over = path_of_length(ITEM_PATH_MAX + 1);
	CLEANUP(item_path_release) struct item_path p = {0};
	struct item_path none = {0};

	CHECK_OK(item_path_parse(fits, &p));
	CHECK_INT(strlen(p.item), ITEM_PATH_MAX - strlen("vaults/v/items/"));
	CLEANUP(err_freep) err_t e = item_path_parse(over, &none);
	CHECK(err_is(e, ERR_INVALID) && !none.vault);
	CHECK_STR(err_text(e), "the path of the One Password item is longer than 1024 bytes. Must be of the "
			       "format: `vaults/{vault_id}/items/{item_id}`");
}

TEST(path, no_error_is_left)
{
	CHECK_INT(err_live(), 0);
}
