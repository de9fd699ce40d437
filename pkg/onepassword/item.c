#include "onepassword/item.h"

#include "base/map.h"
#include "base/mem.h"
#include "onepassword/member.h"

#include <string.h>

#define ID_LEN 26

bool onepassword_is_id(const char *s)
{
	return strlen(s) == ID_LEN && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789") == ID_LEN;
}

bool item_has_tag(const struct item *i, const char *tag)
{
	return strv_has(&i->tags, tag);
}

void item_free(struct item *i)
{
	if (!i)
		return;
	for (size_t n = 0; n < i->n_urls; n++) {
		mem_free(i->urls[n].label);
		mem_free(i->urls[n].href);
	}
	for (size_t n = 0; n < i->n_fields; n++) {
		struct item_field *f = &i->fields[n];

		mem_free(f->id);
		mem_free(f->label);
		mem_free(f->type);
		mem_free(f->purpose);
		mem_free(f->section_id);
		mem_free(f->section_label);
		secret_free(f->value);
	}
	for (size_t n = 0; n < i->n_files; n++) {
		mem_free(i->files[n].id);
		mem_free(i->files[n].name);
		mem_free(i->files[n].content_path);
		secret_free(i->files[n].content);
	}
	mem_free(i->urls);
	mem_free(i->fields);
	mem_free(i->files);
	strv_release(&i->tags);
	mem_free(i->id);
	mem_free(i->vault_id);
	mem_free(i->title);
	mem_free(i->category);
	mem_free(i->state);
	mem_free(i);
}

void item_freep(struct item **i)
{
	item_free(*i);
	*i = NULL;
}

static NODISCARD err_t parse_urls(const struct jsonx *json, struct item *item)
{
	struct place at = {.what = "item"};
	const struct jsonx *list = NULL, *url = NULL;

	TRY_(member_list(json, &at, "urls", ITEM_FIELDS_MAX, &list));
	item->n_urls = jsonx_len(list);
	item->urls = mem_calloc(item->n_urls, sizeof(*item->urls));
	at.list = "urls";
	for (; at.index < item->n_urls; at.index++) {
		struct item_url *u = &item->urls[at.index];

		TRY_(member_element(list, &at, &url));
		TRY_(member_text(url, &at, "label", "", &u->label));
		TRY_(member_text(url, &at, "href", "", &u->href));
		TRY_(member_bool(url, &at, "primary", &u->primary));
	}
	return NULL;
}

/* The labels of the sections by their ids: a field often names its section by id alone. */
static NODISCARD err_t parse_sections(const struct jsonx *json, struct map *labels)
{
	struct place at = {.what = "item"};
	const struct jsonx *list = NULL, *section = NULL;

	TRY_(member_list(json, &at, "sections", ITEM_FIELDS_MAX, &list));
	at.list = "sections";
	for (; at.index < jsonx_len(list); at.index++) {
		CLEANUP(mem_freep) char *id = NULL;
		CLEANUP(mem_freep) char *label = NULL;

		TRY_(member_element(list, &at, &section));
		TRY_(member_text(section, &at, "id", "", &id));
		TRY_(member_text(section, &at, "label", NULL, &label));
		if (label)
			map_set(labels, id, TAKE(label));
	}
	return NULL;
}

static NODISCARD err_t parse_section(const struct jsonx *field, const struct place *at,
				     const struct map *labels, struct item_field *f)
{
	const struct place in_section = {at->what, "section of fields", at->index};
	const struct jsonx *section = NULL;

	TRY_(member_object(field, at, "section", &section));
	if (!section)
		return NULL;
	TRY_(member_text(section, &in_section, "id", "", &f->section_id));
	TRY_(member_text(section, &in_section, "label", NULL, &f->section_label));
	if (!f->section_label)
		f->section_label = mem_strdup(map_get(labels, f->section_id));
	return NULL;
}

/* A value may hold any byte, so it takes another way than names do. */
static NODISCARD err_t parse_value(const struct jsonx *field, const struct place *at, struct secret **out)
{
	const struct jsonx *v = jsonx_get(field, "value");
	const char *p = "";
	size_t len = 0;

	if (jsonx_type(v) != JSONX_NULL && !jsonx_strn(v, &p, &len))
		return member_wrong(at, "value", "a string");
	*out = secret_from(p, len);
	return NULL;
}

static NODISCARD err_t parse_type(const struct jsonx *field, const struct place *at, char **out)
{
	TRY_(member_text(field, at, "type", "", out));
	if (str_empty(*out)) {
		mem_free(*out);
		*out = mem_strdup("STRING");
	}
	for (char *c = *out; *c; c++) {
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	}
	return NULL;
}

static NODISCARD err_t parse_fields(const struct jsonx *json, struct item *item)
{
	CLEANUP(map_freep) struct map *labels = map_new(mem_free);
	struct place at = {.what = "item"};
	const struct jsonx *list = NULL, *field = NULL;

	TRY_(parse_sections(json, labels));
	TRY_(member_list(json, &at, "fields", ITEM_FIELDS_MAX, &list));
	item->n_fields = jsonx_len(list);
	item->fields = mem_calloc(item->n_fields, sizeof(*item->fields));
	at.list = "fields";
	for (; at.index < item->n_fields; at.index++) {
		struct item_field *f = &item->fields[at.index];

		TRY_(member_element(list, &at, &field));
		TRY_(member_text(field, &at, "id", "", &f->id));
		TRY_(member_text(field, &at, "label", "", &f->label));
		TRY_(parse_type(field, &at, &f->type));
		TRY_(member_text(field, &at, "purpose", "", &f->purpose));
		TRY_(parse_section(field, &at, labels, f));
		TRY_(parse_value(field, &at, &f->value));
	}
	return NULL;
}

static NODISCARD err_t parse_files(const struct jsonx *json, struct item *item)
{
	struct place at = {.what = "item"};
	const struct jsonx *list = NULL, *file = NULL;

	TRY_(member_list(json, &at, "files", ITEM_FILES_MAX, &list));
	item->n_files = jsonx_len(list);
	item->files = mem_calloc(item->n_files, sizeof(*item->files));
	at.list = "files";
	for (; at.index < item->n_files; at.index++) {
		struct item_file *f = &item->files[at.index];

		TRY_(member_element(list, &at, &file));
		TRY_(member_id(file, &at, "id", &f->id));
		TRY_(member_text(file, &at, "name", "", &f->name));
		TRY_(member_text(file, &at, "content_path", "", &f->content_path));
		TRY_(member_count(file, &at, "size", &f->size));
	}
	return NULL;
}

static NODISCARD err_t parse_head(const struct jsonx *json, struct item *item)
{
	const struct place top = {.what = "item"};
	const struct place in_vault = {.what = "item: vault"};
	const struct jsonx *vault = NULL;

	TRY_(member_id(json, &top, "id", &item->id));
	TRY_(member_object(json, &top, "vault", &vault));
	TRY_(member_id(vault, &in_vault, "id", &item->vault_id));
	TRY_(member_text(json, &top, "title", "", &item->title));
	TRY_(member_text(json, &top, "category", "", &item->category));
	TRY_(member_count(json, &top, "version", &item->version));
	TRY_(member_text(json, &top, "state", NULL, &item->state));
	TRY_(member_texts(json, &top, "tags", ITEM_FIELDS_MAX, &item->tags));
	return NULL;
}

err_t item_parse(const struct jsonx *json, struct item **out)
{
	CLEANUP(item_freep) struct item *item = MEM_NEW(struct item);

	if (jsonx_type(json) != JSONX_OBJECT)
		return err_new(ERR_PROTOCOL, "item: not an object");
	TRY_(parse_head(json, item));
	TRY_(parse_urls(json, item));
	TRY_(parse_fields(json, item));
	TRY_(parse_files(json, item));
	*out = TAKE(item);
	return NULL;
}
