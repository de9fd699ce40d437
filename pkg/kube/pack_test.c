#include "kube/pack.h"

#include "base/intern.h"
#include "base/mem.h"
#include "base/test.h"
#include "kube/client.h"

#include <string.h>

/* One member of each kind. */
struct thing {
	struct kobj o;
	const char *text, *shared;
	int64_t number;
	size_t size;
	bool yes;
};

static void members(struct pack *p, struct kobj *o)
{
	struct thing *t = (struct thing *)o;

	pack_text(p, &t->text);
	pack_shared(p, &t->shared);
	pack_int(p, &t->number);
	pack_size(p, &t->size);
	pack_bool(p, &t->yes);
}

static void release(struct kobj *o)
{
	const struct thing *t = (const struct thing *)o;

	intern_put(t->text);
	intern_put(t->shared);
}

static const struct kobj_form form = {sizeof(struct thing), members, release};

static struct thing *make(const char *text, const char *shared)
{
	struct thing *t = MEM_NEW(struct thing);

	kobj_init(&t->o, release);
	t->o.meta.namespace = intern("team");
	t->o.meta.name = intern("db");
	t->o.meta.uid = intern("0b7c7e1c-7d5e-4f4e-9a5e-0123456789ab");
	t->o.meta.resource_version = intern("1000001");
	t->text = intern(text);
	t->shared = intern(shared);
	return t;
}

/* What a store gives out of t, which is its no longer. */
static struct thing *there_and_back(struct thing *t)
{
	void *kept = kept_new(&form, &t->o);
	struct kobj *o = kept_get(&form, kept, "team/db");

	kobj_unref(kept_take(&form, kept, "team/db"));
	return (struct thing *)o;
}

TEST(pack, texts_come_back_as_they_were)
{
	static const char *const texts[] = {
		NULL,
		"",
		"0",
		"00",
		"7",
		"007",
		"-7",
		"+7",
		" 7",
		"9223372036854775807",
		"9223372036854775808",
		"99999999999999999999999999",
		"True",
		"0b7c7e1c-7d5e-4f4e-9a5e-0123456789ab",
		"0B7C7E1C-7D5E-4F4E-9A5E-0123456789AB",
		"0b7c7e1c-7d5e-4f4e-9a5e-0123456789ag",
		"0b7c7e1c-7d5e-4f4e-9a5e-0123456789a-",
		"0b7c7e1c07d5e04f4e09a5e00123456789ab",
		"------------------------------------",
		"\xff\xfe\x80 bytes that are no text, thirty-six",
		"vaults/aaaaaaaaaaaaaaaaaaaaaaaaaa/items/bbbbbbbbbbbbbbbbbbbbbbbbbb",
		"vaults/Team/items/",
		"/",
		"a/b",
		"//////////////////",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct thing *t = there_and_back(make(texts[i], texts[i]));

		CHECK_STR(t->text, texts[i]);
		CHECK_STR(t->shared, texts[i]);
		kobj_unref(&t->o);
	}
	CHECK_INT(intern_count(), 0);
}

TEST(pack, numbers_come_back_as_they_were)
{
	static const int64_t numbers[] = {
		0, 1, -1, 63, 64, -64, -65, 127, 128, INT32_MAX, 1767225602000, INT64_MAX, INT64_MIN};

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		struct thing *t = make(NULL, NULL);

		t->number = numbers[i];
		t->size = (size_t)numbers[i];
		t->yes = i % 2;
		t = there_and_back(t);
		CHECK_INT(t->number, numbers[i]);
		CHECK(t->size == (size_t)numbers[i]);
		CHECK(t->yes == (bool)(i % 2));
		kobj_unref(&t->o);
	}
}

TEST(pack, what_every_object_carries_comes_back)
{
	struct thing *t = make("x", NULL);
	struct kube_meta *m = &t->o.meta;

	m->generation = 3;
	m->created_ms = 1767225602000;
	m->deleting = true;
	m->n_owners = 1;
	m->owners = MEM_NEW(struct kube_owner);
	*m->owners =
		(struct kube_owner){intern("apps/v1"), intern("Deployment"), intern("web"), intern("u-2")};
	t = there_and_back(t);
	m = &t->o.meta;
	CHECK_STR(m->namespace, "team");
	CHECK_STR(m->name, "db");
	CHECK_STR(m->uid, "0b7c7e1c-7d5e-4f4e-9a5e-0123456789ab");
	CHECK_STR(m->resource_version, "1000001");
	CHECK_INT(m->generation, 3);
	CHECK_INT(m->created_ms, 1767225602000);
	CHECK(m->deleting);
	CHECK_INT(m->n_owners, 1);
	CHECK_STR(m->owners[0].api_version, "apps/v1");
	CHECK_STR(m->owners[0].kind, "Deployment");
	CHECK_STR(m->owners[0].name, "web");
	CHECK_STR(m->owners[0].uid, "u-2");
	kobj_unref(&t->o);
	CHECK_INT(intern_count(), 0);
}

TEST(pack, what_many_have_alike_is_kept_once)
{
	void *first = kept_new(&form, &make("vaults/Team/items/a", "a long message of all")->o);
	const size_t texts = intern_count();
	void *second = kept_new(&form, &make("vaults/Team/items/b", "a long message of all")->o);

	CHECK_INT(intern_count(), texts);
	kobj_unref(kept_take(&form, first, "team/a"));
	kobj_unref(kept_take(&form, second, "team/b"));
	CHECK_INT(intern_count(), 0);
}

TEST(pack, the_largest_text_that_a_server_can_give_fits)
{
	char *text CLEANUP(mem_freep) = mem_zalloc(KUBE_OBJECT_MAX);
	struct thing *t;

	memset(text, 'x', KUBE_OBJECT_MAX - 1);
	t = there_and_back(make(text, NULL));
	CHECK_STR(t->text, text);
	kobj_unref(&t->o);
}

TEST(pack, without_a_form_the_object_itself_is_kept)
{
	struct thing *t = make("x", NULL);
	void *kept = kept_new(NULL, &t->o);
	struct kobj *o = kept_get(NULL, kept, "team/db");

	CHECK(kept == t);
	CHECK(o == &t->o);
	kobj_unref(kept_take(NULL, kept, "team/db"));
	CHECK_STR(((struct thing *)o)->text, "x");
	kobj_unref(o);
}
