#include "admin.h"

#include "base/mem.h"
#include "onepassword/fold.h"
#include "progress.h"
#include "session.h"
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY_MAX 4096
#define OTHERWISE_URL "http://127.0.0.1:8082"
#define BODY_MAX 65536
#define NAMES_MAX ((size_t)16 << 20)
#define SHOWN_MAX 100

static NODISCARD err_t read_key(const char *path, struct secret **out)
{
	CLEANUP(secret_freep) struct secret *text = NULL;
	CLEANUP(secret_freep) struct secret *bearer = secret_new(KEY_MAX);
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;
	const char *id, *secret;

	TRY_(settings_read_private("administrator key", path, KEY_MAX, &text));
	TRY(jsonx_parse(secret_bytes(text), secret_len(text), &doc), "administrator key %s", path);
	id = jsonx_get_str(doc, "id");
	secret = jsonx_get_str(doc, "secret");
	if (!id || !secret)
		return err_new(ERR_INVALID, "%s is not an administrator key", path);
	TRY_(secret_add(bearer, id, strlen(id)));
	TRY_(secret_add(bearer, ".", 1));
	TRY_(secret_add(bearer, secret, strlen(secret)));
	*out = TAKE(bearer);
	return NULL;
}

/* Which server is asked, and the key for it. */
struct target {
	char *url, *key_file; /* key_file NULL: there is none */
	char *context;        /* NULL: none is meant */
	bool key_is_named;    /* and wins over a session */
};

static void target_release(struct target *t)
{
	mem_free(t->url);
	mem_free(t->key_file);
	mem_free(t->context);
}

static void target_of_context(struct chosen *chosen, struct target *out)
{
	out->context = TAKE(chosen->name);
	out->url = TAKE(chosen->admin);
	out->key_file = TAKE(chosen->admin_key);
}

static void target_of_flags(const struct admin_settings *s, struct target *out)
{
	const char *home = getenv("HOME"); /* NOLINT(concurrency-mt-unsafe): one thread */

	out->url = mem_strdup(str_empty(s->url) ? OTHERWISE_URL : s->url);
	out->key_is_named = !str_empty(s->key_file);
	if (out->key_is_named)
		out->key_file = mem_strdup(s->key_file);
	else if (!str_empty(home))
		out->key_file = mem_printf("%s/.op/administrator-key.json", home);
}

/* URL and key come from one place: a key is shown to no other server than its own. */
static NODISCARD err_t find_target(const struct admin_settings *s, struct target *out)
{
	CLEANUP(chosen_release) struct chosen chosen = {0};
	const bool named = !str_empty(s->connection.context);

	if (named || (str_empty(s->url) && str_empty(s->key_file)))
		TRY_(settings_choose(&s->connection, &chosen));
	if (named && !chosen.admin)
		return err_new(ERR_INVALID,
			       "the context \"%s\" has no administration URL (opc config set-server --admin)",
			       chosen.name);
	if (chosen.admin)
		target_of_context(&chosen, out);
	else
		target_of_flags(s, out);
	return NULL;
}

/* *out stays NULL: nobody has signed in. */
static NODISCARD err_t find_session(const struct admin_settings *s, const char *url, struct secret **out)
{
	if (str_empty(s->connection.session))
		return session_find(&s->connection, url, out);
	*out = secret_from_str(s->connection.session);
	return NULL;
}

static NODISCARD err_t no_key(const struct target *t)
{
	if (t->context)
		return err_new(ERR_INVALID,
			       "the context \"%s\" has no administrator key (opc config set-context "
			       "--admin-key), and nobody has signed in (opc signin)",
			       t->context);
	return err_new(ERR_INVALID,
		       "--admin-key or OPC_ADMIN_KEY names the file of your key; or sign in (opc "
		       "signin)");
}

err_t admin_open(const struct admin_settings *s, struct lookup **out)
{
	CLEANUP(target_release) struct target target = {0};
	CLEANUP(secret_freep) struct secret *bearer = NULL;

	TRY_(find_target(s, &target));
	if (!target.key_is_named)
		TRY_(find_session(s, target.url, &bearer));
	if (!bearer && !target.key_file)
		return no_key(&target);
	if (!bearer)
		TRY_(read_key(target.key_file, &bearer));
	return connection_open_at(&s->connection, target.url, bearer, out);
}

err_t admin_open_session(const struct admin_settings *s, struct lookup **out)
{
	CLEANUP(target_release) struct target target = {0};
	CLEANUP(secret_freep) struct secret *bearer = NULL;

	TRY_(find_target(s, &target));
	TRY_(find_session(s, target.url, &bearer));
	if (!bearer)
		return err_new(ERR_INVALID, "you are not signed in to %s; opc signin does it", target.url);
	return connection_open_at(&s->connection, target.url, bearer, out);
}

err_t admin_open_unknown(const struct admin_settings *s, struct lookup **out)
{
	CLEANUP(target_release) struct target target = {0};
	CLEANUP(secret_freep) struct secret *nobody = secret_from_str("none");

	TRY_(find_target(s, &target));
	return connection_open_at(&s->connection, target.url, nobody, out);
}

err_t admin_url(const struct admin_settings *s, char **out)
{
	CLEANUP(target_release) struct target target = {0};

	TRY_(find_target(s, &target));
	*out = TAKE(target.url);
	return NULL;
}

err_t admin_send(struct lookup *l, const char *method, const char *path, const struct secret *body,
		 struct op_reply *out)
{
	CLEANUP(mem_freep) char *whole = mem_printf("/admin/v1%s", path);

	return lookup_send(l, &(struct op_call){.method = method, .path = whole, .body = body}, out);
}

static NODISCARD err_t none_of_that_name(const struct jsonx *list, const char *what, const char *name)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	strbuf_init(&text, 4096);
	strbuf_adds(&text, "\"");
	str_add_printable(&text, name, SHOWN_MAX);
	strbuf_addf(&text, "\" isn't a %s. Specify it with its ID or name.", what);
	lookup_add_names(&text, list, "name", name);
	return err_new(ERR_NOT_FOUND, "%s", text.p);
}

static bool is_called(const struct jsonx *e, const char *name)
{
	const char *email = jsonx_get_str(e, "email");

	return fold_equal(text_of(e, "name"), name) || (email && fold_equal(email, name));
}

err_t admin_pick(const struct jsonx *list, const char *what, const char *name, const char *server_id,
		 const struct jsonx **out)
{
	const struct jsonx *found = NULL;
	size_t n = 0;

	for (size_t i = 0; i < jsonx_len(list); i++) {
		const struct jsonx *e = jsonx_at(list, i);

		if (server_id && !streq(text_of(e, "serverId"), server_id))
			continue;
		if (fold_equal(text_of(e, "id"), name)) {
			*out = e;
			return NULL;
		}
		/* A revoked one no longer occupies its name. */
		if (!is_called(e, name) || streq(text_of(e, "state"), "REVOKED"))
			continue;
		found = e;
		n++;
	}
	if (n > 1)
		return err_new(ERR_INVALID,
			       "More than one %s matches \"%s\". Try again and specify it by its ID", what,
			       name);
	if (n == 0)
		return none_of_that_name(list, what, name);
	*out = found;
	return NULL;
}

err_t admin_find(struct lookup *l, const char *path, const char *what, const char *name,
		 struct op_reply *list, const struct jsonx **out)
{
	TRY_(admin_send(l, "GET", path, NULL, list));
	return admin_pick(list->json, what, name, NULL, out);
}

err_t admin_names(const char *name, struct item_names *out)
{
	CLEANUP(secret_freep) struct secret *text = secret_new(NAMES_MAX);

	if (!streq(name, "-")) {
		item_names_one(name, out);
		return NULL;
	}
	TRY_(input_read(NULL, text));
	return err_wrap(item_names_parse(secret_bytes(text), secret_len(text), out), "standard input");
}

err_t admin_path(struct lookup *l, const char *path, const char *what, const char *name, char **out)
{
	CLEANUP(op_reply_release) struct op_reply list = {0};
	CLEANUP(strbuf_release) struct strbuf whole = {0};
	const struct jsonx *found = NULL;

	TRY_(admin_find(l, path, what, name, &list, &found));
	strbuf_init(&whole, 1024);
	strbuf_addf(&whole, "%s/", path);
	http_add_encoded(&whole, text_of(found, "id"));
	*out = strbuf_take(&whole);
	return NULL;
}

err_t admin_body(const struct admin_member *members, size_t n, struct secret *out)
{
	struct jsonw w;

	jsonw_init_secret(&w, out);
	jsonw_object(&w);
	for (size_t i = 0; i < n; i++)
		if (!str_empty(members[i].value))
			jsonw_kstr(&w, members[i].key, members[i].value);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}

err_t confirm(bool force, const char *question)
{
	char answer[8] = "";

	if (force)
		return NULL;
	if (!isatty(STDIN_FILENO))
		return err_new(ERR_INVALID, "%s --force does it without asking", question);
	fprintf(stderr, "%s [y/N] ", question);
	if (!fgets(answer, sizeof(answer), stdin) || (answer[0] != 'y' && answer[0] != 'Y'))
		return err_new(ERR_CANCELED, "nothing was done");
	return NULL;
}

err_t admin_rename(const struct admin_settings *s, const char *path, const char *what, const char *name)
{
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(secret_freep) struct secret *body = secret_new(BODY_MAX);
	CLEANUP(op_reply_release) struct op_reply reply = {0};
	CLEANUP(mem_freep) char *element = NULL;

	TRY_(admin_open(s, &l));
	TRY_(admin_path(l, path, what, name, &element));
	TRY_(admin_body(&(struct admin_member){"name", s->name}, 1, body));
	return admin_send(l, "PATCH", element, body, &reply);
}

static NODISCARD err_t act_on(const struct admin_settings *s, struct lookup *l, const struct admin_action *a,
			      const char *name)
{
	CLEANUP(op_reply_release) struct op_reply reply = {0};
	CLEANUP(mem_freep) char *element = NULL;
	CLEANUP(mem_freep) char *path = NULL;
	CLEANUP(mem_freep)
	char *question = a->question ? mem_printf("%s%s%s", a->question, name, a->rest) : NULL;

	TRY_(admin_path(l, a->list, a->what, name, &element));
	if (question)
		TRY_(confirm(s->force, question));
	path = mem_printf("%s%s", element, a->suffix);
	TRY_(admin_send(l, a->method, path, NULL, &reply));
	return a->answered ? a->answered(s, reply.json) : NULL;
}

static NODISCARD err_t act_on_all(const struct admin_settings *s, struct lookup *l,
				  const struct admin_action *a, const struct item_names *names)
{
	for (size_t i = 0; i < names->n; i++) {
		if (names->n > 1)
			progress_show(i, a->plural, a->answered);
		TRY_(act_on(s, l, a, names->v[i].item));
	}
	return NULL;
}

err_t admin_act(const struct admin_settings *s, const struct admin_action *a, const char *names)
{
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(item_names_release) struct item_names parsed = {0};
	err_t e;

	TRY_(admin_names(names, &parsed));
	TRY_(admin_open(s, &l));
	e = act_on_all(s, l, a, &parsed);
	progress_clear();
	return e;
}
