#include "operator/podsecrets.h"

static void add(struct strv *out, const char *name)
{
	if (!str_empty(name) && !strv_has(out, name))
		strv_add(out, name);
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
	strv_sort(out);
}
