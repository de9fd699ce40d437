#include "operator/secretmeta.h"

#include "operator/adopt.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_patch(const char *text, size_t len)
{
	struct jsonx *patch CLEANUP(jsonx_freep) = NULL;
	err_t e CLEANUP(err_freep) = jsonx_parse(text, len, &patch);

	if (e || !streq(jsonx_get_str(jsonx_at(patch, 0), "path"), "/metadata/resourceVersion"))
		abort();
}

/* What the item has today. */
static char key[] = "password";
static struct secretdata_entry entry = {.key = key, .p = "x", .len = 1};
static const struct secretdata item_data = {&entry, 1};

static void take_over(const struct jsonx *object, bool is_original)
{
	struct strbuf patch CLEANUP(strbuf_release) = {0};
	bool needed = false;
	err_t e CLEANUP(err_freep) = NULL;

	strbuf_init(&patch, 16u << 20);
	e = adopt_patch(object, is_original, &item_data, &patch, &needed);
	if (!e && needed)
		check_patch(patch.p, patch.len);
}

/* A Secret's metadata, managedFields among it: read, and its ownership moved. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct jsonx *object CLEANUP(jsonx_freep) = NULL;
	struct kobj *o = NULL;
	err_t e CLEANUP(err_freep) = jsonx_parse((const char *)data, size, &object);

	if (e)
		return 0;
	e = secretmeta_decode(object, size % 2 == 0, &o);
	if (!e) {
		const struct secretmeta *s = (const struct secretmeta *)o;

		if (!s->o.meta.uid || s->keys_applied < -1 || s->item_version < -1 ||
		    (secretmeta_is_ours(s) && secretmeta_is_original(s)))
			abort();
		take_over(object, secretmeta_is_original(s));
	}
	kobj_unref(o);
	return 0;
}
