#include "operator/rollout.h"

static int64_t count(const struct jsonx *object, const char *name)
{
	return jsonx_get_int(object, name, 0);
}

/* Argo writes it as text. */
static bool is_seen(const struct jsonx *object, const struct jsonx *status)
{
	const char *text = jsonx_get_str(status, "observedGeneration");
	int64_t seen = count(status, "observedGeneration");

	if (text && !str_to_int(text, 0, INT64_MAX, &seen))
		return true;
	return seen >= count(jsonx_get(object, "metadata"), "generation");
}

static bool is_on_delete(const struct jsonx *spec)
{
	return streq(jsonx_get_str(jsonx_get(spec, "updateStrategy"), "type"), "OnDelete");
}

static bool has_given_up(const struct jsonx *status)
{
	const struct jsonx *conditions = jsonx_get(status, "conditions");

	for (size_t i = 0; i < jsonx_len(conditions); i++)
		if (streq(jsonx_get_str(jsonx_at(conditions, i), "reason"), "ProgressDeadlineExceeded"))
			return true;
	return false;
}

static bool deployment(const struct jsonx *spec, const struct jsonx *status)
{
	const int64_t updated = count(status, "updatedReplicas");

	if (jsonx_true(jsonx_get(spec, "paused")) || has_given_up(status))
		return false;
	return updated < jsonx_get_int(spec, "replicas", 1) || count(status, "replicas") > updated ||
	       count(status, "availableReplicas") < updated;
}

static bool statefulset(const struct jsonx *spec, const struct jsonx *status)
{
	const struct jsonx *rolling = jsonx_get(jsonx_get(spec, "updateStrategy"), "rollingUpdate");
	const int64_t replicas = jsonx_get_int(spec, "replicas", 1);

	if (is_on_delete(spec))
		return false;
	return count(status, "updatedReplicas") < replicas - count(rolling, "partition") ||
	       count(status, "readyReplicas") < replicas;
}

static bool daemonset(const struct jsonx *spec, const struct jsonx *status)
{
	const int64_t pods = count(status, "desiredNumberScheduled");

	if (is_on_delete(spec))
		return false;
	return count(status, "updatedNumberScheduled") < pods || count(status, "numberAvailable") < pods;
}

/* Its controller says it in one word. */
static bool argo(const struct jsonx *spec, const struct jsonx *status)
{
	return !jsonx_true(jsonx_get(spec, "paused")) && streq(jsonx_get_str(status, "phase"), "Progressing");
}

bool rollout_is_going_on(const struct kube_resource *kind, const struct jsonx *object)
{
	const struct jsonx *spec = jsonx_get(object, "spec");
	const struct jsonx *status = jsonx_get(object, "status");

	if (!is_seen(object, status))
		return !jsonx_true(jsonx_get(spec, "paused"));
	if (kind == &kube_statefulsets)
		return statefulset(spec, status);
	if (kind == &kube_daemonsets)
		return daemonset(spec, status);
	if (kind == &kube_rollouts)
		return argo(spec, status);
	return deployment(spec, status);
}
