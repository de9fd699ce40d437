#include "kube/client.h"

#include "base/mem.h"
#include "kube/client_send.h"
#include "kube/path.h"
#include <stdio.h>

/* Few, because a page is held whole, and ten times as large once it is parsed. */
#define PAGE_OBJECTS 100
/* Pages that are too large are asked for again with a fifth of the objects, down to 4. */
#define PAGE_SHRINK 5
#define PAGE_OBJECTS_MIN 4
/* A server that never ends a list is a broken one. */
#define PAGES_MAX 100000

struct list {
	struct kube_client *client;
	const struct kube_target *target;
	enum kube_view view;
	const char *label_selector, *version;
	int limit;
	char *token;       /* where the next page begins; NULL: at the start */
	char *got_version; /* of the first page, which is that of all */
};

static void list_release(struct list *l)
{
	mem_free(l->token);
	mem_free(l->got_version);
}

static NODISCARD err_t page_path(const struct list *l, struct strbuf *out)
{
	char limit[16];

	snprintf(limit, sizeof(limit), "%d", l->limit);
	TRY_(kube_path_add(out, l->target));
	kube_query_add(out, "limit", limit);
	kube_query_add(out, "labelSelector", l->label_selector);
	kube_query_add(out, "continue", l->token);
	if (!l->token && !str_empty(l->version)) {
		kube_query_add(out, "resourceVersion", l->version);
		kube_query_add(out, "resourceVersionMatch", "NotOlderThan");
	}
	return strbuf_check(out, "path");
}

static NODISCARD err_t page_get(const struct list *l, struct cancel *cancel, struct jsonx **out)
{
	CLEANUP(strbuf_release) struct strbuf path = {0};
	CLEANUP(http_response_release) struct http_response r = {0};
	CLEANUP(mem_freep)
	char *kind = l->view == KUBE_FULL ? mem_printf("%sList", l->target->resource->kind)
					  : mem_strdup("PartialObjectMetadataList");

	strbuf_init(&path, 2 * KUBE_PATH_MAX);
	TRY_(page_path(l, &path));
	const struct kube_call call = {
		.method = "GET",
		.path = path.p,
		.accept = l->view == KUBE_FULL
				  ? "application/json"
				  : "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
		.read = true,
	};
	TRY_(client_send(l->client, &call, cancel, &r));
	return client_parse(&call, &r, kind, out);
}

static bool can_shrink(const struct list *l, const struct err *e)
{
	return err_is(e, ERR_TOO_LARGE) && l->limit / PAGE_SHRINK >= PAGE_OBJECTS_MIN;
}

static NODISCARD err_t page_get_fitting(struct list *l, struct cancel *cancel, struct jsonx **out)
{
	for (;;) {
		err_t e = page_get(l, cancel, out);

		if (!can_shrink(l, e))
			return e;
		err_free(e);
		l->limit /= PAGE_SHRINK;
	}
}

static NODISCARD err_t page_take(struct list *l, const struct jsonx *page)
{
	const struct jsonx *metadata = jsonx_get(page, "metadata");
	const char *token = jsonx_get_str(metadata, "continue");
	const char *version = jsonx_get_str(metadata, "resourceVersion");

	if (str_empty(version))
		return err_new(ERR_PROTOCOL, "list of %s: without a resourceVersion",
			       l->target->resource->plural);
	if (!l->got_version)
		l->got_version = mem_strdup(version);
	mem_free(l->token);
	l->token = str_empty(token) ? NULL : mem_strdup(token);
	return NULL;
}

err_t kube_list(struct kube_client *c, const struct kube_target *t, enum kube_view view,
		const char *label_selector, const char *version, struct cancel *cancel,
		err_t (*on_object)(void *arg, const struct jsonx *object), void *arg, char **out_version)
{
	CLEANUP(list_release)
	struct list l = {.client = c,
			 .target = t,
			 .view = view,
			 .label_selector = label_selector,
			 .version = version,
			 .limit = PAGE_OBJECTS};

	for (int pages = 0; pages == 0 || l.token; pages++) {
		CLEANUP(jsonx_freep) struct jsonx *page = NULL;

		if (pages == PAGES_MAX)
			return err_new(ERR_TOO_LARGE, "list of %s: more than %d pages", t->resource->plural,
				       PAGES_MAX);
		TRY_(page_get_fitting(&l, cancel, &page));
		TRY_(page_take(&l, page));
		const struct jsonx *items = jsonx_get(page, "items");
		for (size_t i = 0; i < jsonx_len(items); i++)
			TRY_(on_object(arg, jsonx_at(items, i)));
	}
	if (out_version)
		*out_version = TAKE(l.got_version);
	return NULL;
}
