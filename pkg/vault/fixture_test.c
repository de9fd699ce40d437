#include "vault/fixture.h"

#include "base/mem.h"
#include "vault/admin_groups.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fixture_reopen(struct fixture *f)
{
	const struct vault_store_options options = {
		.data_dir = f->dir, .credentials = &f->setup.credentials, .readers = 2};

	CHECK_OK(vault_store_open(&options, &f->store));
	CHECK_OK(vault_admin_open(f->store, &f->setup.admin_key, &f->admin));
	if (f->token)
		CHECK_OK(vault_access_open(f->store, secret_bytes(f->token), &f->access));
}

void fixture_close(struct fixture *f)
{
	vault_access_unrefp(&f->access);
	vault_admin_freep(&f->admin);
	vault_store_freep(&f->store);
}

struct secret *fixture_token(struct fixture *f, unsigned int rights, int64_t expires_ms,
			     char out_id[OBJECT_ID_SIZE])
{
	struct vault_grant grant = {.rights = rights};
	struct secret *token = NULL;

	object_id_set(grant.vault_id, f->vault_id);
	CHECK_OK(vault_admin_create_token(f->admin, CANARY_TOKEN, expires_ms, &grant, 1, out_id, &token));
	return token;
}

void fixture_init(struct fixture *f)
{
	*f = (struct fixture){.dir = "/tmp/vault-test-XXXXXX"};
	CHECK(mkdtemp(f->dir));
	CHECK_OK(vault_store_create(f->dir, CANARY_SERVER, &f->setup));
	fixture_reopen(f);
	CHECK_OK(vault_admin_create_vault(f->admin, CANARY_VAULT, f->vault_id));
	f->token = fixture_token(f, VAULT_READ | VAULT_WRITE, 0, f->token_id);
	CHECK_OK(vault_access_open(f->store, secret_bytes(f->token), &f->access));
}

static void remove_folder(const char *path)
{
	DIR *folder = opendir(path);

	CHECK(folder);
	for (const struct dirent *e = readdir(folder); e; e = readdir(folder)) {
		CLEANUP(mem_freep) char *file = mem_printf("%s/%s", path, e->d_name);

		if (e->d_name[0] != '.')
			CHECK_INT(unlink(file), 0);
	}
	closedir(folder);
	CHECK_INT(rmdir(path), 0);
}

void fixture_release(struct fixture *f)
{
	fixture_close(f);
	vault_setup_release(&f->setup);
	secret_freep(&f->token);
	person_key_release(&f->person);
	remove_folder(f->dir);
}

void fixture_add_field(struct vault_item *item, const char *label, const char *value)
{
	item->fields = mem_grow(item->fields, item->n_fields + 1, sizeof(*item->fields));
	item->fields[item->n_fields++] = (struct vault_item_field){.id = mem_strdup(label),
								   .section_id = mem_strdup("s1"),
								   .type = mem_strdup("CONCEALED"),
								   .purpose = mem_strdup(""),
								   .label = mem_strdup(label),
								   .value = secret_from_str(value)};
}

struct vault_item fixture_item(const char *title)
{
	struct vault_item item = {.title = mem_strdup(title),
				  .category = mem_strdup("LOGIN"),
				  .urls = MEM_NEW(struct vault_item_url),
				  .n_urls = 1,
				  .sections = MEM_NEW(struct vault_item_section),
				  .n_sections = 1,
				  .favorite = true};

	strv_add(&item.tags, CANARY_TAG);
	item.urls[0] = (struct vault_item_url){
		.label = mem_strdup(CANARY_LABEL), .href = mem_strdup(CANARY_URL), .primary = true};
	item.sections[0] =
		(struct vault_item_section){.id = mem_strdup("s1"), .label = mem_strdup(CANARY_SECTION)};
	fixture_add_field(&item, CANARY_LABEL, CANARY_VALUE);
	return item;
}

void fixture_create(struct fixture *f, const char *title, char out_id[OBJECT_ID_SIZE])
{
	CLEANUP(vault_item_release) struct vault_item item = fixture_item(title);

	CHECK_OK(vault_item_create(f->store, f->access, f->vault_id, &item));
	object_id_set(out_id, item.id);
}

void fixture_add_person(struct fixture *f)
{
	CLEANUP(strv_release) struct strv groups = {0};
	CLEANUP(secret_freep) struct secret *invitation = NULL;
	CLEANUP(secret_freep) struct secret *passphrase = secret_from_str(CANARY_PASSPHRASE);
	CLEANUP(vault_person_release) struct vault_person person = {0};
	char id[OBJECT_ID_SIZE];

	CHECK_OK(vault_admin_create_group(f->admin, CANARY_GROUP, CANARY_LABEL, f->group_id));
	CHECK_OK(vault_admin_set_global(f->admin, f->group_id, true));
	strv_add(&groups, f->group_id);
	const struct person_order order = {
		.name = CANARY_PERSON, .email = CANARY_EMAIL, .role = ADMIN_MEMBER, .groups = &groups};
	CHECK_OK(vault_admin_invite(f->admin, &order, id, &invitation));
	CHECK_OK(vault_person_accept(f->store, secret_bytes(invitation), passphrase, &person));
	CHECK_OK(vault_person_sign_in(f->store, CANARY_EMAIL, passphrase, &f->person));
}

void fixture_sql(struct fixture *f, const char *sql)
{
	CLEANUP(mem_freep) char *path = mem_printf("%s/%s", f->dir, VAULT_STORE_FILE);
	CLEANUP(db_freep) struct db *d = NULL;

	CHECK_OK(db_open(path, false, &d));
	CHECK_OK(db_script(d, sql));
}

static NODISCARD err_t collect_id(void *arg, const struct vault_item *item)
{
	strv_add(arg, item->id);
	return NULL;
}

static NODISCARD err_t read_vault(struct fixture *f, const struct vault_access *a, struct strv *ids)
{
	CLEANUP(vault_infos_release) struct vault_infos vaults = {0};

	TRY_(vault_list(f->store, a, &vaults));
	if (vaults.n != 1)
		return err_new(ERR_NOT_FOUND, "%zu vaults, not 1", vaults.n);
	TRY_(vault_items_each(f->store, a, f->vault_id, collect_id, ids));
	for (size_t i = 0; i < ids->n; i++) {
		CLEANUP(vault_item_release) struct vault_item item = {0};

		TRY_(vault_item_read(f->store, a, f->vault_id, ids->v[i], &item));
		for (size_t k = 0; k < item.n_files; k++) {
			CLEANUP(vault_file_content_release) struct vault_file_content content = {0};

			TRY_(vault_file_read(f->store, a, f->vault_id, ids->v[i], item.files[k].id,
					     &content));
		}
	}
	return NULL;
}

/* What the person has keys for, and that a manager can put somebody else into the person's group. */
static NODISCARD err_t read_as_person(struct fixture *f, size_t n_vaults)
{
	CLEANUP(vault_admin_freep) struct vault_admin *a = NULL;
	CLEANUP(vault_infos_release) struct vault_infos vaults = {0};
	CLEANUP(admin_key_release) struct admin_key key = {0};

	if (!f->person.private_key)
		return NULL;
	TRY_(vault_admin_open_person(f->store, &f->person, &a));
	TRY_(vault_admin_list_vaults(a, &vaults));
	if (vaults.n != n_vaults)
		return err_new(ERR_PROTOCOL, "the person sees %zu vaults of %zu", vaults.n, n_vaults);
	TRY_(vault_admin_create_key(f->admin, "one more", ADMIN_MEMBER, &key));
	return vault_admin_add_member(f->admin, f->group_id, key.id);
}

static NODISCARD err_t read_all(struct fixture *f, struct strv *ids)
{
	const struct vault_store_options options = {.data_dir = f->dir, .credentials = &f->setup.credentials};
	CLEANUP(vault_infos_release) struct vault_infos vaults = {0};
	CLEANUP(vault_tokens_release) struct vault_tokens tokens = {0};
	CLEANUP(admin_key_release) struct admin_key recovered = {0};
	char id[OBJECT_ID_SIZE];

	TRY_(vault_store_open(&options, &f->store));
	TRY_(vault_access_open(f->store, secret_bytes(f->token), &f->access));
	TRY_(read_vault(f, f->access, ids));
	TRY_(vault_admin_open(f->store, &f->setup.admin_key, &f->admin));
	TRY_(vault_admin_list_vaults(f->admin, &vaults));
	TRY_(vault_admin_list_tokens(f->admin, &tokens));
	TRY_(read_as_person(f, vaults.n));
	TRY_(vault_admin_create_vault(f->admin, "one more", id));
	return vault_admin_recover(f->store, secret_bytes(f->setup.recovery_key), "again", &recovered);
}

err_t fixture_read_all(struct fixture *f, size_t *out_n_items)
{
	CLEANUP(strv_release) struct strv ids = {0};

	fixture_close(f);
	err_t e = read_all(f, &ids);
	fixture_close(f);
	*out_n_items = ids.n;
	return e;
}
