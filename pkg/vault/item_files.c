#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "vault/items.h"
#include "vault/vault_tx.h"

#include <stdio.h>
#include <string.h>

#define PART_NAME_SIZE 40

static void part_name(const char *file_id, char out[PART_NAME_SIZE])
{
	(void)snprintf(out, PART_NAME_SIZE, "file-%s", file_id);
}

/* The index of the file of that name; n_files when there is none. */
static size_t find_name(const struct vault_item *item, const char *name)
{
	size_t k = 0;

	while (k < item->n_files && !streq(item->files[k].name, name))
		k++;
	return k;
}

static NODISCARD err_t find_or_add(struct vault_item *item, const char *name, size_t *out)
{
	const size_t k = find_name(item, name);

	*out = k;
	if (k < item->n_files)
		return NULL;
	if (k == VAULT_ITEM_FILES_MAX)
		return err_new(ERR_TOO_LARGE, "an item has at most %d files", VAULT_ITEM_FILES_MAX);
	item->files = mem_grow(item->files, k + 1, sizeof(*item->files));
	item->files[k] = (struct vault_item_file){.name = mem_strdup(name), .section_id = mem_strdup("")};
	rand_id(item->files[k].id);
	item->n_files++;
	return NULL;
}

static NODISCARD err_t find_id(const struct vault_item *item, const char *file_id, size_t *out)
{
	size_t k = 0;

	while (k < item->n_files && !streq(item->files[k].id, file_id))
		k++;
	if (k == item->n_files)
		return err_new(ERR_NOT_FOUND, "file %s not found", file_id);
	*out = k;
	return NULL;
}

/* The item as it is, with the version that it will have. */
static NODISCARD err_t begin_change(struct vault_tx *t, const char *item_id, struct vault_item *item,
				    struct item_tags *tags)
{
	TRY_(item_load_head(t, item_id, item, tags));
	TRY_(item_load_fields(t, item, tags));
	item->version++;
	item->updated_ms = clock_wall_ms();
	return NULL;
}

err_t item_file_put(struct vault_tx *t, struct vault_item *item, struct item_tags *tags, const char *name,
		    const void *p, size_t len, char out_file_id[OBJECT_ID_SIZE])
{
	CLEANUP(secret_freep) struct secret *content = secret_from(p, len);
	char part[PART_NAME_SIZE];
	size_t k = 0;

	if (len > VAULT_FILE_MAX)
		return err_new(ERR_TOO_LARGE, "a file has at most %zu bytes", VAULT_FILE_MAX);
	TRY_(find_or_add(item, name, &k));
	item->files[k].size = (int64_t)len;
	tags->files[k].version = item->version;
	part_name(item->files[k].id, part);
	TRY_(item_part_write(t, item->id, part, item->version, content, &tags->files[k].tag));
	object_id_set(out_file_id, item->files[k].id);
	return NULL;
}

static NODISCARD err_t check_version(const struct vault_item *item, const struct item_tags *tags, size_t k,
				     int64_t wanted)
{
	const int64_t version = k < item->n_files ? tags->files[k].version : VAULT_FILE_NEW;

	if (wanted == VAULT_FILE_THERE ? version == VAULT_FILE_NEW : wanted && wanted != version)
		return err_new(ERR_CONFLICT, "the file has another version");
	return NULL;
}

err_t vault_file_put(struct vault_store *s, const struct vault_access *a, const char *vault_id,
		     const char *item_id, const char *name, int64_t if_version, const void *p, size_t len,
		     char out_file_id[OBJECT_ID_SIZE])
{
	CLEANUP(vault_tx_end) struct vault_tx t = {0};
	CLEANUP(vault_item_release) struct vault_item item = {0};
	struct item_tags tags = {0};

	TRY_(vault_tx_begin(s, a, vault_id, VAULT_WRITE, &t));
	TRY_(begin_change(&t, item_id, &item, &tags));
	TRY_(check_version(&item, &tags, find_name(&item, name), if_version));
	TRY_(item_file_put(&t, &item, &tags, name, p, len, out_file_id));
	TRY_(item_save(&t, &item, &tags));
	return vault_tx_commit(&t);
}

err_t vault_file_delete(struct vault_store *s, const struct vault_access *a, const char *vault_id,
			const char *item_id, const char *file_id, int64_t if_version)
{
	CLEANUP(vault_tx_end) struct vault_tx t = {0};
	CLEANUP(vault_item_release) struct vault_item item = {0};
	struct item_tags tags = {0};
	char part[PART_NAME_SIZE];
	size_t k = 0;

	TRY_(vault_tx_begin(s, a, vault_id, VAULT_WRITE, &t));
	TRY_(begin_change(&t, item_id, &item, &tags));
	TRY_(find_id(&item, file_id, &k));
	TRY_(check_version(&item, &tags, k, if_version));
	part_name(file_id, part);
	TRY_(item_part_delete(&t, item_id, part));
	mem_free(item.files[k].name);
	mem_free(item.files[k].section_id);
	item.n_files--;
	memmove(&item.files[k], &item.files[k + 1], (item.n_files - k) * sizeof(*item.files));
	memmove(&tags.files[k], &tags.files[k + 1], (item.n_files - k) * sizeof(*tags.files));
	TRY_(item_save(&t, &item, &tags));
	return vault_tx_commit(&t);
}

err_t vault_file_read(struct vault_store *s, const struct vault_access *a, const char *vault_id,
		      const char *item_id, const char *file_id, struct vault_file_content *out)
{
	CLEANUP(vault_tx_end) struct vault_tx t = {0};
	CLEANUP(vault_item_release) struct vault_item item = {0};
	struct item_tags tags = {0};
	char part[PART_NAME_SIZE];
	size_t k = 0;

	TRY_(vault_tx_begin(s, a, vault_id, VAULT_READ, &t));
	TRY_(item_load_head(&t, item_id, &item, &tags));
	TRY_(item_load_fields(&t, &item, &tags));
	TRY_(find_id(&item, file_id, &k));
	part_name(file_id, part);
	TRY_(item_part_read(&t, item_id, part, tags.files[k].version, &tags.files[k].tag, &out->bytes));
	out->name = TAKE(item.files[k].name);
	out->version = tags.files[k].version;
	return NULL;
}

void vault_file_content_release(struct vault_file_content *c)
{
	mem_free(c->name);
	secret_free(c->bytes);
	*c = (struct vault_file_content){0};
}
