#include "vault/server.h"

#include "base/crypto.h"
#include "base/mem.h"
#include "vault/record.h"

#include <stdio.h>

#define FORM 1
/* Form 1 knew neither keys nor vaults: it was the only server, with all vaults. Form 2 had no groups. */
#define SERVER_FORM 3
#define UNLOCK_MAX 256

#define UNLOCK_SELECT "SELECT data FROM unlock WHERE key_id = ?"
#define UNLOCK_DELETE "DELETE FROM unlock WHERE key_id = ?"
#define UNLOCK_WRITE "INSERT INTO unlock (key_id, data) VALUES (?, ?)"

static struct seal_name unlock_name(const struct credentials *c, char part[64])
{
	(void)snprintf(part, 64, "store-key-%s", c->server_id);
	return (struct seal_name){SEAL_STORE, c->key_id, 1, part};
}

err_t unlock_write(struct db *d, const struct credentials *c, const struct secret *store_key)
{
	CLEANUP(sealer_freep) struct sealer *sealer = NULL;
	CLEANUP(strbuf_release) struct strbuf sealed = {0};
	char part[64];
	const struct seal_name name = unlock_name(c, part);

	strbuf_init(&sealed, UNLOCK_MAX);
	TRY_(sealer_new(c->key, &sealer));
	TRY_(seal_put(sealer, &name, store_key, &sealed));
	return db_run(d, UNLOCK_WRITE, DB_ARGS(db_str(c->key_id), db_blob(sealed.p, sealed.len)), NULL);
}

err_t unlock_read(struct db *d, const struct credentials *c, struct secret **out_store_key)
{
	CLEANUP(sealer_freep) struct sealer *sealer = NULL;
	CLEANUP(db_rows_release) struct db_rows rows = {0};
	bool has_row = false;
	const char *p = NULL;
	size_t len = 0;
	char part[64];
	const struct seal_name name = unlock_name(c, part);

	TRY_(sealer_new(c->key, &sealer));
	TRY_(db_query(d, UNLOCK_SELECT, DB_ARGS(db_str(c->key_id)), &rows));
	TRY_(db_next(&rows, &has_row));
	if (!has_row)
		return err_new(ERR_DENIED,
			       "the credentials file belongs to another store: this one does not know its "
			       "key %s",
			       c->key_id);
	db_col_blob(&rows, 0, &p, &len);
	CLEANUP(err_freep) err_t e = seal_get(sealer, &name, p, len, out_store_key);
	if (err_is(e, ERR_PROTOCOL))
		return err_new(ERR_DENIED,
			       "the credentials file does not open this store: its key was changed, or the "
			       "store is damaged");
	return TAKE(e);
}

err_t unlock_del(struct db *d, const char *key_id)
{
	return db_run(d, UNLOCK_DELETE, DB_ARGS(db_str(key_id)), NULL);
}

void vault_server_release(struct vault_server *s)
{
	mem_freep(&s->name);
	strv_release(&s->key_ids);
	strv_release(&s->vaults);
	strv_release(&s->groups);
}

void vault_servers_release(struct vault_servers *l)
{
	for (size_t i = 0; i < l->n; i++)
		vault_server_release(&l->v[i]);
	mem_freep(&l->v);
	l->n = 0;
}

bool server_has_vault(const struct vault_server *s, const char *vault_id)
{
	return s->all_vaults || strv_has(&s->vaults, vault_id);
}

bool server_is_managed_by(const struct vault_server *s, const char *group_id, bool is_global)
{
	return s->groups.n > 0 ? strv_has(&s->groups, group_id) : is_global;
}

err_t server_write(struct tx *t, const struct vault_server *s)
{
	CLEANUP(codec_writer_release) struct codec_writer w = {0};
	CLEANUP(secret_freep) struct secret *plain = NULL;

	codec_writer_init(&w, RECORD_MAX);
	codec_put_int(&w, SERVER_FORM);
	codec_put_str(&w, s->name);
	codec_put_int(&w, s->created_ms);
	codec_put_int(&w, s->all_vaults);
	codec_put_ids(&w, &s->key_ids);
	codec_put_ids(&w, &s->vaults);
	codec_put_ids(&w, &s->groups);
	codec_put_str(&w, s->creator_id);
	codec_put_int(&w, s->tokens_version);
	TRY_(codec_writer_take(&w, &plain));
	return record_write(t, NULL, MANIFEST_SERVER, s->id, plain);
}

/* "" for the first server, which `init` made. */
static void get_creator(struct codec_reader *r, char out[OBJECT_ID_SIZE])
{
	CLEANUP(mem_freep) char *id = codec_get_str(r);

	if (object_id_is_valid(id))
		object_id_set(out, id);
}

err_t server_read(struct tx *t, const char *id, struct vault_server *out)
{
	CLEANUP(secret_freep) struct secret *plain = NULL;
	CLEANUP(vault_server_release) struct vault_server s = {.all_vaults = true};

	TRY_(record_read(t, NULL, MANIFEST_SERVER, id, &plain));
	struct codec_reader r = codec_reader_of(plain);
	const int64_t form = codec_get_int(&r);
	r.bad = r.bad || form < 1 || form > SERVER_FORM;
	object_id_set(s.id, id);
	s.name = codec_get_str(&r);
	s.created_ms = codec_get_int(&r);
	if (form > 1) {
		s.all_vaults = codec_get_int(&r) != 0;
		codec_get_ids(&r, &s.key_ids);
		codec_get_ids(&r, &s.vaults);
	}
	if (form > 2) {
		codec_get_ids(&r, &s.groups);
		get_creator(&r, s.creator_id);
		s.tokens_version = codec_get_int(&r);
	}
	TRY_(codec_reader_done(&r, "server"));
	*out = s;
	s = (struct vault_server){0};
	return NULL;
}

err_t server_list(struct tx *t, struct vault_servers *out)
{
	CLEANUP(strv_release) struct strv ids = {0};
	CLEANUP(vault_servers_release) struct vault_servers l = {0};
	const struct manifest_place place = tx_place(t);

	TRY_(manifest_ids(&t->manifest, &place, MANIFEST_SERVER, &ids));
	l.v = mem_calloc(ids.n + 1, sizeof(*l.v));
	for (size_t i = 0; i < ids.n; i++) {
		TRY_(server_read(t, ids.v[i], &l.v[i]));
		l.n++;
	}
	*out = l;
	l = (struct vault_servers){0};
	return NULL;
}

err_t signer_make(const char *id, struct signer *out)
{
	object_id_set(out->id, id);
	return crypto_es256_new(&out->private_der, &out->public_der);
}

err_t signer_write(struct tx *t, const struct signer *s)
{
	CLEANUP(codec_writer_release) struct codec_writer w = {0};
	CLEANUP(secret_freep) struct secret *plain = NULL;

	codec_writer_init(&w, RECORD_MAX);
	codec_put_int(&w, FORM);
	codec_put_secret(&w, s->private_der);
	codec_put_bytes(&w, s->public_der.p, s->public_der.len);
	TRY_(codec_writer_take(&w, &plain));
	return record_write(t, NULL, MANIFEST_SIGNER, s->id, plain);
}

err_t signer_read(struct tx *t, const char *id, struct signer *out)
{
	CLEANUP(secret_freep) struct secret *plain = NULL;
	const char *p = NULL;
	size_t len = 0;

	TRY_(record_read(t, NULL, MANIFEST_SIGNER, id, &plain));
	struct codec_reader r = codec_reader_of(plain);
	r.bad = codec_get_int(&r) != FORM;
	CLEANUP(secret_freep) struct secret *private_der = codec_get_secret(&r);
	codec_get_bytes(&r, &p, &len);
	TRY_(codec_reader_done(&r, "signer"));
	object_id_set(out->id, id);
	out->private_der = TAKE(private_der);
	vault_lock_key(out->private_der);
	strbuf_add(&out->public_der, p, len);
	return strbuf_check(&out->public_der, "public key of the signer");
}
