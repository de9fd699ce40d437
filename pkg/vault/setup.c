#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/rand.h"
#include "vault/keytext.h"
#include "vault/principal.h"
#include "vault/schema.h"
#include "vault/server.h"
#include "vault/wrap.h"

void vault_setup_release(struct vault_setup *s)
{
	credentials_release(&s->credentials);
	admin_key_release(&s->admin_key);
	secret_freep(&s->recovery_key);
}

/* The group that every vault is sealed to, with its two first members. */
static NODISCARD err_t make_managers(struct tx *t, struct vault_setup *setup, const struct secret *recovery)
{
	CLEANUP(principal_release) struct principal managers = {0}, admin = {0}, paper = {0};
	CLEANUP(secret_freep) struct secret *group_key = NULL;

	TRY_(principal_make_group("Managers", &managers, &group_key));
	TRY_(principal_make_admin(setup->admin_key.id, "First administrator key", setup->admin_key.secret,
				  &admin));
	TRY_(principal_make_recovery(recovery, &paper));
	TRY_(principal_write(t, &managers));
	TRY_(principal_write(t, &admin));
	TRY_(principal_write(t, &paper));
	TRY_(wrap_put(t, managers.id, 1, admin.id, admin.public_key, group_key));
	TRY_(wrap_put(t, managers.id, 1, paper.id, paper.public_key, group_key));
	object_id_set(t->head.managers_id, managers.id);
	return NULL;
}

static NODISCARD err_t write_server(struct tx *t, const struct vault_setup *setup, const char *name)
{
	CLEANUP(vault_server_release)
	struct vault_server s = {.name = mem_strdup(name), .created_ms = clock_wall_ms(), .all_vaults = true};

	object_id_set(s.id, setup->credentials.server_id);
	object_id_set(s.creator_id, setup->admin_key.id);
	strv_add(&s.key_ids, setup->credentials.key_id);
	return server_write(t, &s);
}

static NODISCARD err_t fill(struct vault_store *s, const char *server_name, struct vault_setup *setup)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(secret_freep) struct secret *recovery = crypto_key_new();
	struct store_head head = {0};

	rand_id(head.store_id);
	rand_id(head.signer_id);
	usage_chain_init(&head.usage);
	TRY_(tx_begin_empty(s, &head, &t));
	TRY_(schema_create(t.db));
	TRY_(unlock_write(t.db, &setup->credentials, s->key));
	TRY_(write_server(&t, setup, server_name));
	TRY_(signer_make(head.signer_id, &s->signer));
	TRY_(signer_write(&t, &s->signer));
	TRY_(make_managers(&t, setup, recovery));
	TRY_(keytext_format_paper(recovery, &setup->recovery_key));
	return tx_commit(&t);
}

static NODISCARD err_t check_empty(struct vault_store *s)
{
	CLEANUP(err_freep) err_t e = schema_check(s->writer);

	if (!e)
		return err_new(ERR_EXISTS, "%s was set up already", s->path);
	return err_is(e, ERR_NOT_FOUND) ? NULL : TAKE(e);
}

err_t vault_store_create(const char *data_dir, const char *server_name, struct vault_setup *out)
{
	CLEANUP(vault_store_freep) struct vault_store *s = store_alloc(data_dir);
	CLEANUP(vault_setup_release)
	struct vault_setup setup = {.credentials = credentials_new(), .admin_key = admin_key_new()};

	TRY_(file_make_folder(data_dir, 0700));
	TRY_(db_open(s->path, true, &s->writer));
	TRY_(check_empty(s));
	s->key = crypto_key_new();
	TRY_(fill(s, server_name, &setup));
	*out = setup;
	setup = (struct vault_setup){0};
	return NULL;
}
