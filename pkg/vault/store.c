#include "vault/store.h"

#include "base/mem.h"
#include "base/rand.h"
#include "vault/access_private.h"
#include "vault/page_cache.h"
#include "vault/record.h"
#include "vault/schema.h"
#include "vault/server.h"
#include "vault/store_private.h"

#include <sys/mman.h>

#define READERS_DEFAULT 4

void vault_lock_key(const struct secret *key)
{
	/* Locks whole pages. Fails where the limit on locked memory is low; then swap has to be encrypted or
	 * off. */
	(void)mlock(secret_bytes(key), secret_len(key));
}

static void unref_access(void *value)
{
	vault_access_unref(value);
}

struct vault_store *store_alloc(const char *data_dir)
{
	struct vault_store *s = MEM_NEW(struct vault_store);

	s->path = mem_printf("%s/%s", data_dir, VAULT_STORE_FILE);
	sync_mutex_init(&s->write_mutex);
	sync_mutex_init(&s->readers_mutex);
	sync_mutex_init(&s->head.mutex);
	sync_mutex_init(&s->accesses_mutex);
	sync_mutex_init(&s->changed_mutex);
	sync_cond_init(&s->reader_is_free);
	durable_init(&s->durable);
	sync_cond_init(&s->changed);
	s->pages = page_cache_new();
	rand_bytes(&s->title_key, sizeof(s->title_key));
	s->accesses = map_new(unref_access);
	strbuf_init(&s->signer.public_der, SIGNER_DER_MAX);
	return s;
}

void vault_store_free(struct vault_store *s)
{
	if (!s)
		return;
	map_free(s->accesses);
	for (size_t i = 0; i < s->n_readers; i++) {
		db_free(s->readers[i].db);
		sealer_free(s->readers[i].sealer);
	}
	mem_free(s->readers);
	db_free(s->writer);
	sealer_free(s->writer_sealer);
	page_cache_free(s->pages);
	durable_release(&s->durable);
	secret_free(s->key);
	secret_free(s->signer.private_der);
	strbuf_release(&s->signer.public_der);
	mem_free(s->server_name);
	mem_free(s->path);
	sync_cond_destroy(&s->changed);
	sync_cond_destroy(&s->reader_is_free);
	sync_mutex_destroy(&s->changed_mutex);
	sync_mutex_destroy(&s->accesses_mutex);
	sync_mutex_destroy(&s->readers_mutex);
	sync_mutex_destroy(&s->write_mutex);
	sync_mutex_destroy(&s->head.mutex);
	mem_free(s);
}

void vault_store_freep(struct vault_store **s)
{
	vault_store_free(*s);
	*s = NULL;
}

static NODISCARD err_t open_connections(struct vault_store *s, size_t n_readers)
{
	TRY_(db_open(s->path, false, &s->writer));
	TRY_(schema_migrate(s->writer));
	TRY_(db_open(s->path, false, &s->durable.db));
	TRY_(db_commit_unsynced(s->writer));
	s->readers = mem_calloc(n_readers, sizeof(*s->readers));
	for (s->n_readers = 0; s->n_readers < n_readers; s->n_readers++)
		TRY_(db_open(s->path, false, &s->readers[s->n_readers].db));
	return NULL;
}

static NODISCARD err_t read_server(struct vault_store *s)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(vault_server_release) struct vault_server server = {0};

	TRY_(tx_begin(s, false, &t));
	TRY_(server_read(&t, s->server_id, &server));
	s->server_name = TAKE(server.name);
	return signer_read(&t, t.head.signer_id, &s->signer);
}

err_t vault_store_open(const struct vault_store_options *options, struct vault_store **out)
{
	CLEANUP(vault_store_freep) struct vault_store *s = store_alloc(options->data_dir);

	TRY_(open_connections(s, options->readers ? options->readers : READERS_DEFAULT));
	TRY_(unlock_read(s->writer, options->credentials, &s->key));
	vault_lock_key(s->key);
	object_id_set(s->server_id, options->credentials->server_id);
	TRY_(read_server(s));
	*out = TAKE(s);
	return NULL;
}

const char *vault_store_path(const struct vault_store *s)
{
	return s->path;
}

const char *vault_store_server_id(const struct vault_store *s)
{
	return s->server_id;
}

const char *vault_store_server_name(const struct vault_store *s)
{
	return s->server_name;
}

int64_t vault_store_sequence(struct vault_store *s)
{
	return atomic_load(&s->newest);
}

void vault_store_wait(struct vault_store *s, int64_t seen, int64_t deadline_ns)
{
	SYNC_SCOPE(&s->changed_mutex);
	const uint64_t wakes = s->wakes;

	while (s->wakes == wakes && atomic_load(&s->newest) == seen)
		if (!sync_cond_wait_until(&s->changed, &s->changed_mutex, deadline_ns))
			return;
}

void vault_store_wake(struct vault_store *s)
{
	SYNC_SCOPE(&s->changed_mutex);

	s->wakes++;
	(void)pthread_cond_broadcast(&s->changed);
}

err_t vault_store_check(struct vault_store *s)
{
	CLEANUP(tx_end) struct tx t = {0};

	return tx_begin(s, false, &t);
}
