#include "vault/manifest.h"

#include "base/crypto.h"
#include "base/rand.h"
#include "base/test.h"
#include "vault/schema.h"

#include <stdlib.h>
#include <unistd.h>

struct place {
	char path[32];
	struct db *db;
	struct secret *key;
	struct sealer *sealer;
	struct manifest_place at;
};

static void place_init(struct place *p)
{
	*p = (struct place){.path = "/tmp/manifest-test-XXXXXX", .key = crypto_key_new()};
	const int fd = mkstemp(p->path);

	CHECK(fd >= 0);
	CHECK_INT(close(fd), 0);
	CHECK_OK(db_open(p->path, false, &p->db));
	CHECK_OK(schema_create(p->db));
	CHECK_OK(sealer_new(p->key, &p->sealer));
	p->at = (struct manifest_place){.db = p->db, .sealer = p->sealer, .scope = "scope"};
}

static void place_release(struct place *p)
{
	sealer_free(p->sealer);
	secret_free(p->key);
	db_free(p->db);
	CHECK_INT(unlink(p->path), 0);
}

/* What is read back from the pages when only the root is known. */
static void reload(const struct manifest *m, struct manifest *out)
{
	CLEANUP(codec_writer_release) struct codec_writer w = {0};
	CLEANUP(secret_freep) struct secret *root = NULL;

	codec_writer_init(&w, 4096);
	manifest_encode_root(m, &w);
	CHECK_OK(codec_writer_take(&w, &root));
	struct codec_reader r = codec_reader_of(root);
	*out = (struct manifest){0};
	manifest_decode_root(&r, out);
	CHECK_OK(codec_reader_done(&r, "root"));
}

#define MANY 500

TEST(manifest, finds_what_was_put_also_after_it_was_written)
{
	CLEANUP(place_release) struct place p;
	CLEANUP(manifest_release) struct manifest m = {0}, again = {0};
	struct manifest_entry entries[MANY];
	const struct manifest_entry *found = NULL;
	size_t n = 0;

	place_init(&p);
	for (int i = 0; i < MANY; i++) {
		entries[i] =
			(struct manifest_entry){.kind = i % 2 ? MANIFEST_ITEM : MANIFEST_TOKEN, .version = i};
		rand_id(entries[i].id);
		CHECK_OK(manifest_put(&m, &p.at, &entries[i]));
	}
	CHECK_OK(manifest_flush(&m, &p.at));
	reload(&m, &again);
	for (int i = 0; i < MANY; i++) {
		CHECK_OK(manifest_find(&again, &p.at, entries[i].kind, entries[i].id, &found));
		CHECK(found);
		CHECK_INT(found->version, i);
	}
	CHECK_OK(manifest_find(&again, &p.at, MANIFEST_VAULT, entries[0].id, &found));
	CHECK(!found);
	CHECK_OK(manifest_count(&again, &p.at, MANIFEST_ITEM, &n));
	CHECK_INT(n, MANY / 2);
}

TEST(manifest, replaces_and_deletes)
{
	CLEANUP(place_release) struct place p;
	CLEANUP(manifest_release) struct manifest m = {0}, again = {0};
	CLEANUP(strv_release) struct strv ids = {0};
	struct manifest_entry a = {.kind = MANIFEST_ITEM, .version = 1, .id = "aaaaaaaaaaaaaaaaaaaaaaaaaa"};
	struct manifest_entry b = {.kind = MANIFEST_ITEM, .version = 1, .id = "bbbbbbbbbbbbbbbbbbbbbbbbbb"};
	const struct manifest_entry *found = NULL;

	place_init(&p);
	CHECK_OK(manifest_put(&m, &p.at, &a));
	CHECK_OK(manifest_put(&m, &p.at, &b));
	CHECK_OK(manifest_flush(&m, &p.at));
	a.version = 2;
	CHECK_OK(manifest_put(&m, &p.at, &a));
	CHECK_OK(manifest_del(&m, &p.at, MANIFEST_ITEM, b.id));
	CHECK_OK(manifest_del(&m, &p.at, MANIFEST_ITEM, "cccccccccccccccccccccccccc"));
	CHECK_OK(manifest_flush(&m, &p.at));
	reload(&m, &again);
	CHECK_OK(manifest_find(&again, &p.at, MANIFEST_ITEM, a.id, &found));
	CHECK_INT(found->version, 2);
	CHECK_OK(manifest_ids(&again, &p.at, MANIFEST_ITEM, &ids));
	CHECK_INT(ids.n, 1);
}

TEST(manifest, with_a_page_of_another_time_is_damaged)
{
	CLEANUP(place_release) struct place p;
	CLEANUP(manifest_release) struct manifest m = {0}, before = {0};
	struct manifest_entry a = {.kind = MANIFEST_ITEM, .version = 1, .id = "aaaaaaaaaaaaaaaaaaaaaaaaaa"};
	const struct manifest_entry *found = NULL;

	place_init(&p);
	CHECK_OK(manifest_put(&m, &p.at, &a));
	CHECK_OK(manifest_flush(&m, &p.at));
	reload(&m, &before);
	CHECK_OK(manifest_put(&m, &p.at, &a));
	CHECK_OK(manifest_flush(&m, &p.at));
	CHECK_ERR(manifest_find(&before, &p.at, MANIFEST_ITEM, a.id, &found), ERR_PROTOCOL);
	CHECK_INT(err_live(), 0);
}
