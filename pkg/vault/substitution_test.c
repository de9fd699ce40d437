/* A thief who writes to the disk puts a key or a record where another one belongs: of the same store, or of a
 * store of his own, whose keys he knows. */

#include "vault/fixture.h"

#include "base/mem.h"

#include <string.h>

/* The fixture with a second vault, which its token reads too, an item with a file in each, and another token.
 */
static void fill(struct fixture *f)
{
	CLEANUP(vault_item_release) struct vault_item item = fixture_item("in the other vault");
	struct vault_grant grants[2] = {{.rights = VAULT_READ | VAULT_WRITE},
					{.rights = VAULT_READ | VAULT_WRITE}};
	char first[OBJECT_ID_SIZE], second[OBJECT_ID_SIZE], token_id[OBJECT_ID_SIZE], file_id[OBJECT_ID_SIZE];

	fixture_init(f);
	fixture_create(f, CANARY_TITLE, first);
	fixture_create(f, CANARY_TITLE, second);
	CHECK_OK(vault_file_put(f->store, f->access, f->vault_id, first, "a", 0, "1", 1, file_id));
	CHECK_OK(vault_file_put(f->store, f->access, f->vault_id, first, "b", 0, "2", 1, file_id));
	object_id_set(grants[0].vault_id, f->vault_id);
	CHECK_OK(vault_admin_create_vault(f->admin, "Other", grants[1].vault_id));
	secret_freep(&f->token);
	vault_access_unrefp(&f->access);
	CHECK_OK(vault_admin_create_token(f->admin, "both", 0, grants, 2, token_id, &f->token));
	CHECK_OK(vault_access_open(f->store, secret_bytes(f->token), &f->access));
	CHECK_OK(vault_item_create(f->store, f->access, grants[1].vault_id, &item));
}

static err_t collect_id(void *ids, const struct vault_item *item)
{
	strv_add(ids, item->id);
	return NULL;
}

static NODISCARD err_t read_vault(struct fixture *f, const char *vault_id)
{
	CLEANUP(strv_release) struct strv ids = {0};

	TRY_(vault_items_each(f->store, f->access, vault_id, collect_id, &ids));
	for (size_t i = 0; i < ids.n; i++) {
		CLEANUP(vault_item_release) struct vault_item item = {0};

		TRY_(vault_item_read(f->store, f->access, vault_id, ids.v[i], &item));
		for (size_t k = 0; k < item.n_files; k++) {
			CLEANUP(vault_file_content_release) struct vault_file_content content = {0};

			TRY_(vault_file_read(f->store, f->access, vault_id, ids.v[i], item.files[k].id,
					     &content));
		}
	}
	return NULL;
}

/* All that the token and the administrator can read, as a new process does. */
static NODISCARD err_t read_all(struct fixture *f)
{
	const struct vault_store_options options = {.data_dir = f->dir, .credentials = &f->setup.credentials};
	CLEANUP(vault_infos_release) struct vault_infos vaults = {0};
	CLEANUP(vault_infos_release) struct vault_infos managed = {0};
	CLEANUP(vault_tokens_release) struct vault_tokens tokens = {0};

	TRY_(vault_store_open(&options, &f->store));
	TRY_(vault_access_open(f->store, secret_bytes(f->token), &f->access));
	TRY_(vault_list(f->store, f->access, &vaults));
	for (size_t i = 0; i < vaults.n; i++)
		TRY_(read_vault(f, vaults.v[i].id));
	if (vaults.n != 2)
		return err_new(ERR_PROTOCOL, "%zu vaults, not 2", vaults.n);
	TRY_(vault_admin_open(f->store, &f->setup.admin_key, &f->admin));
	TRY_(vault_admin_list_vaults(f->admin, &managed));
	return vault_admin_list_tokens(f->admin, &tokens);
}

static void check_noticed(struct fixture *f, const char *what)
{
	err_t e = read_all(f);

	CHECK_MSG(e, "unseen: %s", what);
	err_free(e);
}

/* The data of another row of the same kind. */
#define SWAP(table, of, same)                                                                                \
	"CREATE TABLE copy AS SELECT * FROM " table "; UPDATE " table                                        \
	" SET data = (SELECT o.data FROM copy AS o "                                                         \
	"WHERE o." of " <> " table "." of " AND " same                                                       \
	" LIMIT 1) WHERE EXISTS (SELECT 1 FROM copy AS o WHERE o." of " <> " table "." of " AND " same       \
	"); DROP TABLE copy;"

TEST(substitution, of_one_row_by_another_of_the_store_is_noticed)
{
	static const struct {
		const char *name, *sql;
	} cases[] = {
		{"keys of two vaults, for the same holder",
		 SWAP("wrap", "subject", "o.holder = wrap.holder")},
		{"keys of one vault, for two holders", SWAP("wrap", "holder", "o.subject = wrap.subject")},
		{"two vaults", SWAP("record", "id", "o.kind = record.kind AND o.kind = 5")},
		{"two tokens", SWAP("record", "id", "o.kind = record.kind AND o.kind = 4")},
		{"two who hold keys", SWAP("record", "id", "o.kind = record.kind AND o.kind = 3")},
		{"two kinds of records", SWAP("record", "kind", "1")},
		{"two items of one vault", SWAP("item", "id", "o.vault = item.vault")},
		{"items of two vaults", SWAP("item", "vault", "1")},
		{"fields of two items", SWAP("part", "item", "o.name = part.name AND o.vault = part.vault")},
		{"two files of one item",
		 SWAP("part", "name", "o.item = part.item AND o.name <> 'fields' AND part.name <> 'fields'")},
		{"pages of two vaults", SWAP("page", "scope", "1")},
		{"two pages of one vault", SWAP("page", "number", "o.scope = page.scope")},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(fixture_release) struct fixture f;

		fill(&f);
		fixture_close(&f);
		CHECK_OK(read_all(&f));
		fixture_close(&f);
		fixture_sql(&f, cases[i].sql);
		check_noticed(&f, cases[i].name);
	}
	CHECK_INT(err_live(), 0);
}

/* Rows of the thief's store, under the names that those of the victim's have. */
#define FOREIGN(table, same)                                                                                 \
	"UPDATE " table " SET data = (SELECT o.data FROM thief." table " AS o WHERE " same                   \
	" LIMIT 1) WHERE EXISTS "                                                                            \
	"(SELECT 1 FROM thief." table " AS o WHERE " same ");"

TEST(substitution, of_keys_by_those_of_a_store_of_the_thiefs_own_is_noticed)
{
	static const struct {
		const char *name, *sql;
	} cases[] = {
		{"the store key", FOREIGN("unlock", "1")},
		{"the head", FOREIGN("store", "1")},
		{"the key that signs tokens", FOREIGN("record", "record.kind = 2 AND o.kind = 2")},
		{"public keys of holders", FOREIGN("record", "record.kind = 3 AND o.kind = 3")},
		{"public keys of tokens", FOREIGN("record", "record.kind = 4 AND o.kind = 4")},
		{"keys of vaults", FOREIGN("wrap", "1")},
		{"vaults with their keys",
		 FOREIGN("wrap", "1") FOREIGN("record", "record.kind = 5 AND o.kind = 5") FOREIGN("item", "1")
			 FOREIGN("part", "1")},
		{"all but the store key",
		 FOREIGN("wrap", "1") FOREIGN("record", "o.kind = record.kind") FOREIGN("item", "1") FOREIGN(
			 "part", "1") FOREIGN("page", "o.number = page.number") FOREIGN("store", "1")},
	};
	CLEANUP(fixture_release) struct fixture thief;

	fill(&thief);
	fixture_close(&thief);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(fixture_release) struct fixture f;
		CLEANUP(mem_freep)
		char *sql =
			mem_printf("ATTACH '%s/%s' AS thief; %s", thief.dir, VAULT_STORE_FILE, cases[i].sql);

		fill(&f);
		fixture_close(&f);
		fixture_sql(&f, sql);
		check_noticed(&f, cases[i].name);
	}
	CHECK_INT(err_live(), 0);
}
