#include "vault/fixture.h"

#include "base/mem.h"
#include "vault/vault_tx.h"

#include <string.h>

static NODISCARD err_t collect_title(void *arg, const struct vault_item *item)
{
	CHECK_INT(item->n_fields, 0);
	strv_add(arg, item->title);
	return NULL;
}

static int64_t content_version(struct fixture *f)
{
	CLEANUP(vault_info_release) struct vault_info info = {0};

	CHECK_OK(vault_read(f->store, f->access, f->vault_id, &info));
	return info.content_version;
}

TEST(items, come_back_as_they_were_written)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(vault_item_release) struct vault_item item = fixture_item(CANARY_TITLE);
	CLEANUP(vault_item_release) struct vault_item back = {0};

	fixture_init(&f);
	CHECK_OK(vault_item_create(f.store, f.access, f.vault_id, &item));
	CHECK(object_id_is_valid(item.id));
	CHECK_INT(item.version, 1);
	CHECK_OK(vault_item_read(f.store, f.access, f.vault_id, item.id, &back));
	CHECK_STR(back.id, item.id);
	CHECK_STR(back.vault_id, f.vault_id);
	CHECK_INT(back.version, 1);
	CHECK_STR(back.title, CANARY_TITLE);
	CHECK_STR(back.category, "LOGIN");
	CHECK(back.favorite && strv_has(&back.tags, CANARY_TAG));
	CHECK_STR(back.urls[0].href, CANARY_URL);
	CHECK_STR(back.urls[0].label, CANARY_LABEL);
	CHECK(back.urls[0].primary);
	CHECK_STR(back.sections[0].label, CANARY_SECTION);
	CHECK_INT(back.n_fields, 1);
	CHECK_STR(back.fields[0].section_id, "s1");
	CHECK_STR(secret_bytes(back.fields[0].value), CANARY_VALUE);
	CHECK_STR(back.last_edited_by, f.token_id);
	CHECK(back.created_ms > 0 && back.updated_ms == back.created_ms);
}

TEST(items, versions_move_by_one_and_content_version_with_every_write)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(vault_item_release) struct vault_item next = fixture_item("next");
	char id[OBJECT_ID_SIZE];

	fixture_init(&f);
	const int64_t before = content_version(&f);
	fixture_create(&f, "first", id);
	CHECK_INT(content_version(&f), before + 1);
	CHECK_OK(vault_item_replace(f.store, f.access, f.vault_id, id, 0, &next));
	CHECK_INT(next.version, 2);
	CHECK_INT(content_version(&f), before + 2);
	CHECK_ERR(vault_item_replace(f.store, f.access, f.vault_id, id, 1, &next), ERR_CONFLICT);
	CHECK_INT(content_version(&f), before + 2);
	CHECK_OK(vault_item_replace(f.store, f.access, f.vault_id, id, 2, &next));
	CHECK_INT(next.version, 3);
	CHECK_OK(vault_item_delete(f.store, f.access, f.vault_id, id, 0));
	CHECK_INT(content_version(&f), before + 4);
	CHECK_ERR(vault_item_delete(f.store, f.access, f.vault_id, id, 0), ERR_NOT_FOUND);
	CHECK_ERR(vault_item_replace(f.store, f.access, f.vault_id, id, 0, &next), ERR_NOT_FOUND);
	CHECK_INT(content_version(&f), before + 4);
}

TEST(items, lists_show_all_and_a_new_process_shows_the_same)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(strv_release) struct strv titles = {0};
	CLEANUP(vault_info_release) struct vault_info info = {0};

	fixture_init(&f);
	for (int i = 0; i < 40; i++) {
		CLEANUP(mem_freep) char *title = mem_printf("item %d", i);
		char id[OBJECT_ID_SIZE];

		fixture_create(&f, title, id);
	}
	fixture_close(&f);
	fixture_reopen(&f);
	CHECK_OK(vault_items_each(f.store, f.access, f.vault_id, collect_title, &titles));
	CHECK_INT(titles.n, 40);
	CHECK(strv_has(&titles, "item 0") && strv_has(&titles, "item 39"));
	CHECK_OK(vault_read(f.store, f.access, f.vault_id, &info));
	CHECK_INT(info.n_items, 40);
	CHECK_STR(info.name, CANARY_VAULT);
}

/* How many items of that title are found; all of those have it. */
static size_t count_titled(struct fixture *f, const char *title)
{
	CLEANUP(strv_release) struct strv titles = {0};
	int64_t version = 0;

	CHECK_OK(vault_items_find(f->store, f->access, f->vault_id, title, collect_title, &titles, &version));
	CHECK_INT(version, content_version(f));
	for (size_t i = 0; i < titles.n; i++)
		CHECK_STR(titles.v[i], title);
	return titles.n;
}

TEST(items, are_found_by_title_after_every_change)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(vault_item_release) struct vault_item renamed = fixture_item("renamed");
	char ids[60][OBJECT_ID_SIZE];

	fixture_init(&f);
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		CLEANUP(mem_freep) char *title = mem_printf("item %zu", i / 2);

		fixture_create(&f, title, ids[i]);
	}
	for (int round = 0; round < 2; round++) {
		CHECK_INT(count_titled(&f, "item 7"), 2);
		CHECK_INT(count_titled(&f, "Item 7"), 0);
		CHECK_INT(count_titled(&f, ""), 0);
		fixture_close(&f);
		fixture_reopen(&f);
	}
	CHECK_OK(vault_item_replace(f.store, f.access, f.vault_id, ids[14], 0, &renamed));
	CHECK_INT(count_titled(&f, "item 7"), 1);
	CHECK_INT(count_titled(&f, "renamed"), 1);
	CHECK_OK(vault_item_delete(f.store, f.access, f.vault_id, ids[14], 0));
	CHECK_INT(count_titled(&f, "renamed"), 0);
	CHECK_OK(vault_item_delete(f.store, f.access, f.vault_id, ids[15], 0));
	CHECK_INT(count_titled(&f, "item 7"), 0);
	CHECK_INT(count_titled(&f, "item 8"), 2);
}

TEST(items, keep_their_files_when_fields_are_replaced)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(vault_item_release) struct vault_item next = fixture_item("next");
	CLEANUP(vault_item_release) struct vault_item back = {0};
	CLEANUP(vault_file_content_release) struct vault_file_content file = {0};
	char id[OBJECT_ID_SIZE], file_id[OBJECT_ID_SIZE], again[OBJECT_ID_SIZE];

	fixture_init(&f);
	fixture_create(&f, "first", id);
	CHECK_OK(vault_file_put(f.store, f.access, f.vault_id, id, "key.pem", 0, "old", 3, file_id));
	CHECK_OK(vault_file_put(f.store, f.access, f.vault_id, id, "key.pem", 0, "a\0b", 3, again));
	CHECK_STR(again, file_id);
	CHECK_OK(vault_item_replace(f.store, f.access, f.vault_id, id, 3, &next));
	CHECK_OK(vault_item_read(f.store, f.access, f.vault_id, id, &back));
	CHECK_INT(back.version, 4);
	CHECK_INT(back.n_files, 1);
	CHECK_INT(back.files[0].size, 3);
	CHECK_OK(vault_file_read(f.store, f.access, f.vault_id, id, file_id, &file));
	CHECK_STR(file.name, "key.pem");
	CHECK(secret_len(file.bytes) == 3 && memcmp(secret_bytes(file.bytes), "a\0b", 3) == 0);
	CHECK_INT(file.version, 3);
	CHECK_OK(vault_item_delete(f.store, f.access, f.vault_id, id, 0));
	vault_file_content_release(&file);
	CHECK_ERR(vault_file_read(f.store, f.access, f.vault_id, id, file_id, &file), ERR_NOT_FOUND);
}

TEST(items, ask_for_a_right_before_the_vault_is_touched)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(vault_access_unrefp) struct vault_access *reader = NULL;
	CLEANUP(vault_item_release) struct vault_item item = fixture_item("x");
	char id[OBJECT_ID_SIZE];

	fixture_init(&f);
	CLEANUP(secret_freep) struct secret *token = fixture_token(&f, VAULT_READ, 0, id);
	CHECK_OK(vault_access_open(f.store, secret_bytes(token), &reader));
	CHECK_ERR(vault_item_create(f.store, reader, f.vault_id, &item), ERR_INTERNAL);
	CHECK_ERR(vault_item_read(f.store, reader, "zzzzzzzzzzzzzzzzzzzzzzzzzz", f.vault_id, &item),
		  ERR_INTERNAL);
	CHECK_INT(err_live(), 0);
}

/* The vault's record, with as many items as it may have. */
static void fill(struct fixture *f)
{
	CLEANUP(vault_tx_end) struct vault_tx t = {0};

	CHECK_OK(vault_tx_begin(f->store, f->access, f->vault_id, VAULT_WRITE, &t));
	t.vault.info.n_items = VAULT_ITEMS_MAX;
	CHECK_OK(vault_tx_commit(&t));
}

TEST(items, of_a_vault_have_a_ceiling_which_changes_and_deletes_do_not_meet)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(vault_item_release) struct vault_item more = fixture_item("more");
	CLEANUP(vault_item_release) struct vault_item document = fixture_item("document");
	char id[OBJECT_ID_SIZE];

	fixture_init(&f);
	fixture_create(&f, "one", id);
	fill(&f);
	CHECK_ERR(vault_item_create(f.store, f.access, f.vault_id, &more), ERR_TOO_LARGE);
	CHECK_ERR(vault_document_create(f.store, f.access, f.vault_id, "a", "b", 1, &document),
		  ERR_TOO_LARGE);
	CHECK_OK(vault_item_replace(f.store, f.access, f.vault_id, id, 0, &more));
	CHECK_OK(vault_item_delete(f.store, f.access, f.vault_id, id, 0));
	CHECK_OK(vault_item_create(f.store, f.access, f.vault_id, &more));
}

TEST(items, show_no_more_in_lists_than_lists_can_bear)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(vault_item_release) struct vault_item large = fixture_item("x");
	CLEANUP(vault_item_release) struct vault_item small = fixture_item("small");

	fixture_init(&f);
	mem_free(large.title);
	large.title = mem_calloc(VAULT_ITEM_SHOWN_MAX + 1, 1);
	memset(large.title, 't', VAULT_ITEM_SHOWN_MAX);
	CLEANUP(err_freep) err_t e = vault_item_create(f.store, f.access, f.vault_id, &large);
	CHECK(err_is(e, ERR_TOO_LARGE));
	CHECK(strstr(err_text(e), "title, tags and urls of an item have together at most 64 KiB"));
	CHECK_OK(vault_item_create(f.store, f.access, f.vault_id, &small));
}
