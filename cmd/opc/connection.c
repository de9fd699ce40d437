#include "base/mem.h"
#include "settings.h"

#include <stdio.h>
#include <string.h>

#define TOKEN_MAX 16384

const char *const formats[] = {"human-readable", "json", NULL};
const char *const encodings[] = {"utf-8", NULL};

static void tell(void *arg, const char *route, int code, int64_t duration_ns)
{
	(void)arg;
	fprintf(stderr, "[DEBUG] %s: status %d in %lld ms\n", route, code,
		(long long)(duration_ns / NS_PER_MS));
}

err_t connection_open_at(const struct connection_settings *c, const char *host, const struct secret *token,
			 struct lookup **out)
{
	const struct op_observer observer = {.done = tell};

	return lookup_new(host, token, c->debug ? &observer : NULL, out);
}

static NODISCARD err_t read_token(const char *path, struct secret **out)
{
	CLEANUP(secret_freep) struct secret *text = NULL;

	TRY_(settings_read_private("token", path, TOKEN_MAX, &text));
	*out = secret_from(secret_bytes(text), strcspn(secret_bytes(text), " \t\r\n"));
	return NULL;
}

/* Host and token come from one place: a token is shown to no other server than its own. */
static NODISCARD err_t open_chosen(const struct connection_settings *c, const struct chosen *chosen,
				   struct lookup **out)
{
	CLEANUP(secret_freep) struct secret *token = NULL;

	if (!chosen->connect || !chosen->token_file)
		return err_new(ERR_INVALID,
			       "you are not signed in: the context \"%s\" has no %s (opc config %s)",
			       chosen->name, chosen->connect ? "token file" : "URL of a Connect server",
			       chosen->connect ? "set-context --token-file" : "set-server --connect");
	TRY_(read_token(chosen->token_file, &token));
	return err_wrap(connection_open_at(c, chosen->connect, token, out), "context \"%s\"", chosen->name);
}

err_t connection_open(const struct connection_settings *c, struct lookup **out)
{
	CLEANUP(chosen_release) struct chosen chosen = {0};
	const bool by_variables = str_empty(c->context) && (!str_empty(c->host) || c->token);

	if (!by_variables)
		TRY_(settings_choose(c, &chosen));
	return chosen.name ? open_chosen(c, &chosen, out) : connection_open_at(c, c->host, c->token, out);
}

bool connection_wants_json(const struct connection_settings *c)
{
	return streq(c->format, "json");
}
