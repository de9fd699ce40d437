#include "vault/page_cache.h"

#include "base/mem.h"
#include "base/str.h"
#include "base/sync.h"

#include <stdio.h>

#define SLOTS 2048
/* 8 MiB. */
#define ENTRIES_MAX ((size_t)1 << 17)

struct page_cache {
	pthread_mutex_t mutex;
	struct shared_page *slots[SLOTS];
	size_t entries;
};

struct page_cache *page_cache_new(void)
{
	struct page_cache *c = MEM_NEW(struct page_cache);

	sync_mutex_init(&c->mutex);
	return c;
}

void shared_page_unref(struct shared_page *p)
{
	if (!p || !ref_put(&p->ref))
		return;
	mem_free(atomic_load(&p->title_hashes));
	mem_free(p->v);
	mem_free(p);
}

static void empty_slot(struct page_cache *c, struct shared_page **slot)
{
	if (!*slot)
		return;
	c->entries -= (*slot)->n;
	shared_page_unref(TAKE(*slot));
}

static void empty_all(struct page_cache *c)
{
	for (size_t i = 0; i < SLOTS; i++)
		empty_slot(c, &c->slots[i]);
}

void page_cache_free(struct page_cache *c)
{
	if (!c)
		return;
	empty_all(c);
	sync_mutex_destroy(&c->mutex);
	mem_free(c);
}

/* A page has one place, so a newer one takes that of the one before. */
static struct shared_page **slot_of(struct page_cache *c, const struct page_name *name)
{
	size_t sum = 0;

	for (const char *p = name->scope; *p; p++)
		sum = sum * 31 + (unsigned char)*p;
	return &c->slots[(sum * MANIFEST_PAGES + name->number) % SLOTS];
}

static bool is_named(const struct shared_page *p, const struct page_name *name)
{
	return p->number == name->number && p->sequence == name->sequence &&
	       seal_tag_eq(&p->tag, &name->tag) && streq(p->scope, name->scope);
}

struct shared_page *page_cache_get(struct page_cache *c, const struct page_name *name)
{
	SYNC_SCOPE(&c->mutex);
	struct shared_page *p = *slot_of(c, name);

	if (!p || !is_named(p, name))
		return NULL;
	ref_get(&p->ref);
	return p;
}

static void keep(struct page_cache *c, const struct page_name *name, struct shared_page *p)
{
	SYNC_SCOPE(&c->mutex);
	struct shared_page **slot = slot_of(c, name);

	empty_slot(c, slot);
	if (p->n > ENTRIES_MAX)
		return;
	if (c->entries + p->n > ENTRIES_MAX)
		empty_all(c);
	ref_get(&p->ref);
	c->entries += p->n;
	*slot = p;
}

struct shared_page *page_cache_add(struct page_cache *c, const struct page_name *name,
				   struct manifest_entry *v, size_t n)
{
	struct shared_page *p = MEM_NEW(struct shared_page);

	ref_init(&p->ref);
	(void)snprintf(p->scope, sizeof(p->scope), "%s", name->scope);
	p->number = name->number;
	p->sequence = name->sequence;
	p->tag = name->tag;
	p->v = v;
	p->n = n;
	atomic_init(&p->title_hashes, NULL);
	keep(c, name, p);
	return p;
}
