#include "base/mem.h"
#include "onepassword/item.h"
#include "onepassword/member.h"

void item_summary_release(struct item_summary *s)
{
	mem_free(s->id);
	mem_free(s->title);
	mem_free(s->state);
	*s = (struct item_summary){0};
}

err_t item_summary_parse(const struct jsonx *json, struct item_summary *out)
{
	const struct place top = {.what = "item of a list"};
	CLEANUP(item_summary_release) struct item_summary s = {0};
	CLEANUP(strv_release) struct strv tags = {0};

	if (jsonx_type(json) != JSONX_OBJECT)
		return err_new(ERR_PROTOCOL, "item of a list: not an object");
	TRY_(member_id(json, &top, "id", &s.id));
	TRY_(member_text(json, &top, "title", "", &s.title));
	TRY_(member_count(json, &top, "version", &s.version));
	TRY_(member_date(json, &top, "createdAt", &s.created_ms));
	TRY_(member_text(json, &top, "state", NULL, &s.state));
	TRY_(member_texts(json, &top, "tags", ITEM_FIELDS_MAX, &tags));
	s.ignored = strv_has(&tags, ITEM_IGNORE_TAG);
	*out = s;
	s = (struct item_summary){0};
	return NULL;
}

void opvault_release(struct opvault *v)
{
	mem_free(v->id);
	mem_free(v->name);
	*v = (struct opvault){0};
}

err_t opvault_parse(const struct jsonx *json, struct opvault *out)
{
	const struct place top = {.what = "vault"};
	CLEANUP(opvault_release) struct opvault v = {0};

	if (jsonx_type(json) != JSONX_OBJECT)
		return err_new(ERR_PROTOCOL, "vault: not an object");
	TRY_(member_id(json, &top, "id", &v.id));
	TRY_(member_text(json, &top, "name", "", &v.name));
	TRY_(member_date(json, &top, "createdAt", &v.created_ms));
	TRY_(member_count(json, &top, "attributeVersion", &v.attribute_version));
	TRY_(member_count(json, &top, "contentVersion", &v.content_version));
	*out = v;
	v = (struct opvault){0};
	return NULL;
}
