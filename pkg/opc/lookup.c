#include "opc/lookup_state.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/near.h"
#include "onepassword/client.h"
#include "onepassword/fold.h"
#include "onepassword/referent.h"
#include "opc/itemnames.h"

#include <string.h>

#define SHOWN_MAX 100

static void answer_free(void *doc)
{
	jsonx_free(doc);
}

static void value_free(void *value)
{
	secret_free(value);
}

char *lookup_key(const char *vault_id, const char *item_id)
{
	return mem_printf("%s/%s", vault_id ? vault_id : "", item_id ? item_id : "");
}

err_t lookup_new(const char *host, const struct secret *token, const struct op_observer *observer,
		 struct lookup **out)
{
	CLEANUP(lookup_freep) struct lookup *l = NULL;

	if (str_empty(host) || !token)
		return err_new(
			ERR_INVALID,
			"you are not signed in: set OP_CONNECT_HOST to the URL of a Connect server and "
			"OP_CONNECT_TOKEN to a token of it, or name both in a context (opc config)");
	l = MEM_NEW(struct lookup);
	l->answers = map_new(answer_free);
	l->values = map_new(value_free);
	if (observer)
		l->observer = *observer;
	TRY(op_endpoint_new(host, token, &l->endpoint), "OP_CONNECT_HOST");
	op_endpoint_set_user_agent(l->endpoint, "opc/" VERSION);
	TRY_(op_client_new(l->endpoint, observer, &l->client));
	*out = TAKE(l);
	return NULL;
}

void lookup_free(struct lookup *l)
{
	if (!l)
		return;
	map_free(l->answers);
	map_free(l->values);
	op_client_free(l->client);
	op_endpoint_free(l->endpoint);
	mem_free(l);
}

void lookup_freep(struct lookup **l)
{
	lookup_free(*l);
}

/* A member that the server must have sent. */
static NODISCARD err_t id_of(const struct jsonx *object, const char **out)
{
	*out = jsonx_get_str(object, "id");
	if (!*out || !onepassword_is_id(*out))
		return err_new(ERR_PROTOCOL,
			       "the server's answer has an id that is not 26 characters a-z0-9");
	return NULL;
}

static NODISCARD err_t get(struct lookup *l, const char *vault_id, const char *item_id,
			   const struct jsonx **out)
{
	CLEANUP(mem_freep) char *key = lookup_key(vault_id, item_id);
	struct jsonx *doc = map_get(l->answers, key);

	if (!doc) {
		TRY_(op_get_document(l->client, vault_id, item_id, NULL, &doc));
		map_set(l->answers, key, doc);
	}
	*out = doc;
	return NULL;
}

err_t lookup_vaults(struct lookup *l, const struct jsonx **out)
{
	return get(l, NULL, NULL, out);
}

err_t lookup_items(struct lookup *l, const struct jsonx *vault, const struct jsonx **out)
{
	const char *id = NULL;

	TRY_(id_of(vault, &id));
	return get(l, id, NULL, out);
}

/* The elements that a name means: the one with that id, or else all that are called so. */
struct matches {
	const struct jsonx *first;
	size_t n;
};

static struct matches find(const struct jsonx *list, const char *name_member, const char *name)
{
	struct matches m = {0};

	for (size_t i = 0; i < jsonx_len(list); i++) {
		if (streq(jsonx_get_str(jsonx_at(list, i), "id"), name))
			return (struct matches){jsonx_at(list, i), 1};
	}
	for (size_t i = 0; i < jsonx_len(list); i++) {
		const char *called = jsonx_get_str(jsonx_at(list, i), name_member);

		if (!called || !fold_equal(called, name))
			continue;
		m.first = m.first ? m.first : jsonx_at(list, i);
		m.n++;
	}
	return m;
}

/* How many there are. */
static size_t add_near(struct near *near, const struct jsonx *list, const char *name_member)
{
	for (size_t i = 0; i < jsonx_len(list); i++) {
		const char *name = jsonx_get_str(jsonx_at(list, i), name_member);

		near_add(near, name ? name : "");
	}
	return jsonx_len(list);
}

static void add_nearest(struct strbuf *out, const struct near *near, size_t n)
{
	strbuf_adds(out, n == 0 ? " (there is none)" : " (there are: ");
	for (size_t i = 0; i < near->n; i++) {
		strbuf_adds(out, i > 0 ? ", " : "");
		str_add_printable(out, near->v[i].name, SHOWN_MAX);
	}
	strbuf_adds(out, n == 0 ? "" : n > NEAR_MAX ? ", …)" : ")");
}

void lookup_add_names(struct strbuf *out, const struct jsonx *list, const char *name_member, const char *like)
{
	struct near near = {.like = like, .max = NEAR_MAX, .limit = SIZE_MAX};
	const size_t n = add_near(&near, list, name_member);

	add_nearest(out, &near, n);
}

static NODISCARD err_t not_found(const char *what, const char *name, const char *where,
				 const struct jsonx *list, const char *name_member)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	strbuf_init(&text, 4096);
	strbuf_adds(&text, "\"");
	str_add_printable(&text, name, SHOWN_MAX);
	strbuf_addf(&text, "\" isn't %s in %s. Specify it with its ID or name.", what, where);
	lookup_add_names(&text, list, name_member, name);
	return err_new(ERR_NOT_FOUND, "%s", text.p);
}

static void add_id(struct strbuf *out, const struct jsonx *element)
{
	const char *id = jsonx_get_str(element, "id");

	strbuf_adds(out, "\n\t* ");
	str_add_printable(out, id ? id : "", SHOWN_MAX);
}

static NODISCARD err_t ambiguous(const char *what, const char *name, const struct jsonx *list,
				 const char *name_member)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	strbuf_init(&text, 4096);
	strbuf_addf(&text, "More than one %s matches \"", what);
	str_add_printable(&text, name, SHOWN_MAX);
	strbuf_addf(&text, "\". Try again and specify the %s by its ID:", what);
	for (size_t i = 0; i < jsonx_len(list); i++) {
		const char *called = jsonx_get_str(jsonx_at(list, i), name_member);

		if (called && fold_equal(called, name))
			add_id(&text, jsonx_at(list, i));
	}
	return err_new(ERR_INVALID, "%s", text.p);
}

err_t lookup_vault(struct lookup *l, const char *name, const struct jsonx **out)
{
	const struct jsonx *list = NULL;
	struct matches m;

	TRY_(lookup_vaults(l, &list));
	m = find(list, "name", name);
	if (m.n == 0)
		return not_found("a vault", name, "this account", list, "name");
	if (m.n > 1)
		return ambiguous("vault", name, list, "name");
	*out = m.first;
	return NULL;
}

const char *lookup_vault_name(struct lookup *l, const char *id)
{
	const struct jsonx *list = NULL;
	CLEANUP(err_freep) err_t e = lookup_vaults(l, &list);
	const char *name = e ? NULL : jsonx_get_str(find(list, "name", id).first, "name");

	return name ? name : "";
}

static NODISCARD err_t item_of_vault(struct lookup *l, const struct jsonx *vault, const char *name,
				     const struct jsonx **out)
{
	const struct jsonx *list = NULL;
	struct matches m;

	TRY_(lookup_items(l, vault, &list));
	m = find(list, "title", name);
	if (m.n > 1)
		return ambiguous("item", name, list, "title");
	if (m.n == 1) {
		*out = m.first;
		return NULL;
	}
	const char *vault_name = jsonx_get_str(vault, "name");
	CLEANUP(mem_freep) char *where = mem_printf("the \"%s\" vault", vault_name ? vault_name : "");
	return not_found("an item", name, where, list, "title");
}

/* The lists of all vaults are known by now. */
static NODISCARD err_t not_in_any(struct lookup *l, const struct jsonx *vaults, const char *name)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct near near = {.like = name, .max = NEAR_MAX, .limit = SIZE_MAX};
	size_t n = 0;

	for (size_t i = 0; i < jsonx_len(vaults); i++) {
		const struct jsonx *list = NULL;

		TRY_(lookup_items(l, jsonx_at(vaults, i), &list));
		n += add_near(&near, list, "title");
	}
	strbuf_init(&text, 4096);
	strbuf_adds(&text, "\"");
	str_add_printable(&text, name, SHOWN_MAX);
	strbuf_adds(&text, "\" isn't an item. Specify the item with its UUID, name, or domain.");
	add_nearest(&text, &near, n);
	return err_new(ERR_NOT_FOUND, "%s", text.p);
}

static NODISCARD err_t item_of_any(struct lookup *l, const char *name, const struct jsonx **out)
{
	const struct jsonx *vaults = NULL, *found = NULL;
	size_t n = 0;

	TRY_(lookup_vaults(l, &vaults));
	if (jsonx_len(vaults) == 1)
		return item_of_vault(l, jsonx_at(vaults, 0), name, out);
	for (size_t i = 0; i < jsonx_len(vaults); i++) {
		const struct jsonx *list = NULL;
		struct matches m;

		TRY_(lookup_items(l, jsonx_at(vaults, i), &list));
		m = find(list, "title", name);
		n += m.n;
		found = found ? found : m.first;
	}
	if (n == 0)
		return not_in_any(l, vaults, name);
	if (n > 1)
		return err_new(
			ERR_INVALID,
			"More than one item matches \"%s\". Try again and specify the item by its ID, or the "
			"vault with --vault.",
			name);
	*out = found;
	return NULL;
}

err_t lookup_item_ids(struct lookup *l, const struct jsonx *vault, const char *name, struct item_ids *out)
{
	CLEANUP(item_name_release) struct item_name link = {0};
	const struct jsonx *summary = NULL;
	struct item_ids ids = {0};

	if (item_name_of_link(name, &link)) {
		TRY_(lookup_vault(l, link.vault, &vault));
		name = link.item;
	}
	TRY_(vault ? item_of_vault(l, vault, name, &summary) : item_of_any(l, name, &summary));
	TRY_(id_of(jsonx_get(summary, "vault"), &ids.vault));
	TRY_(id_of(summary, &ids.item));
	*out = ids;
	return NULL;
}

err_t lookup_item(struct lookup *l, const struct jsonx *vault, const char *name, const struct jsonx **out)
{
	struct item_ids ids = {0};

	TRY_(lookup_item_ids(l, vault, name, &ids));
	return get(l, ids.vault, ids.item, out);
}

struct op_client *lookup_client(struct lookup *l)
{
	return l->client;
}

struct op_endpoint *lookup_endpoint(struct lookup *l)
{
	return l->endpoint;
}

err_t lookup_send(struct lookup *l, const struct op_call *call, struct op_reply *out)
{
	return op_send(l->client, call, NULL, out);
}

/* --- what a reference leads to --- */

err_t lookup_file(struct lookup *l, const struct jsonx *item, const struct jsonx *file, struct secret *out)
{
	const char *vault_id = NULL, *item_id = NULL, *file_id = NULL;

	TRY_(id_of(jsonx_get(item, "vault"), &vault_id));
	TRY_(id_of(item, &item_id));
	TRY_(id_of(file, &file_id));
	return op_get_file(l->client, vault_id, item_id, file_id, NULL, out);
}

static NODISCARD err_t no_such_field(const struct jsonx *item, const struct op_reference *r)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	strbuf_init(&text, 4096);
	strbuf_addf(&text, "item '%s/%s' does not have a field '%s%s%s'", r->vault, r->item,
		    r->section ? r->section : "", r->section ? "." : "", r->field);
	lookup_add_names(&text, jsonx_get(item, "fields"), "label", r->field);
	return err_new(ERR_NOT_FOUND, "%s", text.p);
}

/* Two ids lead there at once; but a name may look like one. */
static const struct jsonx *item_by_ids(struct lookup *l, const struct op_reference *r)
{
	const struct jsonx *item = NULL;
	CLEANUP(err_freep) err_t e = NULL;

	if (onepassword_is_id(r->vault) && onepassword_is_id(r->item))
		e = get(l, r->vault, r->item, &item);
	return e ? NULL : item;
}

err_t lookup_secret(struct lookup *l, const struct op_reference *r, struct secret *out, bool *out_is_file)
{
	const struct jsonx *vault = NULL, *item = item_by_ids(l, r);
	struct referent to;

	if (!item) {
		TRY_(lookup_vault(l, r->vault, &vault));
		TRY_(lookup_item(l, vault, r->item, &item));
	}
	to = referent_find(item, r);
	*out_is_file = to.file && r->attribute == OP_ATTRIBUTE_VALUE;
	if (*out_is_file)
		return lookup_file(l, item, to.file, out);
	return to.field || to.file ? referent_add(&to, r->attribute, out) : no_such_field(item, r);
}

const struct secret *lookup_known(const struct lookup *l, const char *reference)
{
	return map_get(l->values, reference);
}
