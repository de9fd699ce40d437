#include "onepassword/member.h"

#include "base/clock.h"
#include "base/mem.h"
#include "onepassword/item.h"

#include <string.h>

err_t member_wrong(const struct place *at, const char *key, const char *right)
{
	if (at->list)
		return err_new(ERR_PROTOCOL, "%s: %s[%zu].%s is not %s", at->what, at->list, at->index, key,
			       right);
	return err_new(ERR_PROTOCOL, "%s: %s is not %s", at->what, key, right);
}

static bool is_absent(const struct jsonx *v)
{
	return jsonx_type(v) == JSONX_NULL;
}

static char *dup_without_nul(const char *p, size_t len)
{
	static const char replacement[] = "\xEF\xBF\xBD";
	CLEANUP(strbuf_release) struct strbuf b = {0};

	if (len == 0 || !memchr(p, '\0', len))
		return mem_strndup(p, len);
	strbuf_init(&b, len * strlen(replacement));
	for (const char *nul = memchr(p, '\0', len); nul; nul = memchr(p, '\0', len)) {
		strbuf_add(&b, p, (size_t)(nul - p));
		strbuf_adds(&b, replacement);
		len -= (size_t)(nul - p) + 1;
		p = nul + 1;
	}
	strbuf_add(&b, p, len);
	return strbuf_take(&b);
}

err_t member_text(const struct jsonx *object, const struct place *at, const char *key, const char *otherwise,
		  char **out)
{
	const struct jsonx *v = jsonx_get(object, key);
	const char *p = NULL;
	size_t len = 0;

	if (is_absent(v)) {
		*out = mem_strdup(otherwise);
		return NULL;
	}
	if (!jsonx_strn(v, &p, &len))
		return member_wrong(at, key, "a string");
	*out = dup_without_nul(p, len);
	return NULL;
}

err_t member_id(const struct jsonx *object, const struct place *at, const char *key, char **out)
{
	const char *id = jsonx_get_str(object, key);

	if (!id || !onepassword_is_id(id))
		return member_wrong(at, key, "an id of 26 characters a-z0-9");
	*out = mem_strdup(id);
	return NULL;
}

err_t member_count(const struct jsonx *object, const struct place *at, const char *key, int64_t *out)
{
	const struct jsonx *v = jsonx_get(object, key);
	int64_t n = 0;

	if (!is_absent(v) && (!jsonx_int(v, &n) || n < 0))
		return member_wrong(at, key, "a whole number from 0 on");
	*out = n;
	return NULL;
}

err_t member_bool(const struct jsonx *object, const struct place *at, const char *key, bool *out)
{
	const struct jsonx *v = jsonx_get(object, key);
	bool b = false;

	if (!is_absent(v) && !jsonx_bool(v, &b))
		return member_wrong(at, key, "true or false");
	*out = b;
	return NULL;
}

err_t member_date(const struct jsonx *object, const struct place *at, const char *key, int64_t *out_ms)
{
	const struct jsonx *v = jsonx_get(object, key);
	int64_t ms = MEMBER_NO_DATE_MS;

	if (!is_absent(v) && (!jsonx_str(v) || !clock_parse_rfc3339(jsonx_str(v), &ms)))
		return member_wrong(at, key, "a date as RFC 3339 writes it");
	*out_ms = ms;
	return NULL;
}

err_t member_list(const struct jsonx *object, const struct place *at, const char *key, size_t max,
		  const struct jsonx **out)
{
	const struct jsonx *v = jsonx_get(object, key);

	if (!is_absent(v) && jsonx_type(v) != JSONX_ARRAY)
		return member_wrong(at, key, "a list");
	if (jsonx_len(v) > max)
		return err_new(ERR_TOO_LARGE, "%s: %s has more than %zu elements", at->what, key, max);
	*out = v;
	return NULL;
}

err_t member_object(const struct jsonx *object, const struct place *at, const char *key,
		    const struct jsonx **out)
{
	const struct jsonx *v = jsonx_get(object, key);

	if (!is_absent(v) && jsonx_type(v) != JSONX_OBJECT)
		return member_wrong(at, key, "an object");
	*out = v;
	return NULL;
}

err_t member_element(const struct jsonx *list, const struct place *at, const struct jsonx **out)
{
	const struct jsonx *v = jsonx_at(list, at->index);

	if (jsonx_type(v) != JSONX_OBJECT)
		return err_new(ERR_PROTOCOL, "%s: %s[%zu] is not an object", at->what, at->list, at->index);
	*out = v;
	return NULL;
}

err_t member_texts(const struct jsonx *object, const struct place *at, const char *key, size_t max,
		   struct strv *out)
{
	CLEANUP(strv_release) struct strv texts = {0};
	const struct jsonx *list = NULL;

	TRY_(member_list(object, at, key, max, &list));
	for (size_t i = 0; i < jsonx_len(list); i++) {
		CLEANUP(mem_freep) char *text = NULL;
		const char *p = NULL;
		size_t len = 0;

		if (!jsonx_strn(jsonx_at(list, i), &p, &len))
			return err_new(ERR_PROTOCOL, "%s: %s[%zu] is not a string", at->what, key, i);
		text = dup_without_nul(p, len);
		strv_add_take(&texts, &text);
	}
	*out = texts;
	texts = (struct strv){0};
	return NULL;
}
