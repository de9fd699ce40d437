#ifndef KUBE_CLIENT_H
#define KUBE_CLIENT_H

#include "base/cancel.h"
#include "http/http.h"
#include "kube/config.h"
#include "kube/meta.h"

/* REST client of the API server. One per thread. Statuses become errors by http_status_error with the message
 * of the Status object; 409 AlreadyExists is ERR_EXISTS. A 401 reads the token again and is retried once. 429
 * and 503 with Retry-After are retried for reads only while they fit into the deadline; writes come back as
 * ERR_THROTTLED with their Retry-After. */
struct kube_client;

/* Told of each request that was sent; code 0: no answer came. */
struct kube_observer {
	void (*done)(void *arg, const char *method, int code);
	void *arg;
};

/* Borrows config; user_agent NULL: the operator's own. observer may be NULL. */
err_t kube_client_new(struct kube_config *config, const char *user_agent,
		      const struct kube_observer *observer, struct kube_client **out) NODISCARD;
/* On a given transport, which it takes over: for tests. */
struct kube_client *kube_client_new_on(struct http_transport *transport);
void kube_client_free(struct kube_client *c);
void kube_client_freep(struct kube_client **c);

/* From now on the server tries what is written (admission, quota, conflicts) and keeps none of it: its
 * dryRun=All. */
void kube_client_set_dry_run(struct kube_client *c);

/* Of one request, its retries included; watches and the pages of a list have their own. */
void kube_client_set_timeout(struct kube_client *c, int64_t timeout_ms);

#define KUBE_TIMEOUT_MS 30000
#define KUBE_OBJECT_MAX (8u << 20)  /* bytes of one answer */
#define KUBE_REQUEST_MAX (3u << 20) /* bytes of one body */

/* Which object. name NULL: the collection. */
struct kube_target {
	const struct kube_resource *resource;
	const char *namespace; /* NULL or "": cluster-scoped, or all namespaces of a collection */
	const char *name;
	const char *subresource; /* "status", or NULL */
};

enum kube_view { KUBE_FULL, KUBE_METADATA_ONLY }; /* the latter: PartialObjectMetadata, no spec, no data */

/* An answer: the object (owned) and the server's clock (0 if it sent none). Zero-initialise. */
struct kube_object {
	struct jsonx *json;
	int64_t server_time_ms;
	bool created; /* the server answered 201 */
};
void kube_object_release(struct kube_object *o); /* for CLEANUP */

err_t kube_get(struct kube_client *c, const struct kube_target *t, enum kube_view view, struct cancel *cancel,
	       struct kube_object *out) NODISCARD;

/* Server-side apply, always forced. The body is a JSON object with exactly the fields that manager shall own.
 * The texts of errors of writes to Secrets hold nothing of what was sent. */
err_t kube_apply(struct kube_client *c, const struct kube_target *t, const char *manager, const char *body,
		 size_t len, struct cancel *cancel, struct kube_object *out) NODISCARD;

enum kube_patch { KUBE_PATCH_JSON, KUBE_PATCH_MERGE };
err_t kube_patch(struct kube_client *c, const struct kube_target *t, enum kube_patch type,
		 const char *manager, const char *body, size_t len, struct cancel *cancel,
		 struct kube_object *out) NODISCARD;

err_t kube_create(struct kube_client *c, const struct kube_target *t, const char *manager, const char *body,
		  size_t len, struct cancel *cancel, struct kube_object *out) NODISCARD;
err_t kube_replace(struct kube_client *c, const struct kube_target *t, const char *manager, const char *body,
		   size_t len, struct cancel *cancel, struct kube_object *out) NODISCARD;

/* Every object of a collection, page by page (100, or fewer where these are too large); each is given to
 * on_object and freed after. out_version: the resourceVersion of the list (caller frees). version: "" for a
 * consistent read, else anything not older than that. An error may come after
 * objects were given; ERR_GONE: the version is not to be had, or the list changed too much between two pages.
 */
err_t kube_list(struct kube_client *c, const struct kube_target *t, enum kube_view view,
		const char *label_selector, const char *version, struct cancel *cancel,
		err_t (*on_object)(void *arg, const struct jsonx *object), void *arg, char **out_version)
	NODISCARD;

/* A raw GET, or a POST of JSON, below the server's root, e.g. /openapi/v3 or a TokenReview. */
err_t kube_raw(struct kube_client *c, const char *method, const char *path, const char *body, size_t len,
	       struct cancel *cancel, struct kube_object *out) NODISCARD;

/* One watch from a version on, bookmarks included; a success is a stream that the server ended. Lines are for
 * watch.h. ERR_TIMEOUT after KUBE_WATCH_SILENCE_MS without a byte. */
#define KUBE_WATCH_SILENCE_MS 120000
err_t kube_watch(struct kube_client *c, const struct kube_target *t, enum kube_view view,
		 const char *label_selector, const char *version, int timeout_s, struct cancel *cancel,
		 http_line_fn on_line, void *arg) NODISCARD;

#endif
