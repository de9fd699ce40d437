#include "opc/contexts.h"

#include "base/mem.h"
#include "json/jsonw.h"

#include <ctype.h>
#include <string.h>

#define NAME_BYTES_MAX 100

static void server_release(struct opc_server *s)
{
	mem_free(s->name);
	mem_free(s->connect);
	mem_free(s->admin);
}

static void context_release(struct opc_context *c)
{
	mem_free(c->name);
	mem_free(c->server);
	mem_free(c->token_file);
	mem_free(c->admin_key);
}

void contexts_release(struct contexts *c)
{
	for (size_t i = 0; i < c->n_servers; i++)
		server_release(&c->servers[i]);
	for (size_t i = 0; i < c->n; i++)
		context_release(&c->v[i]);
	mem_free(c->servers);
	mem_free(c->v);
	mem_free(c->current);
	*c = (struct contexts){0};
}

struct opc_server *contexts_server(const struct contexts *c, const char *name)
{
	for (size_t i = 0; i < c->n_servers; i++)
		if (streq(c->servers[i].name, name))
			return &c->servers[i];
	return NULL;
}

struct opc_context *contexts_find(const struct contexts *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (streq(c->v[i].name, name))
			return &c->v[i];
	return NULL;
}

/* A name may become the name of a file. */
static NODISCARD err_t check_name(const char *name)
{
	const size_t len = strlen(name);

	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("-_.", *p))
			return err_new(ERR_INVALID,
				       "a name has letters, digits, '-', '_' and '.' only, other than \"%s\"",
				       name);
	if (len == 0 || len > NAME_BYTES_MAX || *name == '.' || *name == '-')
		return err_new(ERR_INVALID,
			       "a name has 1 to %d characters, and begins with a letter, a digit or '_'",
			       NAME_BYTES_MAX);
	return NULL;
}

err_t contexts_set_server(struct contexts *c, const char *name, struct opc_server **out)
{
	struct opc_server *s = contexts_server(c, name);

	TRY_(check_name(name));
	if (!s && c->n_servers == CONTEXTS_MAX)
		return err_new(ERR_TOO_LARGE, "at most %d servers", CONTEXTS_MAX);
	if (!s) {
		c->servers = mem_grow(c->servers, c->n_servers + 1, sizeof(*c->servers));
		s = &c->servers[c->n_servers++];
		*s = (struct opc_server){.name = mem_strdup(name)};
	}
	*out = s;
	return NULL;
}

err_t contexts_set_context(struct contexts *c, const char *name, struct opc_context **out)
{
	struct opc_context *x = contexts_find(c, name);

	TRY_(check_name(name));
	if (!x && c->n == CONTEXTS_MAX)
		return err_new(ERR_TOO_LARGE, "at most %d contexts", CONTEXTS_MAX);
	if (!x) {
		c->v = mem_grow(c->v, c->n + 1, sizeof(*c->v));
		x = &c->v[c->n++];
		*x = (struct opc_context){.name = mem_strdup(name)};
	}
	*out = x;
	return NULL;
}

bool contexts_delete(struct contexts *c, const char *name)
{
	struct opc_context *x = contexts_find(c, name);

	if (!x)
		return false;
	if (streq(c->current, name)) {
		mem_free(c->current);
		c->current = NULL;
	}
	context_release(x);
	for (struct opc_context *last = &c->v[--c->n]; x < last; x++)
		*x = x[1];
	return true;
}

/* --- the file --- */

static NODISCARD err_t read_text(const struct jsonx *object, const char *where, const char *member,
				 char **out)
{
	const struct jsonx *v = jsonx_get(object, member);
	const char *s = jsonx_str(v);

	if (jsonx_type(v) != JSONX_NULL && !s)
		return err_new(ERR_INVALID, "%s%s must be a text", where, member);
	*out = str_empty(s) ? NULL : mem_strdup(s);
	return NULL;
}

static NODISCARD err_t parse_server(struct contexts *c, const struct jsonx *object)
{
	struct opc_server *s = NULL;
	const char *name = jsonx_get_str(object, "name");

	TRY(contexts_set_server(c, name ? name : "", &s), "servers: name");
	if (s->connect || s->admin)
		return err_new(ERR_INVALID, "servers: \"%s\" is there twice", s->name);
	TRY_(read_text(object, "servers: ", "connect", &s->connect));
	return read_text(object, "servers: ", "admin", &s->admin);
}

static NODISCARD err_t parse_context(struct contexts *c, const struct jsonx *object)
{
	struct opc_context *x = NULL;
	const char *name = jsonx_get_str(object, "name");

	TRY(contexts_set_context(c, name ? name : "", &x), "contexts: name");
	if (x->server)
		return err_new(ERR_INVALID, "contexts: \"%s\" is there twice", x->name);
	TRY_(read_text(object, "contexts: ", "server", &x->server));
	TRY_(read_text(object, "contexts: ", "token-file", &x->token_file));
	TRY_(read_text(object, "contexts: ", "admin-key", &x->admin_key));
	if (!x->server || !contexts_server(c, x->server))
		return err_new(ERR_INVALID, "contexts: the server of \"%s\" is none of servers", x->name);
	return NULL;
}

static NODISCARD err_t parse(const struct jsonx *doc, struct contexts *c)
{
	const struct jsonx *servers = jsonx_get(doc, "servers"), *contexts = jsonx_get(doc, "contexts");

	for (size_t i = 0; i < jsonx_len(servers); i++)
		TRY_(parse_server(c, jsonx_at(servers, i)));
	for (size_t i = 0; i < jsonx_len(contexts); i++)
		TRY_(parse_context(c, jsonx_at(contexts, i)));
	TRY_(read_text(doc, "", "current-context", &c->current));
	if (c->current && !contexts_find(c, c->current))
		return err_new(ERR_INVALID, "current-context is none of contexts");
	return NULL;
}

err_t contexts_parse(const struct jsonx *doc, struct contexts *out)
{
	CLEANUP(contexts_release) struct contexts c = {0};

	if (doc && jsonx_type(doc) != JSONX_OBJECT)
		return err_new(ERR_INVALID, "must hold servers, contexts and current-context");
	TRY_(parse(doc, &c));
	*out = c;
	c = (struct contexts){0};
	return NULL;
}

/* JSON's strings are YAML's too. */
static void add_member(struct strbuf *out, const char *before, const char *name, const char *value)
{
	struct jsonw w;

	if (!value)
		return;
	strbuf_addf(out, "%s%s: ", before, name);
	jsonw_init_str(&w, out);
	jsonw_str(&w, value);
	strbuf_addc(out, '\n');
}

err_t contexts_write(const struct contexts *c, struct strbuf *out)
{
	add_member(out, "", "current-context", c->current);
	strbuf_adds(out, c->n_servers > 0 ? "servers:\n" : "");
	for (size_t i = 0; i < c->n_servers; i++) {
		add_member(out, "- ", "name", c->servers[i].name);
		add_member(out, "  ", "connect", c->servers[i].connect);
		add_member(out, "  ", "admin", c->servers[i].admin);
	}
	strbuf_adds(out, c->n > 0 ? "contexts:\n" : "");
	for (size_t i = 0; i < c->n; i++) {
		add_member(out, "- ", "name", c->v[i].name);
		add_member(out, "  ", "server", c->v[i].server);
		add_member(out, "  ", "token-file", c->v[i].token_file);
		add_member(out, "  ", "admin-key", c->v[i].admin_key);
	}
	return strbuf_check(out, "the configuration");
}
