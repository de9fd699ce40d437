#ifndef VAULT_MANIFEST_H
#define VAULT_MANIFEST_H

#include "vault/codec.h"
#include "vault/db.h"
#include "vault/id.h"
#include "vault/seal.h"

/* What a sealed record alone cannot show is that it is the newest one. A manifest lists, for one scope, each
 * object with its version and the tag of its sealed bytes, in MANIFEST_PAGES sealed pages; the pages are held
 * by a root, and the root lies in the sealed head of what the manifest belongs to: a vault's in the vault's
 * own record, the store's in the store's head. As the store's manifest lists the vaults, a row, a page or a
 * whole vault that was put back, taken away or swapped does not fit what stands above it.
 *
 *	store head ── root ── pages ── vault record ── root ── pages ── item ── its fields ── its files
 *
 * Pages are read when first needed and written by manifest_flush, all within the transaction that read the
 * root. A write costs one page, so there are enough of them to keep pages small and few enough to read all
 *for a list. */
#define MANIFEST_PAGES 16
#define MANIFEST_ENTRIES_MAX ((size_t)1 << 20)

enum manifest_kind {
	MANIFEST_SERVER = 1,
	MANIFEST_SIGNER,
	MANIFEST_PRINCIPAL,
	MANIFEST_TOKEN,
	MANIFEST_VAULT,
	MANIFEST_ITEM,
	MANIFEST_CERTIFICATE,
};

struct manifest_entry {
	enum manifest_kind kind;
	char id[OBJECT_ID_SIZE];
	int64_t version;
	struct seal_tag tag;
};

struct manifest_page {
	int64_t sequence; /* 0: never written */
	struct seal_tag tag;
	struct manifest_entry *v;   /* sorted by kind and id; valid once loaded */
	struct shared_page *shared; /* whose v it is; NULL: our own */
	size_t n, cap;
	bool loaded, dirty;
};

struct manifest {
	struct manifest_page pages[MANIFEST_PAGES];
};

/* Where its pages are. Borrowed for a call. */
struct manifest_place {
	struct db *db;
	struct sealer *sealer;
	struct page_cache *cache; /* NULL: none */
	const char *scope;
};

void manifest_release(struct manifest *m); /* for CLEANUP; a zeroed one is empty */

/* The root, as part of a sealed record. */
void manifest_encode_root(const struct manifest *m, struct codec_writer *w);
void manifest_decode_root(struct codec_reader *r, struct manifest *m);

/* NULL when it is not listed; borrowed until the manifest changes. */
err_t manifest_find(struct manifest *m, const struct manifest_place *at, enum manifest_kind kind,
		    const char *id, const struct manifest_entry **out) NODISCARD;
err_t manifest_put(struct manifest *m, const struct manifest_place *at, const struct manifest_entry *entry)
	NODISCARD;
err_t manifest_del(struct manifest *m, const struct manifest_place *at, enum manifest_kind kind,
		   const char *id) NODISCARD;
err_t manifest_count(struct manifest *m, const struct manifest_place *at, enum manifest_kind kind,
		     size_t *out) NODISCARD;

/* Page `number`, read if need be; borrowed until the manifest changes. */
err_t manifest_load(struct manifest *m, const struct manifest_place *at, size_t number,
		    const struct manifest_page **out) NODISCARD;

/* Writes the pages that changed; the root is then to be encoded anew. */
err_t manifest_flush(struct manifest *m, const struct manifest_place *at) NODISCARD;

/* The ids of a kind, sorted. */
err_t manifest_ids(struct manifest *m, const struct manifest_place *at, enum manifest_kind kind,
		   struct strv *out) NODISCARD;

#endif
