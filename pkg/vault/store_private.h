#ifndef VAULT_STORE_PRIVATE_H
#define VAULT_STORE_PRIVATE_H

#include "base/map.h"
#include "base/siphash.h"
#include "base/sync.h"
#include "vault/durable.h"
#include "vault/store.h"
#include "vault/tx.h"
#include <stdatomic.h>

/* Internal to pkg/vault. */

/* The key that tokens are signed with. */
struct signer {
	char id[OBJECT_ID_SIZE];
	struct secret *private_der;
	struct strbuf public_der;
};

/* What the newest head that was read said: each transaction begins with it, and few find another one. */
struct head_cache {
	pthread_mutex_t mutex; /* guards what follows */
	bool is_set;
	int64_t sequence;
	struct seal_tag tag;
	struct store_head head;
	struct manifest root;
};

struct vault_store {
	char *path;
	char server_id[OBJECT_ID_SIZE];
	char *server_name;
	struct secret *key; /* STK */
	struct signer signer;

	pthread_mutex_t write_mutex; /* held by the one transaction that writes */
	struct db *writer;
	struct sealer *writer_sealer;

	pthread_mutex_t readers_mutex;
	pthread_cond_t reader_is_free;
	struct reader *readers; /* those that are free */
	size_t n_readers;

	/* Highest sequence of the head that was seen: a lower one later on is a database that was put back.
	 */
	_Atomic int64_t newest;

	struct head_cache head;
	struct page_cache *pages;
	struct siphash_key title_key;

	struct durable durable;
	/* Newest commit that changed more than the usage log: what is read of it is on the disk first, so
	 * that nobody has seen a version that a power failure takes back. */
	_Atomic int64_t newest_content;

	pthread_mutex_t changed_mutex; /* guards what follows */
	pthread_cond_t changed;
	uint64_t wakes;

	pthread_mutex_t accesses_mutex;
	struct map *accesses; /* digest of a token → struct vault_access */
};

/* Keeps the pages that hold a key out of swap, where the system lets us. They stay locked when the key is
 * freed: other keys may share them, and freed memory is wiped. */
void vault_lock_key(const struct secret *key);

#endif
