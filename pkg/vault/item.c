#include "vault/item.h"

#include "base/mem.h"

static void release_head(struct vault_item *i)
{
	for (size_t k = 0; k < i->n_urls; k++) {
		mem_free(i->urls[k].label);
		mem_free(i->urls[k].href);
	}
	mem_free(i->urls);
	mem_free(i->title);
	mem_free(i->category);
	mem_free(i->last_edited_by);
	strv_release(&i->tags);
}

static void release_field(struct vault_item_field *f)
{
	mem_free(f->id);
	mem_free(f->section_id);
	mem_free(f->type);
	mem_free(f->purpose);
	mem_free(f->label);
	secret_free(f->value);
	for (size_t k = 0; k < f->n_history; k++)
		secret_free(f->history[k]);
	mem_free(f->history);
}

static void release_fields(struct vault_item *i)
{
	for (size_t k = 0; k < i->n_sections; k++) {
		mem_free(i->sections[k].id);
		mem_free(i->sections[k].label);
	}
	for (size_t k = 0; k < i->n_fields; k++)
		release_field(&i->fields[k]);
	for (size_t k = 0; k < i->n_files; k++) {
		mem_free(i->files[k].name);
		mem_free(i->files[k].section_id);
	}
	mem_free(i->sections);
	mem_free(i->fields);
	mem_free(i->files);
}

void vault_item_release(struct vault_item *i)
{
	release_head(i);
	release_fields(i);
	*i = (struct vault_item){0};
}
