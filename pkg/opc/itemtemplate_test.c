#include "opc/itemtemplate.h"

#include "base/test.h"
#include "opc/itembody.h"

TEST(itemtemplate, is_found_by_any_spelling_of_its_name)
{
	CHECK_STR(item_template_find("API Credential")->uuid, "112");
	CHECK_STR(item_template_find("api-credential")->uuid, "112");
	CHECK_STR(item_template_find("SECURE_NOTE")->uuid, "003");
	CHECK(!item_template_find("Passwort"));
	CHECK_STR(item_template_nearest("passwort"), "Password");
}

TEST(itemtemplate, every_one_is_an_item_to_fill_in)
{
	for (size_t i = 0; i < n_item_templates; i++) {
		CLEANUP(secret_freep) struct secret *text = secret_new(65536);
		CLEANUP(secret_freep) struct secret *body = secret_new(65536);
		CLEANUP(jsonx_freep) struct jsonx *doc = NULL;
		const struct item_changes none = {0};
		struct jsonw w;

		jsonw_init_secret(&w, text);
		item_template_write(&item_templates[i], &w);
		CHECK_OK(jsonw_done(&w));
		CHECK_OK(jsonx_parse(secret_bytes(text), secret_len(text), &doc));
		CHECK_OK(itembody_write(doc, NULL, NULL, &none, body));
		const struct jsonx *fields = jsonx_get(doc, "fields");
		for (size_t k = 0; k < jsonx_len(fields); k++)
			CHECK(jsonx_get_str(jsonx_at(fields, k), "type"));
		CHECK_STR(jsonx_get_str(jsonx_at(fields, jsonx_len(fields) - 1), "purpose"), "NOTES");
	}
}
