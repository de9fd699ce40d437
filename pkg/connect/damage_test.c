#include "connect/rest.h"

#include "base/mem.h"
#include "vault/db.h"

#include <string.h>

static void damage(struct rest *t, const char *table, const char *id)
{
	CLEANUP(mem_freep)
	char *sql = mem_printf("UPDATE %s SET data = zeroblob(length(data)) WHERE id = '%s'", table, id);
	CLEANUP(db_freep) struct db *disk = NULL;

	CHECK_OK(db_open(vault_store_path(t->store), false, &disk));
	CHECK_OK(db_script(disk, sql));
}

static void check_some(const struct answer *a, size_t n)
{
	CHECK_INT(a->status, 200);
	CHECK_INT(jsonx_len(a->json), n);
	CHECK(strstr(a->head, "Connect-Server-Damaged: some records\r\n"));
}

/* A token that may read both vaults, one of which is damaged. */
static struct secret *with_damaged_vault(struct rest *t)
{
	struct secret *token = NULL;
	char id[OBJECT_ID_SIZE];

	rest_init(t);
	struct vault_grant grants[2] = {{.rights = VAULT_READ}, {.rights = VAULT_READ}};
	object_id_set(grants[0].vault_id, t->vault_id);
	object_id_set(grants[1].vault_id, t->foreign_id);
	CHECK_OK(vault_admin_create_token(t->admin, "both", 0, grants, ARRAY_LEN(grants), id, &token));
	rest_create(t, "Database", id);
	damage(t, "record", t->foreign_id);
	return token;
}

TEST(damage, of_a_vault_hides_no_other)
{
	CLEANUP(rest_release) struct rest t;
	CLEANUP(secret_freep) struct secret *token = with_damaged_vault(&t);
	CLEANUP(mem_freep) char *items = mem_printf("/v1/vaults/%s/items", t.foreign_id);

	CLEANUP(answer_release) struct answer all = rest_call(&t, token, "GET", "/v1/vaults", NULL);
	CLEANUP(answer_release)
	struct answer found = rest_call(&t, token, "GET", "/v1/vaults?filter=name+eq+%22Demo+Vault%22", NULL);
	CLEANUP(answer_release)
	struct answer feed = rest_call(&t, token, "GET", "/connect-server/v1/changes", NULL);

	check_some(&all, 1);
	check_some(&found, 1);
	CHECK_INT(feed.status, 200);
	CHECK_INT(jsonx_len(jsonx_get(feed.json, "vaults")), 1);
	CLEANUP(answer_release) struct answer one = rest_vault(&t, token, "GET", "/items", NULL);
	CHECK_INT(one.status, 200);
	CLEANUP(answer_release) struct answer other = rest_call(&t, token, "GET", items, NULL);
	check_error(&other, 500, "Something went wrong");
}

TEST(damage, is_not_told_as_there_is_none)
{
	CLEANUP(rest_release) struct rest t;
	CLEANUP(secret_freep) struct secret *token = with_damaged_vault(&t);
	char id[OBJECT_ID_SIZE];

	CLEANUP(answer_release)
	struct answer vault = rest_call(&t, token, "GET", "/v1/vaults?filter=name+eq+%22Foreign%22", NULL);
	check_error(&vault, 500, "Something went wrong");

	rest_create(&t, "hit", id);
	damage(&t, "item", id);
	CLEANUP(answer_release)
	struct answer hit = rest_vault(&t, token, "GET", "/items?filter=title+eq+%22hit%22", NULL);
	check_error(&hit, 500, "Something went wrong");
	CLEANUP(answer_release)
	struct answer whole = rest_vault(&t, token, "GET", "/items?filter=title+eq+%22Database%22", NULL);
	check_some(&whole, 1);
}

TEST(damage, of_an_item_that_is_known_by_its_title_is_told_to_who_asks_for_it)
{
	static const char hit_only[] = "/items?filter=title+eq+%22hit%22";
	CLEANUP(rest_release) struct rest t;
	char id[OBJECT_ID_SIZE];

	rest_init(&t);
	rest_create(&t, "hit", id);
	CLEANUP(answer_release) struct answer before = rest_vault(&t, t.rw, "GET", hit_only, NULL);
	CHECK_INT(jsonx_len(before.json), 1);
	damage(&t, "item", id);
	CLEANUP(answer_release) struct answer after = rest_vault(&t, t.rw, "GET", hit_only, NULL);
	check_error(&after, 500, "Something went wrong");
}

TEST(damage, of_one_reference_is_a_500_of_that_reference)
{
	CLEANUP(rest_release) struct rest t;
	CLEANUP(secret_freep) struct secret *token = with_damaged_vault(&t);
	static const int64_t statuses[] = {0, 500, 500, 404};
	char id[OBJECT_ID_SIZE];

	rest_create(&t, "hit", id);
	damage(&t, "item", id);
	CLEANUP(answer_release)
	struct answer a = rest_call(&t, token, "POST", "/connect-server/v1/resolve",
				    "{\"references\":[\"op://Demo Vault/Database/password\","
				    "\"op://Demo Vault/hit/password\",\"op://Foreign/Database/password\","
				    "\"op://Demo Vault/Database/nothing\"]}");
	const struct jsonx *results = jsonx_get(a.json, "results");

	CHECK_INT(a.status, 200);
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
		CHECK_INT(jsonx_get_int(jsonx_get(jsonx_at(results, i), "error"), "status", 0), statuses[i]);
}
