#include "operator/waiting.h"

#include "operator/changes.h"
#include "operator/names.h"
#include "operator/onepassworditem.h"

static err_t body(const struct onepassworditem *item, size_t n, struct strbuf *out)
{
	struct jsonw w;

	jsonw_init_str(&w, out);
	jsonw_object(&w);
	jsonw_kobject(&w, "metadata");
	jsonw_kstr(&w, "uid", item->o.meta.uid);
	jsonw_end_object(&w);
	jsonw_kobject(&w, "status");
	jsonw_key(&w, "restartsPending");
	if (n > 0)
		jsonw_int(&w, (int64_t)n);
	else
		jsonw_null(&w);
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}

static err_t write(struct shared *s, struct clients *c, const struct onepassworditem *item, size_t n,
		   struct cancel *cancel)
{
	const struct kube_target target = {.resource = &onepassworditem_resource,
					   .namespace = item->o.meta.namespace,
					   .name = item->o.meta.name,
					   .subresource = "status"};
	struct kube_object answer CLEANUP(kube_object_release) = {0};
	struct strbuf text CLEANUP(strbuf_release) = {0};
	struct kobj *now = NULL;

	strbuf_init(&text, 4096);
	TRY_(shared_check_leading(s));
	TRY_(body(item, n, &text));
	TRY(kube_patch(c->kube, &target, KUBE_PATCH_MERGE, NAME_MANAGER_STATUS, text.p, text.len, cancel,
		       &answer),
	    "cannot say in the status that workloads wait");
	TRY_(onepassworditem_decode(answer.json, s->copy_annotations, &now));
	changes_note_item(s, &now);
	return NULL;
}

/* Whether it is time; remembers when it was. */
static bool is_due(struct shared *s, const char *key, size_t n)
{
	const int64_t now_ns = clock_now_ns(NULL);
	struct memo memo = {0};
	const bool known = memos_get(s->memos, key, &memo);
	bool due = n == 0;

	if (n == 0 && (!known || !memo.waiting_told_ns))
		return true;
	if (n == 0)
		memo.waiting_told_ns = 0;
	else if (!memo.waiting_told_ns)
		memo.waiting_told_ns = now_ns;
	else
		due = now_ns - memo.waiting_told_ns >= WAITING_TELL_MS * NS_PER_MS;
	if (due && n > 0)
		memo.waiting_told_ns = now_ns;
	memos_set(s->memos, key, &memo);
	return due;
}

err_t waiting_tell(struct shared *s, struct clients *c, const char *key, size_t n, struct cancel *cancel)
{
	struct kobj *item = kstore_get(s->items, key);
	err_t e = NULL;

	if (item && is_due(s, key, n) && !item->meta.deleting && atomic_load(&s->crd) == CRD_NEW &&
	    ((const struct onepassworditem *)item)->status.restarts_pending != (int64_t)n)
		e = write(s, c, (const struct onepassworditem *)item, n, cancel);
	kobj_unref(item);
	return e;
}
