#include "operator/moved.h"

#include "operator/onepassworditem.h"

#include <inttypes.h>
#include <stdio.h>

uint64_t moved_mark(const struct resolution *where)
{
	char text[128];

	snprintf(text, sizeof(text), "%s/%s/%" PRId64 "/%d", where->vault_id, where->item_id, where->version,
		 where->ignored);
	return memo_mark(text);
}

static bool leads_to(const struct shared *s, const char *text, uint64_t mark)
{
	struct item_path path CLEANUP(item_path_release) = {0};
	struct resolution where = {0};
	bool unknown = true;
	err_t e = item_path_parse(text, &path);

	if (!e)
		e = catalog_lookup(s->catalog, &path, &where, &unknown);
	if (e) {
		err_free(e);
		return false;
	}
	return !unknown && moved_mark(&where) == mark;
}

static bool item_leads_to(const struct shared *s, const char *key, uint64_t mark, bool *out_asks)
{
	struct kobj *item = kstore_get(s->items, key);
	const bool same = item && leads_to(s, ((struct onepassworditem *)item)->item_path, mark);

	*out_asks = item;
	kobj_unref(item);
	return same;
}

static bool workloads_lead_to(const struct shared *s, const char *key, uint64_t mark)
{
	struct kobj_list asking CLEANUP(kobj_list_release) = {0};
	char index[WORKLOAD_INDEX_SIZE], namespace[254], name[254];

	workload_index_makes(key, index);
	workloads_indexed(&s->workloads, index, &asking);
	if (!kube_key_parse(key, namespace, name))
		return false;
	for (size_t i = 0; i < asking.n; i++) {
		const struct workload_request *request =
			workload_request((const struct workload *)asking.v[i], name);

		if (!request || !leads_to(s, request->item_path, mark))
			return false;
	}
	return asking.n > 0;
}

bool moved_is_as_before(const struct shared *s, const char *key)
{
	struct memo memo = {0};
	bool item_asks, same;

	if (!memos_get(s->memos, key, &memo) || !memo.fine_at)
		return false;
	same = item_leads_to(s, key, memo.fine_at, &item_asks);
	return item_asks ? same : workloads_lead_to(s, key, memo.fine_at);
}

void moved_queue(const struct shared *s)
{
	struct strv keys CLEANUP(strv_release) = {0};

	shared_wanted_keys(s, &keys);
	for (size_t i = 0; i < keys.n; i++)
		if (!moved_is_as_before(s, keys.v[i]))
			workqueue_add(s->queue, keys.v[i], WORKQUEUE_ROUTINE);
}
