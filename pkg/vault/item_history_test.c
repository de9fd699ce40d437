#include "vault/item_history.h"

#include "vault/fixture.h"

#include "base/mem.h"

#include <string.h>

/* A login of that password; "" for one that has none, NULL for one without the field. */
static struct vault_item login(const char *password)
{
	struct vault_item item = fixture_item("login");

	if (password) {
		fixture_add_field(&item, "password", password);
		mem_free(item.fields[1].purpose);
		item.fields[1].purpose = mem_strdup("PASSWORD");
	}
	return item;
}

static void put(struct fixture *f, const char *id, const char *password)
{
	CLEANUP(vault_item_release) struct vault_item item = login(password);

	CHECK_OK(vault_item_replace(f->store, f->access, f->vault_id, id, 0, &item));
}

static void make(struct fixture *f, bool generated, char out_id[OBJECT_ID_SIZE])
{
	CLEANUP(vault_item_release) struct vault_item item = login("first");

	fixture_init(f);
	item.fields[1].generated = generated;
	CHECK_OK(vault_item_create(f->store, f->access, f->vault_id, &item));
	object_id_set(out_id, item.id);
}

static void check_history(struct fixture *f, const char *id, const char *expected)
{
	CLEANUP(vault_item_release) struct vault_item item = {0};
	CLEANUP(strbuf_release) struct strbuf text = {0};

	CHECK_OK(vault_item_read(f->store, f->access, f->vault_id, id, &item));
	strbuf_init(&text, 1024);
	for (size_t i = 0; i < item.fields[1].n_history; i++)
		strbuf_addf(&text, "%s ", secret_bytes(item.fields[1].history[i]));
	CHECK_STR(text.p, expected);
}

TEST(item_history, has_what_the_password_was_the_newest_first)
{
	CLEANUP(fixture_release) struct fixture f;
	char id[OBJECT_ID_SIZE];

	make(&f, false, id);
	check_history(&f, id, "");
	put(&f, id, "second");
	check_history(&f, id, "first ");
	put(&f, id, "second"); /* no change of the password */
	check_history(&f, id, "first ");
	put(&f, id, "");
	check_history(&f, id, "second first ");
	put(&f, id, "third"); /* there was none to remember */
	check_history(&f, id, "second first ");
	fixture_close(&f);
	fixture_reopen(&f);
	check_history(&f, id, "second first ");
}

TEST(item_history, forgets_the_oldest_and_what_is_too_long)
{
	CLEANUP(fixture_release) struct fixture f;
	char id[OBJECT_ID_SIZE], longest[ITEM_HISTORY_VALUE_MAX + 2];

	make(&f, false, id);
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	put(&f, id, longest);
	put(&f, id, "0");
	check_history(&f, id, "first ");
	for (int i = 1; i <= VAULT_FIELD_HISTORY_MAX + 1; i++) {
		CLEANUP(mem_freep) char *next = mem_printf("%d", i);

		put(&f, id, next);
	}
	check_history(&f, id, "10 9 8 7 6 5 4 3 2 1 ");
}

TEST(item_history, goes_with_the_field_and_stays_with_the_files)
{
	CLEANUP(fixture_release) struct fixture f;
	char id[OBJECT_ID_SIZE], file_id[OBJECT_ID_SIZE];

	make(&f, false, id);
	put(&f, id, "second");
	CHECK_OK(vault_file_put(f.store, f.access, f.vault_id, id, "a", 0, "b", 1, file_id));
	check_history(&f, id, "first ");
	put(&f, id, NULL);
	put(&f, id, "third");
	check_history(&f, id, "");
}

TEST(item_history, knows_a_password_that_was_made_until_it_changes)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(vault_item_release) struct vault_item same = {0}, other = {0};
	char id[OBJECT_ID_SIZE];

	make(&f, true, id);
	put(&f, id, "first");
	CHECK_OK(vault_item_read(f.store, f.access, f.vault_id, id, &same));
	CHECK(same.fields[1].generated);
	put(&f, id, "second");
	CHECK_OK(vault_item_read(f.store, f.access, f.vault_id, id, &other));
	CHECK(!other.fields[1].generated);
}
