#include "vault/admin_private.h"

#include "base/mem.h"
#include "vault/store_private.h"

#include <string.h>

#define DESCRIPTION_MAX_BYTES 4096

err_t admin_check_description(const char *text)
{
	const size_t len = strlen(text);

	if (len > DESCRIPTION_MAX_BYTES || !str_is_utf8(text, len))
		return err_new(ERR_INVALID, "a description has at most %d bytes of UTF-8",
			       DESCRIPTION_MAX_BYTES);
	return NULL;
}

void admin_set_text(char **text, const char *with)
{
	if (!with)
		return;
	mem_free(*text);
	*text = mem_strdup(with);
}

static NODISCARD err_t check_no_auditor(const struct vault_admin *a)
{
	if (a->role == ADMIN_AUDITOR)
		return err_new(ERR_DENIED, "an auditor may look at tokens, servers, keys, groups, people and "
					   "usage, and change nothing");
	return NULL;
}

err_t admin_check_looks(const struct vault_admin *a, const char *what)
{
	if (a->role == ADMIN_MANAGER || a->role == ADMIN_AUDITOR)
		return NULL;
	return err_new(ERR_DENIED, "%s are for the group Managers and for auditors", what);
}

err_t admin_begin_write(const struct vault_admin *a, struct tx *out)
{
	TRY_(check_no_auditor(a));
	if (a->role != ADMIN_MANAGER)
		return err_new(ERR_DENIED, "that is for the group Managers");
	return tx_begin(a->store, true, out);
}

err_t admin_begin_global_write(const struct vault_admin *a, struct tx *out)
{
	bool global = false;

	TRY_(check_no_auditor(a));
	for (size_t i = 0; i < a->n_groups; i++)
		global = global || a->groups[i].global;
	if (!global)
		return err_new(ERR_DENIED, "that is for groups with permission for all servers");
	return tx_begin(a->store, true, out);
}

bool admin_manages_server(const struct vault_admin *a, const struct vault_server *s)
{
	for (size_t i = 0; i < a->n_groups; i++) {
		if (server_is_managed_by(s, a->groups[i].id, a->groups[i].global))
			return true;
	}
	return false;
}

bool admin_sees_server(const struct vault_admin *a, const struct vault_server *s)
{
	return a->role == ADMIN_MANAGER || a->role == ADMIN_AUDITOR || admin_manages_server(a, s);
}

static NODISCARD err_t check_manages(const struct vault_admin *a, const struct vault_server *s)
{
	if (admin_manages_server(a, s))
		return NULL;
	return err_new(ERR_DENIED, "server %s has a list of groups of its own, and you are in none of them",
		       s->id);
}

err_t admin_look_at_server(const struct vault_admin *a, struct tx *t, const char *server_id,
			   struct vault_server *out)
{
	TRY_(server_read(t, server_id, out));
	if (!admin_sees_server(a, out))
		return err_new(ERR_NOT_FOUND, "server %s not found", server_id);
	return NULL;
}

err_t admin_begin_server_write(const struct vault_admin *a, const char *server_id, struct tx *out,
			       struct vault_server *out_server)
{
	TRY_(check_no_auditor(a));
	TRY_(tx_begin(a->store, true, out));
	TRY_(admin_look_at_server(a, out, server_id ? server_id : a->store->server_id, out_server));
	return check_manages(a, out_server);
}

/* A token with its server; one of a server that was deleted, which is still listed, with an empty one. */
static NODISCARD err_t read_token(const struct vault_admin *a, struct tx *t, const char *token_id,
				  struct token_record *out, struct vault_server *out_server)
{
	TRY_(token_read(t, token_id, out));
	CLEANUP(err_freep) err_t e = server_read(t, out->info.server_id, out_server);
	if (e && !err_is(e, ERR_NOT_FOUND))
		return TAKE(e);
	if (!admin_sees_server(a, out_server))
		return err_new(ERR_NOT_FOUND, "token %s not found", token_id);
	return NULL;
}

err_t admin_look_at_token(const struct vault_admin *a, struct tx *t, const char *token_id,
			  struct token_record *out)
{
	CLEANUP(vault_server_release) struct vault_server s = {0};

	return read_token(a, t, token_id, out, &s);
}

err_t admin_begin_token_write(const struct vault_admin *a, const char *token_id, struct tx *out,
			      struct token_record *out_token)
{
	CLEANUP(vault_server_release) struct vault_server s = {0};

	TRY_(check_no_auditor(a));
	TRY_(tx_begin(a->store, true, out));
	TRY_(read_token(a, out, token_id, out_token, &s));
	return check_manages(a, &s);
}
