#include "opi.h"

#include "base/clock.h"
#include "base/mem.h"
#include "operator/names.h"
#include "operator/onepassworditem.h"
#include "operator/restart.h"
#include "operator/workload.h"

#include <stdio.h>

static const struct config_option options[] = {OPI_OPTIONS};

struct users {
	const struct kube_resource *resource;
	const char *secret;
	int64_t changed_at_ms;
	struct restarted restarted;
	size_t n;
};

static void tell_item(const struct jsonx *object)
{
	const struct jsonx *meta = jsonx_get(object, "metadata"), *status = jsonx_get(object, "status");
	const struct jsonx *ready = opi_condition(object, "Ready");

	printf("OnePasswordItem %s/%s asks for\n  %s\n", text_of(meta, "namespace"), text_of(meta, "name"),
	       text_of(jsonx_get(object, "spec"), "itemPath"));
	if (jsonx_get(status, "itemPath"))
		printf("which was found as\n  %s, version %lld\n", text_of(status, "itemPath"),
		       (long long)jsonx_get_int(status, "itemVersion", 0));
	printf("It is %s%s%s%s%s.\n", opi_state(object), ready ? ": " : "", text_of(ready, "reason"),
	       str_empty(text_of(ready, "message")) ? "" : ": ", text_of(ready, "message"));
}

static void tell_secret(const struct jsonx *secret)
{
	const struct jsonx *meta = jsonx_get(secret, "metadata"), *value = NULL;
	const struct jsonx *annotations = kube_annotations(secret);
	const char *key = NULL, *separator = "";

	printf("\nSecret %s/%s of type %s holds version %s, %zu keys:\n  ", text_of(meta, "namespace"),
	       text_of(meta, "name"), text_of(secret, "type"), text_of(annotations, NAME_ITEM_VERSION),
	       jsonx_len(jsonx_get(secret, "data")));
	for (size_t i = 0; jsonx_next(jsonx_get(secret, "data"), &i, &key, &value); separator = ", ")
		printf("%s%s", separator, key);
	printf("\n");
	if (jsonx_get(annotations, NAME_CHANGED_AT))
		printf("Its values last changed at %s.\n", text_of(annotations, NAME_CHANGED_AT));
}

static err_t add_user(void *arg, const struct jsonx *object)
{
	struct users *u = arg;
	struct kobj *o = NULL;
	const struct workload *w;

	TRY_(workload_decode(u->resource, object, NULL, &o));
	w = (const struct workload *)o;
	if (w && strv_has(&w->secrets, u->secret)) {
		const bool pending = !w->never_restarted && u->changed_at_ms > 0 &&
				     restart_is_pending(u->changed_at_ms, &u->restarted, w->o.meta.uid,
							w->o.meta.created_ms);

		u->n++;
		printf("  %s/%s: %s%s%s\n", u->resource->kind, w->o.meta.name,
		       pending ? "waits for its restart" : "has the newest values",
		       str_empty(w->auto_restart) ? "" : ", auto-restart ",
		       str_empty(w->auto_restart) ? "" : w->auto_restart);
	}
	kobj_unref(o);
	return NULL;
}

static NODISCARD err_t tell_users(const struct cluster *c, const struct jsonx *secret, const char *name)
{
	static const struct kube_resource *const kinds[] = {&kube_deployments, &kube_statefulsets,
							    &kube_daemonsets};
	const struct jsonx *annotations = kube_annotations(secret);
	struct users u = {.secret = name};
	err_t e = NULL;

	(void)clock_parse_rfc3339(text_of(annotations, NAME_CHANGED_AT), &u.changed_at_ms);
	restarted_parse(jsonx_get_str(annotations, NAME_RESTARTED), &u.restarted);
	printf("\nWorkloads that use it:\n");
	for (size_t i = 0; i < ARRAY_LEN(kinds) && !e; i++) {
		u.resource = kinds[i];
		e = cluster_each(c, kinds[i], add_user, &u);
	}
	if (!e && u.n == 0)
		printf("  none\n");
	restarted_release(&u.restarted);
	return e;
}

static NODISCARD err_t run(const char *const *names, const void *settings)
{
	const struct opi_settings *s = settings;
	CLEANUP(cluster_release) struct cluster cluster = {0};
	CLEANUP(kube_object_release) struct kube_object object = {0}, secret = {0};
	err_t e;

	TRY_(cluster_open(s, &cluster));
	TRY_(cluster_get(&cluster, &onepassworditem_resource, names[0], &object));
	tell_item(object.json);
	e = cluster_get(&cluster, &kube_secrets, names[0], &secret);
	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		printf("\nThere is no Secret %s/%s.\n", cluster.namespace, names[0]);
		return NULL;
	}
	TRY_(e);
	tell_secret(secret.json);
	return tell_users(&cluster, secret.json, names[0]);
}

const struct command command_opi_explain = {
	.name = "opi explain",
	.arguments = "NAME [-n NAMESPACE]",
	.summary = "Follows an item from its path to the Secret and the workloads that use it.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.n_names = 1,
	.settings_size = sizeof(struct opi_settings),
	.aliases = opi_aliases,
	.run = run,
};
