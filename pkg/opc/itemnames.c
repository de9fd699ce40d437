#include "opc/itemnames.h"

#include "base/mem.h"
#include "base/str.h"
#include "onepassword/item.h"
#include "json/json.h"

#include <ctype.h>
#include <string.h>

void item_name_release(struct item_name *name)
{
	mem_free(name->vault);
	mem_free(name->item);
	*name = (struct item_name){0};
}

void item_names_release(struct item_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		item_name_release(&names->v[i]);
	mem_free(names->v);
	*names = (struct item_names){0};
}

/* --- links --- */

static char *parameter(const struct strv *parameters, const char *prefix)
{
	for (size_t i = 0; i < parameters->n; i++)
		if (str_has_prefix(parameters->v[i], prefix))
			return mem_strdup(parameters->v[i] + strlen(prefix));
	return NULL;
}

bool item_name_of_link(const char *text, struct item_name *out)
{
	CLEANUP(strv_release) struct strv parameters = {0};
	const char *open = strstr(text, "/open/i?");
	struct item_name name = {0};

	if (!open || !(str_has_prefix(text, "https://") || str_has_prefix(text, "onepassword://")))
		return false;
	strv_split(&parameters, open + strlen("/open/i?"), '&');
	name.vault = parameter(&parameters, "v=");
	name.item = parameter(&parameters, "i=");
	if (!name.vault || !name.item || !onepassword_is_id(name.vault) || !onepassword_is_id(name.item)) {
		item_name_release(&name);
		return false;
	}
	*out = name;
	return true;
}

/* --- standard input --- */

static NODISCARD err_t add(struct item_names *names, struct item_name *name)
{
	if (names->n == ITEM_NAMES_MAX)
		return err_new(ERR_TOO_LARGE, "at most %d items", ITEM_NAMES_MAX);
	names->v = mem_grow(names->v, names->n + 1, sizeof(*names->v));
	names->v[names->n++] = *name;
	*name = (struct item_name){0};
	return NULL;
}

static NODISCARD err_t add_object(struct item_names *names, const struct jsonx *item)
{
	CLEANUP(item_name_release) struct item_name name = {0};
	const char *id = jsonx_get_str(item, "id");

	if (str_empty(id))
		return err_new(ERR_INVALID, "an item in JSON needs an \"id\"");
	name.item = mem_strdup(id);
	name.vault = mem_strdup(jsonx_get_str(jsonx_get(item, "vault"), "id"));
	return add(names, &name);
}

static NODISCARD err_t add_document(struct item_names *names, const char *text, size_t len)
{
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;

	TRY_(jsonx_parse(text, len, &doc));
	if (jsonx_type(doc) != JSONX_ARRAY)
		return add_object(names, doc);
	for (size_t i = 0; i < jsonx_len(doc); i++)
		TRY_(add_object(names, jsonx_at(doc, i)));
	return NULL;
}

/* How long the object or array is that begins there: up to where as many are closed as were opened. */
static size_t document_length(const char *text, size_t len)
{
	size_t depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		const char c = text[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '['))
			depth++;
		else if (!quoted && (c == '}' || c == ']') && --depth == 0)
			return i + 1;
	}
	return len;
}

static NODISCARD err_t parse_json(struct item_names *names, const char *text, size_t len)
{
	while (len > 0) {
		size_t n = 1;

		if (!isspace((unsigned char)*text)) {
			if (*text != '{' && *text != '[')
				return err_new(ERR_INVALID, "something else than items stands between them");
			n = document_length(text, len);
			TRY_(add_document(names, text, n));
		}
		text += n;
		len -= n;
	}
	return NULL;
}

static NODISCARD err_t parse_lines(struct item_names *names, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end, *next = newline ? newline + 1 : end;
		CLEANUP(item_name_release) struct item_name name = {0};

		while (text < stop && isspace((unsigned char)*text))
			text++;
		while (stop > text && isspace((unsigned char)stop[-1]))
			stop--;
		CLEANUP(mem_freep) char *line = mem_strndup(text, (size_t)(stop - text));
		text = next;
		if (str_empty(line))
			continue;
		if (!item_name_of_link(line, &name))
			name.item = TAKE(line);
		TRY_(add(names, &name));
	}
	return NULL;
}

void item_names_one(const char *name, struct item_names *out)
{
	*out = (struct item_names){.v = mem_calloc(1, sizeof(*out->v)), .n = 1};
	out->v[0] = (struct item_name){.item = mem_strdup(name)};
}

err_t item_names_parse(const char *text, size_t len, struct item_names *out)
{
	CLEANUP(item_names_release) struct item_names names = {0};

	while (len > 0 && isspace((unsigned char)*text)) {
		text++;
		len--;
	}
	if (len > 0 && (*text == '{' || *text == '['))
		TRY_(parse_json(&names, text, len));
	else
		TRY_(parse_lines(&names, text, len));
	if (names.n == 0)
		return err_new(ERR_INVALID, "no item is named");
	*out = names;
	names = (struct item_names){0};
	return NULL;
}
