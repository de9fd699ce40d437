#include "opi.h"

#include "base/mem.h"
#include "operator/names.h"
#include "operator/onepassworditem.h"

#include <unistd.h>

const char *const opi_aliases[] = {"n", "namespace", "A", "all-namespaces", NULL};

void cluster_release(struct cluster *c)
{
	kube_client_free(c->client);
	kube_config_free(c->config);
	*c = (struct cluster){0};
}

err_t cluster_open(const struct opi_settings *s, struct cluster *out)
{
	const char *path = str_empty(s->kubeconfig) ? NULL : s->kubeconfig;
	const char *of_context;

	TRY_(kube_config_load_for_person(path, s->kube_context, (const char *const *)environ, &out->config));
	TRY_(kube_client_new(out->config, "opc/" VERSION, NULL, &out->client));
	of_context = kube_config_namespace(out->config);
	out->namespace = s->all_namespaces          ? NULL
			 : !str_empty(s->namespace) ? s->namespace
			 : !str_empty(of_context)   ? of_context
						    : "default";
	return NULL;
}

err_t cluster_get(const struct cluster *c, const struct kube_resource *resource, const char *name,
		  struct kube_object *out)
{
	const struct kube_target target = {.resource = resource, .namespace = c->namespace, .name = name};

	if (!c->namespace)
		return err_new(ERR_INVALID, "one %s is in one namespace; --namespace names it",
			       resource->kind);
	return kube_get(c->client, &target, KUBE_FULL, NULL, out);
}

err_t cluster_each(const struct cluster *c, const struct kube_resource *resource,
		   err_t (*add)(void *arg, const struct jsonx *object), void *arg)
{
	const struct kube_target target = {.resource = resource, .namespace = c->namespace};
	CLEANUP(mem_freep) char *version = NULL;

	return kube_list(c->client, &target, KUBE_FULL, NULL, "", NULL, add, arg, &version);
}

const struct jsonx *opi_condition(const struct jsonx *object, const char *type)
{
	const struct jsonx *conditions = jsonx_get(jsonx_get(object, "status"), "conditions");

	for (size_t i = 0; i < jsonx_len(conditions); i++)
		if (streq(jsonx_get_str(jsonx_at(conditions, i), "type"), type))
			return jsonx_at(conditions, i);
	return NULL;
}

const char *opi_state(const struct jsonx *object)
{
	const struct jsonx *status = jsonx_get(object, "status");
	const char *ready = jsonx_get_str(opi_condition(object, "Ready"), "status");
	const char *asked = jsonx_get_str(kube_annotations(object), NAME_FORCE_SYNC);
	const int64_t generation = jsonx_get_int(jsonx_get(object, "metadata"), "generation", 0);
	/* A CRD of 1Password's operator keeps neither generation nor request. */
	const bool tells = jsonx_get(status, "observedGeneration");

	if (!ready)
		return "new";
	if (tells && jsonx_get_int(status, "observedGeneration", 0) < generation)
		return "stale";
	if (!streq(ready, "True"))
		return "failing";
	return tells && asked && !streq(asked, jsonx_get_str(status, "forceSync")) ? "stale" : "fine";
}
