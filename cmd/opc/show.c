#include "show.h"

#include "opc.h"

#include "base/mem.h"
#include "onepassword/reference.h"

/* A member of the answer under the name that it gets; what is not there is left out. */
static void member(struct jsonw *w, const struct jsonx *from, const char *name, const char *as)
{
	const struct jsonx *v = jsonx_get(from, name);

	if (!v || jsonx_type(v) == JSONX_NULL)
		return;
	jsonw_key(w, as);
	jsonw_value(w, v);
}

void show_vault(struct jsonw *w, const struct jsonx *vault, bool whole)
{
	jsonw_object(w);
	member(w, vault, "id", "id");
	member(w, vault, "name", "name");
	member(w, vault, "contentVersion", "content_version");
	member(w, vault, "createdAt", "created_at");
	member(w, vault, "updatedAt", "updated_at");
	member(w, vault, "items", "items");
	if (whole) {
		member(w, vault, "attributeVersion", "attribute_version");
		member(w, vault, "type", "type");
		member(w, vault, "description", "description");
	}
	jsonw_end_object(w);
}

void show_summary(struct jsonw *w, struct lookup *l, const struct jsonx *item)
{
	const char *vault_id = jsonx_get_str(jsonx_get(item, "vault"), "id");

	member(w, item, "id", "id");
	member(w, item, "title", "title");
	if (jsonx_true(jsonx_get(item, "favorite")))
		jsonw_kbool(w, "favorite", true);
	member(w, item, "tags", "tags");
	member(w, item, "version", "version");
	jsonw_kobject(w, "vault");
	jsonw_kstr(w, "id", vault_id ? vault_id : "");
	jsonw_kstr(w, "name", vault_id ? lookup_vault_name(l, vault_id) : "");
	jsonw_end_object(w);
	member(w, item, "category", "category");
	member(w, item, "lastEditedBy", "last_edited_by");
	member(w, item, "createdAt", "created_at");
	member(w, item, "updatedAt", "updated_at");
	member(w, item, "urls", "urls");
}

static bool is_plain(const char *part)
{
	if (str_empty(part))
		return false;
	for (const char *c = part; *c; c++)
		if (!op_reference_char(*c))
			return false;
	return true;
}

/* The name, or the id where the name can't stand in a reference. */
static const char *part(const char *name, const char *id)
{
	return is_plain(name) ? name : id ? id : "";
}

static const char *section_part(const struct jsonx *item, const char *section_id)
{
	const struct jsonx *sections = jsonx_get(item, "sections");

	for (size_t i = 0; i < jsonx_len(sections); i++) {
		const struct jsonx *s = jsonx_at(sections, i);

		if (streq(jsonx_get_str(s, "id"), section_id))
			return part(jsonx_get_str(s, "label"), section_id);
	}
	return section_id;
}

static void write_reference(struct jsonw *w, struct lookup *l, const struct jsonx *item,
			    const struct jsonx *field)
{
	const char *vault_id = jsonx_get_str(jsonx_get(item, "vault"), "id");
	const char *section_id = jsonx_get_str(jsonx_get(field, "section"), "id");
	CLEANUP(mem_freep)
	char *section = section_id ? mem_printf("%s/", section_part(item, section_id)) : mem_strdup("");
	CLEANUP(mem_freep)
	char *text =
		mem_printf("op://%s/%s/%s%s", part(vault_id ? lookup_vault_name(l, vault_id) : "", vault_id),
			   part(jsonx_get_str(item, "title"), jsonx_get_str(item, "id")), section,
			   part(jsonx_get_str(field, "label"), jsonx_get_str(field, "id")));

	jsonw_kstr(w, "reference", text);
}

static void write_details(struct jsonw *w, const struct jsonx *details)
{
	if (!details)
		return;
	jsonw_kobject(w, "password_details");
	member(w, details, "entropy", "entropy");
	member(w, details, "generated", "generated");
	member(w, details, "strength", "strength");
	member(w, details, "history", "history");
	jsonw_end_object(w);
}

void show_field(struct jsonw *w, struct lookup *l, const struct jsonx *item, const struct jsonx *field)
{
	jsonw_object(w);
	member(w, field, "id", "id");
	member(w, field, "section", "section");
	member(w, field, "type", "type");
	member(w, field, "purpose", "purpose");
	member(w, field, "label", "label");
	member(w, field, "value", "value");
	write_reference(w, l, item, field);
	member(w, field, "entropy", "entropy");
	write_details(w, jsonx_get(field, "passwordDetails"));
	member(w, field, "totp", "totp");
	jsonw_end_object(w);
}

void show_item(struct jsonw *w, struct lookup *l, const struct jsonx *item)
{
	const struct jsonx *fields = jsonx_get(item, "fields");

	jsonw_object(w);
	show_summary(w, l, item);
	member(w, item, "sections", "sections");
	jsonw_karray(w, "fields");
	for (size_t i = 0; i < jsonx_len(fields); i++)
		show_field(w, l, item, jsonx_at(fields, i));
	jsonw_end_array(w);
	member(w, item, "files", "files");
	jsonw_end_object(w);
}

err_t print_secret(const struct secret *text)
{
	return print_bytes(secret_bytes(text), secret_len(text));
}

err_t print_json(struct jsonw *w, struct secret *text)
{
	TRY_(jsonw_done(w));
	TRY_(secret_add(text, "\n", 1));
	return print_secret(text);
}
