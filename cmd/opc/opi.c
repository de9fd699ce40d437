#include "opi.h"

#include "base/mem.h"
#include "base/near.h"
#include "operator/names.h"
#include "operator/onepassworditem.h"

#include <stdint.h>
#include <unistd.h>

#define SHOWN_MAX 100

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

err_t cluster_each(const struct cluster *c, const struct kube_resource *resource,
		   err_t (*add)(void *arg, const struct jsonx *object), void *arg)
{
	const struct kube_target target = {.resource = resource, .namespace = c->namespace};
	CLEANUP(mem_freep) char *version = NULL;
	CLEANUP(err_freep)
	err_t e = kube_list(c->client, &target, KUBE_FULL, NULL, "", NULL, add, arg, &version);

	/* The API server's own words for that are "404 page not found". */
	if (err_is(e, ERR_NOT_FOUND))
		return err_new(ERR_NOT_FOUND, "the cluster knows no kind %s%s", resource->kind,
			       resource == &onepassworditem_resource ? ": its CRD is not installed" : "");
	return TAKE(e);
}

static err_t add_name(void *arg, const struct jsonx *object)
{
	struct strv *names = arg;

	strv_add(names, text_of(jsonx_get(object, "metadata"), "name"));
	return NULL;
}

/* With the names that are spelled most like it. */
static NODISCARD err_t not_there(const struct cluster *c, const struct kube_resource *resource,
				 const char *name)
{
	CLEANUP(strv_release) struct strv names = {0};
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct near near = {.like = name, .max = NEAR_MAX, .limit = SIZE_MAX};

	TRY_(cluster_each(c, resource, add_name, &names));
	for (size_t i = 0; i < names.n; i++)
		near_add(&near, names.v[i]);
	strbuf_init(&text, ERR_TEXT_MAX);
	strbuf_addf(&text, "%s \"", resource->kind);
	str_add_printable(&text, name, SHOWN_MAX);
	strbuf_addf(&text, "\" not found in the namespace %s", c->namespace);
	for (size_t i = 0; i < near.n; i++)
		strbuf_addf(&text, "%s%s", i == 0 ? " (there are: " : ", ", near.v[i].name);
	strbuf_adds(&text, near.n == 0 ? " (there is none)" : names.n > NEAR_MAX ? ", …)" : ")");
	return err_new(ERR_NOT_FOUND, "%s", text.p);
}

err_t cluster_get(const struct cluster *c, const struct kube_resource *resource, const char *name,
		  struct kube_object *out)
{
	const struct kube_target target = {.resource = resource, .namespace = c->namespace, .name = name};
	CLEANUP(err_freep) err_t e = NULL;

	if (!c->namespace)
		return err_new(ERR_INVALID, "one %s is in one namespace; --namespace names it",
			       resource->kind);
	e = kube_get(c->client, &target, KUBE_FULL, NULL, out);
	if (err_is(e, ERR_NOT_FOUND) && resource == &onepassworditem_resource)
		return not_there(c, resource, name);
	return TAKE(e);
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
