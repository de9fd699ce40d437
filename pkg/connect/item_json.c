#include "connect/item_json.h"

#include "base/clock.h"
#include "base/mem.h"
#include "connect/json_member.h"
#include "connect/strength.h"
#include "connect/totp.h"

void item_json_vault(struct jsonw *w, const struct vault_info *v)
{
	jsonw_object(w);
	jsonw_kstr(w, "id", v->id);
	jsonw_kstr(w, "name", v->name);
	jsonw_kstr(w, "description", v->description);
	jsonw_kint(w, "attributeVersion", v->attribute_version);
	jsonw_kint(w, "contentVersion", v->content_version);
	jsonw_kint(w, "items", v->n_items);
	jsonw_kstr(w, "type", "USER_CREATED");
	json_member_time(w, "createdAt", v->created_ms);
	json_member_time(w, "updatedAt", v->updated_ms);
	jsonw_end_object(w);
}

static void write_ids(struct jsonw *w, const struct vault_item *item)
{
	jsonw_kstr(w, "id", item->id);
	jsonw_kobject(w, "vault");
	jsonw_kstr(w, "id", item->vault_id);
	jsonw_end_object(w);
}

static void write_urls(struct jsonw *w, const struct vault_item *item)
{
	if (item->n_urls == 0)
		return;
	jsonw_karray(w, "urls");
	for (size_t i = 0; i < item->n_urls; i++) {
		jsonw_object(w);
		json_member_filled(w, "label", item->urls[i].label);
		if (item->urls[i].primary)
			jsonw_kbool(w, "primary", true);
		jsonw_kstr(w, "href", item->urls[i].href);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

static void write_tags(struct jsonw *w, const struct vault_item *item)
{
	if (item->tags.n == 0)
		return;
	jsonw_karray(w, "tags");
	for (size_t i = 0; i < item->tags.n; i++)
		jsonw_str(w, item->tags.v[i]);
	jsonw_end_array(w);
}

static void write_summary(struct jsonw *w, const struct vault_item *item, int64_t version)
{
	write_ids(w, item);
	jsonw_kstr(w, "title", item->title);
	jsonw_kstr(w, "category", item->category);
	write_urls(w, item);
	jsonw_kbool(w, "favorite", item->favorite);
	write_tags(w, item);
	jsonw_kint(w, "version", version);
	json_member_time(w, "createdAt", item->created_ms);
	json_member_time(w, "updatedAt", item->updated_ms);
	json_member_filled(w, "lastEditedBy", item->last_edited_by);
}

void item_json_summary(struct jsonw *w, const struct vault_item *item)
{
	jsonw_object(w);
	write_summary(w, item, item->version);
	jsonw_end_object(w);
}

void item_json_receipt(struct jsonw *w, const struct vault_item *item, int64_t version)
{
	jsonw_object(w);
	write_ids(w, item);
	jsonw_kint(w, "version", version);
	jsonw_end_object(w);
}

static void write_section_of(struct jsonw *w, const struct vault_item *item, const char *section_id)
{
	if (str_empty(section_id))
		return;
	jsonw_kobject(w, "section");
	jsonw_kstr(w, "id", section_id);
	for (size_t i = 0; i < item->n_sections; i++) {
		if (streq(item->sections[i].id, section_id))
			json_member_filled(w, "label", item->sections[i].label);
	}
	jsonw_end_object(w);
}

/* The code of this moment; nothing where the value is no secret of one. */
static void write_code(struct jsonw *w, const struct secret *value)
{
	CLEANUP(totp_release) struct totp totp = {0};
	char code[TOTP_CODE_SIZE];

	if (!totp_parse(value, &totp))
		return;
	CLEANUP(err_freep) err_t e = totp_code(&totp, clock_wall_ms() / 1000, code);
	if (!e)
		jsonw_kstr(w, "totp", code);
}

/* What there is to say of a password. */
static void write_details(struct jsonw *w, const struct vault_item_field *f)
{
	const int64_t bits = strength_bits(f->value);

	jsonw_kint(w, "entropy", bits);
	jsonw_kobject(w, "passwordDetails");
	jsonw_kint(w, "entropy", bits);
	jsonw_kbool(w, "generated", f->generated);
	jsonw_kstr(w, "strength", strength_name(bits));
	if (f->n_history > 0)
		jsonw_karray(w, "history");
	for (size_t i = 0; i < f->n_history; i++)
		jsonw_strn(w, secret_bytes(f->history[i]), secret_len(f->history[i]));
	if (f->n_history > 0)
		jsonw_end_array(w);
	jsonw_end_object(w);
}

void item_json_field(struct jsonw *w, const struct vault_item *item, const struct vault_item_field *f)
{
	const char *p = NULL;
	size_t len = 0;

	jsonw_object(w);
	jsonw_kstr(w, "id", f->id);
	write_section_of(w, item, f->section_id);
	jsonw_kstr(w, "type", f->type);
	json_member_filled(w, "purpose", f->purpose);
	jsonw_kstr(w, "label", f->label);
	secret_view(f->value, &p, &len);
	if (len > 0) {
		jsonw_key(w, "value");
		jsonw_strn(w, p, len);
	}
	if (streq(f->type, "OTP"))
		write_code(w, f->value);
	if (streq(f->purpose, "PASSWORD") && (len > 0 || f->n_history > 0))
		write_details(w, f);
	jsonw_end_object(w);
}

void item_json_file(struct jsonw *w, const struct vault_item *item, const struct vault_item_file *file,
		    const struct secret *content)
{
	/* With a slash in front: clients append it to the address of the server. */
	CLEANUP(mem_freep)
	char *path =
		mem_printf("/v1/vaults/%s/items/%s/files/%s/content", item->vault_id, item->id, file->id);

	jsonw_object(w);
	jsonw_kstr(w, "id", file->id);
	jsonw_kstr(w, "name", file->name);
	jsonw_kint(w, "size", file->size);
	jsonw_kstr(w, "content_path", path);
	write_section_of(w, item, file->section_id);
	if (content) {
		jsonw_key(w, "content");
		jsonw_base64(w, secret_bytes(content), secret_len(content));
	}
	jsonw_end_object(w);
}

void item_json_full(struct jsonw *w, const struct vault_item *item, int64_t version)
{
	jsonw_object(w);
	write_summary(w, item, version);
	jsonw_karray(w, "sections");
	for (size_t i = 0; i < item->n_sections; i++) {
		jsonw_object(w);
		jsonw_kstr(w, "id", item->sections[i].id);
		json_member_filled(w, "label", item->sections[i].label);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
	jsonw_karray(w, "fields");
	for (size_t i = 0; i < item->n_fields; i++)
		item_json_field(w, item, &item->fields[i]);
	jsonw_end_array(w);
	if (item->n_files > 0) {
		jsonw_karray(w, "files");
		for (size_t i = 0; i < item->n_files; i++)
			item_json_file(w, item, &item->files[i], NULL);
		jsonw_end_array(w);
	}
	jsonw_end_object(w);
}
