#include "vault/item_record.h"

#include "base/mem.h"
#include "base/test.h"
#include "vault/codec.h"

/* One field, as version 2 of the schema and older wrote it. */
static struct secret *old_record(void)
{
	CLEANUP(codec_writer_release) struct codec_writer w = {0};
	struct secret *out = NULL;

	codec_writer_init(&w, ITEM_PART_MAX);
	codec_put_int(&w, 1);
	codec_put_int(&w, 0);
	codec_put_int(&w, 1);
	codec_put_str(&w, "password");
	codec_put_str(&w, "");
	codec_put_str(&w, "CONCEALED");
	codec_put_str(&w, "PASSWORD");
	codec_put_str(&w, "password");
	codec_put_str(&w, "old value");
	codec_put_int(&w, 0);
	CHECK_OK(codec_writer_take(&w, &out));
	return out;
}

static struct vault_item with_history(size_t n)
{
	struct vault_item item = {.fields = MEM_NEW(struct vault_item_field), .n_fields = 1};
	struct vault_item_field *f = &item.fields[0];

	*f = (struct vault_item_field){.id = mem_strdup("password"),
				       .value = secret_from_str("now"),
				       .generated = true,
				       .history = mem_calloc(n, sizeof(struct secret *))};
	for (; f->n_history < n; f->n_history++)
		f->history[f->n_history] = secret_from_str("before");
	return item;
}

TEST(item_record, fields_of_older_stores_are_read_as_ones_without_history)
{
	CLEANUP(secret_freep) struct secret *record = old_record();
	CLEANUP(vault_item_release) struct vault_item item = {0};
	struct item_tags tags = {0};

	CHECK_OK(item_decode_fields(record, &item, &tags));
	CHECK_INT(item.n_fields, 1);
	CHECK_STR(item.fields[0].purpose, "PASSWORD");
	CHECK_STR(secret_bytes(item.fields[0].value), "old value");
	CHECK(!item.fields[0].generated);
	CHECK_INT(item.fields[0].n_history, 0);
}

TEST(item_record, a_history_comes_back_as_it_was_written)
{
	CLEANUP(vault_item_release) struct vault_item item = with_history(VAULT_FIELD_HISTORY_MAX);
	CLEANUP(vault_item_release) struct vault_item back = {0};
	CLEANUP(secret_freep) struct secret *record = NULL;
	struct item_tags tags = {0};

	CHECK_OK(item_encode_fields(&item, &tags, &record));
	CHECK_OK(item_decode_fields(record, &back, &tags));
	CHECK(back.fields[0].generated);
	CHECK_INT(back.fields[0].n_history, VAULT_FIELD_HISTORY_MAX);
	CHECK_STR(secret_bytes(back.fields[0].history[VAULT_FIELD_HISTORY_MAX - 1]), "before");
}

TEST(item_record, a_history_that_nobody_wrote_is_damage)
{
	CLEANUP(vault_item_release)
	struct vault_item item = with_history(VAULT_FIELD_HISTORY_MAX + 1);
	CLEANUP(vault_item_release) struct vault_item back = {0};
	CLEANUP(secret_freep) struct secret *record = NULL;
	struct item_tags tags = {0};

	CHECK_OK(item_encode_fields(&item, &tags, &record));
	CHECK_ERR(item_decode_fields(record, &back, &tags), ERR_PROTOCOL);
}
