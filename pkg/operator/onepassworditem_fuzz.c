#include "operator/status.h"
#include "operator/workload.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What we write of a status is what we read back. */
static void write_status(const struct onepassworditem *item)
{
	const struct status_want want = {
		.ready = true, .reason = "Synced", .message = "", .item_path = "p", .item_version = 7};
	struct strbuf text CLEANUP(strbuf_release) = {0};
	struct jsonx *json CLEANUP(jsonx_freep) = NULL;
	const struct jsonx *condition;
	err_t e CLEANUP(err_freep) = NULL;

	strbuf_init(&text, 16u << 20);
	e = status_write(item, &want, 0, &text);
	if (e)
		return;
	e = jsonx_parse(text.p, text.len, &json);
	condition = jsonx_at(jsonx_get(jsonx_get(json, "status"), "conditions"), 0);
	if (e || !streq(jsonx_get_str(condition, "status"), "True") ||
	    !jsonx_get_str(condition, "lastTransitionTime"))
		abort();
}

static void read_item(const struct jsonx *object)
{
	struct kobj *o = NULL;
	err_t e CLEANUP(err_freep) = onepassworditem_decode(object, true, &o);
	const struct onepassworditem *item = (const struct onepassworditem *)o;

	if (e)
		return;
	if (!item->item_path || !item->type)
		abort();
	write_status(item);
	kobj_unref(o);
}

static void read_workload(const struct jsonx *object)
{
	struct kobj *o = NULL;
	struct strv index CLEANUP(strv_release) = {0};
	err_t e CLEANUP(err_freep) = workload_decode(&kube_deployments, object, NULL, &o);
	const struct workload *w = (const struct workload *)o;

	if (e || !o)
		return;
	for (size_t i = 0; i < w->n_requests; i++)
		if (!w->requests[i].item_path || !kube_is_dns_subdomain(w->requests[i].secret_name))
			abort();
	workload_index_keys(o, &index);
	if (index.n != w->secrets.n + w->n_requests || !workload_equal(w, w))
		abort();
	kobj_unref(o);
}

/* A user's object: a OnePasswordItem, or a workload. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct jsonx *object CLEANUP(jsonx_freep) = NULL;
	err_t e CLEANUP(err_freep) = jsonx_parse((const char *)data, size, &object);

	if (e)
		return 0;
	read_item(object);
	read_workload(object);
	return 0;
}
