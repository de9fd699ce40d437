#include "operator/podsecrets.h"

#include "base/mem.h"
#include "kube/meta.h"

static void add(struct strv *out, const char *name)
{
	if (name && out->n < PODSECRETS_MAX && kube_is_dns_subdomain(name))
		strv_add(out, name);
}

static void sort_and_drop_doubles(struct strv *l)
{
	size_t kept = 0;

	strv_sort(l);
	for (size_t i = 0; i < l->n; i++) {
		if (kept > 0 && streq(l->v[kept - 1], l->v[i]))
			mem_free(l->v[i]);
		else
			l->v[kept++] = l->v[i];
	}
	l->n = kept;
}

static void from_containers(const struct jsonx *containers, struct strv *out)
{
	for (size_t i = 0; i < jsonx_len(containers); i++) {
		const struct jsonx *env = jsonx_get(jsonx_at(containers, i), "env");
		const struct jsonx *env_from = jsonx_get(jsonx_at(containers, i), "envFrom");

		for (size_t k = 0; k < jsonx_len(env); k++)
			add(out,
			    jsonx_get_str(jsonx_get(jsonx_get(jsonx_at(env, k), "valueFrom"), "secretKeyRef"),
					  "name"));
		for (size_t k = 0; k < jsonx_len(env_from); k++)
			add(out, jsonx_get_str(jsonx_get(jsonx_at(env_from, k), "secretRef"), "name"));
	}
}

static void from_volumes(const struct jsonx *volumes, struct strv *out)
{
	for (size_t i = 0; i < jsonx_len(volumes); i++) {
		const struct jsonx *volume = jsonx_at(volumes, i);
		const struct jsonx *sources = jsonx_get(jsonx_get(volume, "projected"), "sources");

		add(out, jsonx_get_str(jsonx_get(volume, "secret"), "secretName"));
		for (size_t k = 0; k < jsonx_len(sources); k++)
			add(out, jsonx_get_str(jsonx_get(jsonx_at(sources, k), "secret"), "name"));
	}
}

void podsecrets_find(const struct jsonx *pod_spec, struct strv *out)
{
	from_containers(jsonx_get(pod_spec, "containers"), out);
	from_containers(jsonx_get(pod_spec, "initContainers"), out);
	from_volumes(jsonx_get(pod_spec, "volumes"), out);
	sort_and_drop_doubles(out);
}
