#include "connect/item_body.h"

#include "base/mem.h"
#include "base/rand.h"
#include "connect/category.h"
#include "connect/field_body.h"

#include "json/jsonw.h"

#include <stdio.h>

#define DOCUMENT_TEXT_MAX ((size_t)256 << 10)

static NODISCARD err_t parse_category(const struct jsonx *doc, char **out)
{
	const char *text = NULL;

	TRY_(body_text(doc, "category", "", &text));
	if (str_empty(text))
		return err_new(ERR_INVALID,
			       "Required field \"item.templateUuid\" not found: give the item a category");
	const struct category *category = category_find(text);
	if (!category)
		return err_new(ERR_INVALID, "Invalid item category");
	*out = mem_strdup(category->name);
	return NULL;
}

/* A member that is a list of at most max elements; NULL when it is absent or null. */
static NODISCARD err_t get_list(const struct jsonx *doc, const char *member, size_t max,
				const struct jsonx **out)
{
	const struct jsonx *v = jsonx_get(doc, member);

	*out = NULL;
	if (jsonx_type(v) == JSONX_NULL)
		return NULL;
	if (jsonx_type(v) != JSONX_ARRAY)
		return err_new(ERR_INVALID, "%s is not a list", member);
	if (jsonx_len(v) > max)
		return err_new(ERR_INVALID, "an item has at most %zu %s", max, member);
	*out = v;
	return NULL;
}

static NODISCARD err_t parse_tags(const struct jsonx *doc, struct vault_item *item)
{
	const struct jsonx *list = NULL;

	TRY_(get_list(doc, "tags", VAULT_ITEM_TAGS_MAX, &list));
	for (size_t i = 0; i < jsonx_len(list); i++) {
		const char *tag = jsonx_str(jsonx_at(list, i));

		if (!tag)
			return err_new(ERR_INVALID, "tags[%zu] is not a text", i);
		strv_add(&item->tags, tag);
	}
	return NULL;
}

static NODISCARD err_t parse_urls(const struct jsonx *doc, struct vault_item *item)
{
	const struct jsonx *list = NULL;

	TRY_(get_list(doc, "urls", VAULT_ITEM_URLS_MAX, &list));
	item->urls = mem_calloc(jsonx_len(list) + 1, sizeof(*item->urls));
	for (size_t i = 0; i < jsonx_len(list); i++) {
		const struct jsonx *url = jsonx_at(list, i);
		const char *label = NULL, *href = NULL;
		char where[32];

		(void)snprintf(where, sizeof(where), "urls[%zu].", i);
		if (jsonx_type(url) != JSONX_OBJECT)
			return err_new(ERR_INVALID, "urls[%zu] is not an object", i);
		TRY_(body_text(url, "label", where, &label));
		TRY_(body_text(url, "href", where, &href));
		item->urls[item->n_urls++] =
			(struct vault_item_url){.label = mem_strdup(label),
						.href = mem_strdup(href),
						.primary = jsonx_true(jsonx_get(url, "primary"))};
	}
	return NULL;
}

static bool has_section(const struct vault_item *item, const char *id)
{
	for (size_t i = 0; i < item->n_sections; i++) {
		if (streq(item->sections[i].id, id))
			return true;
	}
	return false;
}

static NODISCARD err_t parse_sections(const struct jsonx *doc, struct vault_item *item)
{
	const struct jsonx *list = NULL;

	TRY_(get_list(doc, "sections", VAULT_ITEM_SECTIONS_MAX, &list));
	item->sections = mem_calloc(jsonx_len(list) + 1, sizeof(*item->sections));
	for (size_t i = 0; i < jsonx_len(list); i++) {
		const struct jsonx *section = jsonx_at(list, i);
		const char *id = NULL, *label = NULL;
		char where[32], made[RAND_ID_SIZE];

		(void)snprintf(where, sizeof(where), "sections[%zu].", i);
		if (jsonx_type(section) != JSONX_OBJECT)
			return err_new(ERR_INVALID, "sections[%zu] is not an object", i);
		TRY_(body_text(section, "id", where, &id));
		TRY_(body_text(section, "label", where, &label));
		/* Some clients send one section without anything for "none". */
		if ((str_empty(id) && str_empty(label)) || (!str_empty(id) && has_section(item, id)))
			continue;
		rand_id(made);
		item->sections[item->n_sections++] = (struct vault_item_section){
			.id = mem_strdup(str_empty(id) ? made : id), .label = mem_strdup(label)};
	}
	return NULL;
}

static NODISCARD err_t parse_fields(const struct jsonx *doc, struct vault_item *item)
{
	const struct jsonx *list = NULL;

	TRY_(get_list(doc, "fields", VAULT_ITEM_FIELDS_MAX, &list));
	item->fields = mem_calloc(jsonx_len(list) + 1, sizeof(*item->fields));
	for (size_t i = 0; i < jsonx_len(list); i++) {
		item->n_fields = i + 1;
		TRY_(field_body_parse(jsonx_at(list, i), i, item, &item->fields[i]));
	}
	return field_body_check_purposes(item);
}

static NODISCARD err_t parse_item(const struct jsonx *doc, struct vault_item *item)
{
	const char *title = NULL;

	TRY_(body_text(doc, "title", "", &title));
	item->title = mem_strdup(title);
	TRY_(parse_category(doc, &item->category));
	item->favorite = jsonx_true(jsonx_get(doc, "favorite"));
	TRY_(parse_tags(doc, item));
	TRY_(parse_urls(doc, item));
	TRY_(parse_sections(doc, item));
	return parse_fields(doc, item);
}

static NODISCARD err_t parse_document(const char *p, size_t len, struct jsonx **out)
{
	TRY(jsonx_parse(p, len, out), "Logic: (Unable to parse Item)");
	return NULL;
}

err_t item_body_read(const struct jsonx *doc, struct vault_item *out)
{
	CLEANUP(vault_item_release) struct vault_item item = {0};

	if (jsonx_type(doc) != JSONX_OBJECT)
		return err_new(ERR_INVALID, "Logic: (Unable to parse Item): the body is not a JSON object");
	TRY_(parse_item(doc, &item));
	*out = item;
	item = (struct vault_item){0};
	return NULL;
}

err_t item_body_parse(const char *p, size_t len, struct vault_item *out)
{
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;

	TRY_(parse_document(p, len, &doc));
	TRY_(item_body_read(doc, out));
	return streq(out->category, "DOCUMENT") ? err_new(ERR_INVALID, "Invalid item category") : NULL;
}

err_t item_body_document(const char *title, const char *tags, struct vault_item *out)
{
	CLEANUP(strv_release) struct strv list = {0};
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct jsonw w;

	strv_split(&list, tags, ',');
	strbuf_init(&text, DOCUMENT_TEXT_MAX);
	jsonw_init_str(&w, &text);
	jsonw_object(&w);
	jsonw_kstr(&w, "title", title);
	jsonw_kstr(&w, "category", "DOCUMENT");
	jsonw_karray(&w, "tags");
	for (size_t i = 0; i < list.n; i++)
		if (!str_empty(list.v[i]))
			jsonw_str(&w, list.v[i]);
	jsonw_end_array(&w);
	jsonw_end_object(&w);
	TRY_(jsonw_done(&w));
	TRY_(parse_document(text.p, text.len, &doc));
	return item_body_read(doc, out);
}

err_t item_body_parse_replacement(const char *p, size_t len, const char *vault_id, const char *item_id,
				  struct vault_item *out)
{
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;

	TRY_(parse_document(p, len, &doc));
	if (!streq(jsonx_get_str(doc, "id"), item_id))
		return err_new(ERR_INVALID, "id in the body is not the item's id in the path");
	if (!streq(jsonx_get_str(jsonx_get(doc, "vault"), "id"), vault_id))
		return err_new(ERR_INVALID, "vault.id in the body is not the vault's id in the path");
	return item_body_read(doc, out);
}
