#include "kube/client.h"

#include "kube/client_send.h"
#include "kube/path.h"
#include "json/jsonw.h"
#include <string.h>

#define ACCEPT_FULL "application/json"
#define ACCEPT_METADATA "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"

static NODISCARD err_t exchange(struct kube_client *c, const struct kube_call *call, const char *kind,
				struct cancel *cancel, struct kube_object *out)
{
	CLEANUP(http_response_release) struct http_response r = {0};
	struct jsonx *json = NULL;

	TRY_(client_send(c, call, cancel, &r));
	TRY_(client_parse(call, &r, kind, &json));
	*out = (struct kube_object){
		.json = json, .server_time_ms = r.server_time_ms, .created = r.status == 201};
	return NULL;
}

err_t kube_get(struct kube_client *c, const struct kube_target *t, enum kube_view view, struct cancel *cancel,
	       struct kube_object *out)
{
	CLEANUP(strbuf_release) struct strbuf path = {0};

	strbuf_init(&path, KUBE_PATH_MAX);
	TRY_(kube_path_add(&path, t));
	const struct kube_call call = {
		.method = "GET",
		.path = path.p,
		.accept = view == KUBE_FULL ? ACCEPT_FULL : ACCEPT_METADATA,
		.read = true,
	};
	return exchange(c, &call, view == KUBE_FULL ? t->resource->kind : "PartialObjectMetadata", cancel,
			out);
}

struct write {
	const char *method, *content_type, *body;
	size_t len;
	const char *manager;
	bool force;
};

static bool is_secret(const struct kube_resource *r)
{
	return streq(r->group, kube_secrets.group) && streq(r->plural, kube_secrets.plural);
}

static NODISCARD err_t write_object(struct kube_client *c, const struct kube_target *t, const struct write *w,
				    struct cancel *cancel, struct kube_object *out)
{
	CLEANUP(strbuf_release) struct strbuf path = {0};

	strbuf_init(&path, KUBE_PATH_MAX);
	TRY_(kube_path_add(&path, t));
	kube_query_add(&path, "fieldManager", w->manager);
	if (client_is_dry_run(c))
		kube_query_add(&path, "dryRun", "All");
	if (w->force)
		kube_query_add(&path, "force", "true");
	TRY_(strbuf_check(&path, "path"));
	const struct kube_call call = {
		.method = w->method,
		.path = path.p,
		.accept = ACCEPT_FULL,
		.content_type = w->content_type,
		.body = w->body,
		.len = w->len,
		.quote = is_secret(t->resource) ? STATUS_QUOTE_SAFE : STATUS_QUOTE,
	};
	return exchange(c, &call, t->resource->kind, cancel, out);
}

err_t kube_apply(struct kube_client *c, const struct kube_target *t, const char *manager, const char *body,
		 size_t len, struct cancel *cancel, struct kube_object *out)
{
	const struct write w = {.method = "PATCH",
				.content_type = "application/apply-patch+yaml",
				.body = body,
				.len = len,
				.manager = manager,
				.force = true};

	return write_object(c, t, &w, cancel, out);
}

err_t kube_patch(struct kube_client *c, const struct kube_target *t, enum kube_patch type,
		 const char *manager, const char *body, size_t len, struct cancel *cancel,
		 struct kube_object *out)
{
	const struct write w = {.method = "PATCH",
				.content_type = type == KUBE_PATCH_JSON ? "application/json-patch+json"
									: "application/merge-patch+json",
				.body = body,
				.len = len,
				.manager = manager};

	return write_object(c, t, &w, cancel, out);
}

err_t kube_create(struct kube_client *c, const struct kube_target *t, const char *manager, const char *body,
		  size_t len, struct cancel *cancel, struct kube_object *out)
{
	struct kube_target collection = *t;
	const struct write w = {.method = "POST",
				.content_type = "application/json",
				.body = body,
				.len = len,
				.manager = manager};

	/* A new object's name stands in its body. */
	collection.name = NULL;
	return write_object(c, &collection, &w, cancel, out);
}

err_t kube_replace(struct kube_client *c, const struct kube_target *t, const char *manager, const char *body,
		   size_t len, struct cancel *cancel, struct kube_object *out)
{
	const struct write w = {.method = "PUT",
				.content_type = "application/json",
				.body = body,
				.len = len,
				.manager = manager};

	return write_object(c, t, &w, cancel, out);
}

err_t kube_raw(struct kube_client *c, const char *method, const char *path, const char *body, size_t len,
	       struct cancel *cancel, struct kube_object *out)
{
	const struct kube_call call = {
		.method = method,
		.path = path,
		.accept = ACCEPT_FULL,
		.content_type = body ? "application/json" : NULL,
		.body = body,
		.len = len,
		.read = !body,
		/* A review's body is a token. */
		.quote = body ? STATUS_QUOTE_SAFE : STATUS_QUOTE,
	};

	return exchange(c, &call, NULL, cancel, out);
}
