#include "vault/item_record.h"

#include "base/mem.h"
#include "vault/codec.h"

#define FORM 1
#define FIELDS_FORM 2
#define FIELDS_FORM_WITHOUT_HISTORY 1

err_t item_encode_head(const struct vault_item *i, const struct item_tags *tags, struct secret **out)
{
	CLEANUP(codec_writer_release) struct codec_writer w = {0};

	codec_writer_init(&w, VAULT_ITEM_SHOWN_MAX);
	codec_put_int(&w, FORM);
	codec_put_bytes(&w, tags->fields.bytes, sizeof(tags->fields.bytes));
	codec_put_str(&w, i->title);
	codec_put_str(&w, i->category);
	codec_put_int(&w, i->favorite);
	codec_put_int(&w, i->created_ms);
	codec_put_int(&w, i->updated_ms);
	codec_put_str(&w, i->last_edited_by);
	codec_put_int(&w, (int64_t)i->tags.n);
	for (size_t k = 0; k < i->tags.n; k++)
		codec_put_str(&w, i->tags.v[k]);
	codec_put_int(&w, (int64_t)i->n_urls);
	for (size_t k = 0; k < i->n_urls; k++) {
		codec_put_str(&w, i->urls[k].label);
		codec_put_str(&w, i->urls[k].href);
		codec_put_int(&w, i->urls[k].primary);
	}
	if (w.overflow)
		return err_new(ERR_TOO_LARGE, "title, tags and urls of an item have together at most %zu KiB",
			       VAULT_ITEM_SHOWN_MAX >> 10);
	return codec_writer_take(&w, out);
}

err_t item_decode_head(const struct secret *plain, struct vault_item *i, struct item_tags *tags)
{
	struct codec_reader r = codec_reader_of(plain);

	r.bad = codec_get_int(&r) != FORM;
	codec_get_exact(&r, tags->fields.bytes, sizeof(tags->fields.bytes));
	i->title = codec_get_str(&r);
	i->category = codec_get_str(&r);
	i->favorite = codec_get_int(&r) != 0;
	i->created_ms = codec_get_int(&r);
	i->updated_ms = codec_get_int(&r);
	i->last_edited_by = codec_get_str(&r);
	const size_t n_tags = codec_get_count(&r);
	for (size_t k = 0; k < n_tags && !r.bad; k++) {
		char *tag = codec_get_str(&r);

		strv_add_take(&i->tags, &tag);
	}
	const size_t n_urls = codec_get_count(&r);
	i->urls = n_urls > 0 ? mem_calloc(n_urls, sizeof(*i->urls)) : NULL;
	for (i->n_urls = 0; i->n_urls < n_urls && !r.bad; i->n_urls++) {
		struct vault_item_url *url = &i->urls[i->n_urls];

		url->label = codec_get_str(&r);
		url->href = codec_get_str(&r);
		url->primary = codec_get_int(&r) != 0;
	}
	return codec_reader_done(&r, "item");
}

static void encode_value(struct codec_writer *w, const struct vault_item_field *f)
{
	codec_put_str(w, f->id);
	codec_put_str(w, f->section_id);
	codec_put_str(w, f->type);
	codec_put_str(w, f->purpose);
	codec_put_str(w, f->label);
	codec_put_secret(w, f->value);
	codec_put_int(w, f->generated);
	codec_put_int(w, (int64_t)f->n_history);
	for (size_t k = 0; k < f->n_history; k++)
		codec_put_secret(w, f->history[k]);
}

err_t item_encode_fields(const struct vault_item *i, const struct item_tags *tags, struct secret **out)
{
	CLEANUP(codec_writer_release) struct codec_writer w = {0};

	codec_writer_init(&w, ITEM_PART_MAX);
	codec_put_int(&w, FIELDS_FORM);
	codec_put_int(&w, (int64_t)i->n_sections);
	for (size_t k = 0; k < i->n_sections; k++) {
		codec_put_str(&w, i->sections[k].id);
		codec_put_str(&w, i->sections[k].label);
	}
	codec_put_int(&w, (int64_t)i->n_fields);
	for (size_t k = 0; k < i->n_fields; k++)
		encode_value(&w, &i->fields[k]);
	codec_put_int(&w, (int64_t)i->n_files);
	for (size_t k = 0; k < i->n_files; k++) {
		codec_put_str(&w, i->files[k].id);
		codec_put_str(&w, i->files[k].name);
		codec_put_str(&w, i->files[k].section_id);
		codec_put_int(&w, i->files[k].size);
		codec_put_int(&w, tags->files[k].version);
		codec_put_bytes(&w, tags->files[k].tag.bytes, sizeof(tags->files[k].tag.bytes));
	}
	return codec_writer_take(&w, out);
}

static void decode_sections(struct codec_reader *r, struct vault_item *i)
{
	const size_t n = codec_get_count(r);

	i->sections = n > 0 ? mem_calloc(n, sizeof(*i->sections)) : NULL;
	for (i->n_sections = 0; i->n_sections < n && !r->bad; i->n_sections++) {
		i->sections[i->n_sections].id = codec_get_str(r);
		i->sections[i->n_sections].label = codec_get_str(r);
	}
}

static void decode_history(struct codec_reader *r, struct vault_item_field *f)
{
	f->generated = codec_get_int(r) != 0;
	const size_t n = codec_get_count(r);
	r->bad = r->bad || n > VAULT_FIELD_HISTORY_MAX;
	if (r->bad || n == 0)
		return;
	f->history = mem_calloc(n, sizeof(struct secret *));
	for (; f->n_history < n; f->n_history++)
		f->history[f->n_history] = codec_get_secret(r);
}

static void decode_values(struct codec_reader *r, int64_t form, struct vault_item *i)
{
	const size_t n = codec_get_count(r);

	i->fields = n > 0 ? mem_calloc(n, sizeof(*i->fields)) : NULL;
	for (i->n_fields = 0; i->n_fields < n && !r->bad; i->n_fields++) {
		struct vault_item_field *f = &i->fields[i->n_fields];

		f->id = codec_get_str(r);
		f->section_id = codec_get_str(r);
		f->type = codec_get_str(r);
		f->purpose = codec_get_str(r);
		f->label = codec_get_str(r);
		f->value = codec_get_secret(r);
		if (form != FIELDS_FORM_WITHOUT_HISTORY)
			decode_history(r, f);
	}
}

static void decode_files(struct codec_reader *r, struct vault_item *i, struct item_tags *tags)
{
	const size_t n = codec_get_count(r);

	r->bad = r->bad || n > VAULT_ITEM_FILES_MAX;
	i->files = n > 0 ? mem_calloc(n, sizeof(*i->files)) : NULL;
	for (i->n_files = 0; i->n_files < n && !r->bad; i->n_files++) {
		struct vault_item_file *f = &i->files[i->n_files];
		struct item_file_ref *ref = &tags->files[i->n_files];

		codec_get_id(r, f->id);
		f->name = codec_get_str(r);
		f->section_id = codec_get_str(r);
		f->size = codec_get_int(r);
		ref->version = codec_get_int(r);
		codec_get_exact(r, ref->tag.bytes, sizeof(ref->tag.bytes));
	}
}

err_t item_decode_fields(const struct secret *plain, struct vault_item *i, struct item_tags *tags)
{
	struct codec_reader r = codec_reader_of(plain);
	const int64_t form = codec_get_int(&r);

	r.bad = form != FIELDS_FORM && form != FIELDS_FORM_WITHOUT_HISTORY;
	decode_sections(&r, i);
	decode_values(&r, form, i);
	decode_files(&r, i, tags);
	return codec_reader_done(&r, "item");
}
