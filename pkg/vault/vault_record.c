#include "vault/vault_record.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "vault/store_private.h"

#define FORM 1
#define FIRST_GENERATION 1

void vault_info_release(struct vault_info *i)
{
	mem_freep(&i->name);
	mem_freep(&i->description);
}

void vault_infos_release(struct vault_infos *l)
{
	for (size_t i = 0; i < l->n; i++)
		vault_info_release(&l->v[i]);
	mem_freep(&l->v);
	l->n = 0;
}

void vault_record_release(struct vault_record *v)
{
	sealer_freep(&v->sealer);
	vault_info_release(&v->info);
	manifest_release(&v->manifest);
}

struct manifest_place vault_record_place(const struct tx *t, const struct vault_record *v)
{
	return (struct manifest_place){
		.db = t->db, .sealer = v->sealer, .cache = t->store->pages, .scope = v->info.id};
}

err_t vault_record_open(struct tx *t, const char *vault_id, const struct secret *key,
			struct vault_record *out)
{
	CLEANUP(secret_freep) struct secret *plain = NULL;
	CLEANUP(vault_record_release) struct vault_record v = {0};

	TRY_(sealer_new(key, &v.sealer));
	TRY_(record_read(t, v.sealer, MANIFEST_VAULT, vault_id, &plain));
	struct codec_reader r = codec_reader_of(plain);
	r.bad = codec_get_int(&r) != FORM;
	object_id_set(v.info.id, vault_id);
	v.generation = codec_get_int(&r);
	v.info.name = codec_get_str(&r);
	v.info.description = codec_get_str(&r);
	v.info.created_ms = codec_get_int(&r);
	v.info.updated_ms = codec_get_int(&r);
	v.info.attribute_version = codec_get_int(&r);
	v.info.content_version = codec_get_int(&r);
	v.info.n_items = codec_get_int(&r);
	manifest_decode_root(&r, &v.manifest);
	TRY_(codec_reader_done(&r, "vault"));
	*out = v;
	v = (struct vault_record){0};
	return NULL;
}

err_t vault_record_make(const char *name, const struct secret *key, struct vault_record *out)
{
	CLEANUP(vault_record_release) struct vault_record v = {.generation = FIRST_GENERATION};

	TRY_(sealer_new(key, &v.sealer));
	rand_id(v.info.id);
	v.info.name = mem_strdup(name);
	v.info.description = mem_strdup("");
	v.info.created_ms = v.info.updated_ms = clock_wall_ms();
	v.info.attribute_version = v.info.content_version = 1;
	*out = v;
	v = (struct vault_record){0};
	return NULL;
}

err_t vault_record_save(struct tx *t, struct vault_record *v)
{
	const struct manifest_place place = vault_record_place(t, v);
	CLEANUP(codec_writer_release) struct codec_writer w = {0};
	CLEANUP(secret_freep) struct secret *plain = NULL;

	TRY_(manifest_flush(&v->manifest, &place));
	codec_writer_init(&w, RECORD_MAX);
	codec_put_int(&w, FORM);
	codec_put_int(&w, v->generation);
	codec_put_str(&w, v->info.name);
	codec_put_str(&w, v->info.description);
	codec_put_int(&w, v->info.created_ms);
	codec_put_int(&w, v->info.updated_ms);
	codec_put_int(&w, v->info.attribute_version);
	codec_put_int(&w, v->info.content_version);
	codec_put_int(&w, v->info.n_items);
	manifest_encode_root(&v->manifest, &w);
	TRY_(codec_writer_take(&w, &plain));
	return record_write(t, v->sealer, MANIFEST_VAULT, v->info.id, plain);
}
