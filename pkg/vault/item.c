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

static void release_fields(struct vault_item *i)
{
	for (size_t k = 0; k < i->n_sections; k++) {
		mem_free(i->sections[k].id);
		mem_free(i->sections[k].label);
	}
	for (size_t k = 0; k < i->n_fields; k++) {
		mem_free(i->fields[k].id);
		mem_free(i->fields[k].section_id);
		mem_free(i->fields[k].type);
		mem_free(i->fields[k].purpose);
		mem_free(i->fields[k].label);
		secret_free(i->fields[k].value);
	}
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
