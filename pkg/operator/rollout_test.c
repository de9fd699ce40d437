#include "operator/rollout.h"

#include "base/mem.h"
#include "base/test.h"
#include "operator/quoted_test.h"

#define SEEN "'observedGeneration':3"

static const struct {
	const char *name;
	const struct kube_resource *kind;
	const char *spec, *status;
	bool going_on;
} cases[] = {
	{"not seen by the controller", &kube_deployments, "'replicas':1", "'observedGeneration':2", true},
	{"not seen, paused", &kube_deployments, "'replicas':1,'paused':true", "'observedGeneration':2",
	 false},
	{"old pods left", &kube_deployments, "'replicas':2",
	 SEEN ",'replicas':3,'updatedReplicas':2,'availableReplicas':3", true},
	{"not all made", &kube_deployments, "'replicas':2",
	 SEEN ",'replicas':1,'updatedReplicas':1,'availableReplicas':1", true},
	{"not all available", &kube_deployments, "'replicas':2",
	 SEEN ",'replicas':2,'updatedReplicas':2,'availableReplicas':1", true},
	{"done", &kube_deployments, "'replicas':2",
	 SEEN ",'replicas':2,'updatedReplicas':2,'availableReplicas':2", false},
	{"no replicas", &kube_deployments, "'replicas':0", SEEN, false},
	{"paused in the middle", &kube_deployments, "'replicas':2,'paused':true",
	 SEEN ",'replicas':2,'updatedReplicas':1", false},
	{"given up", &kube_deployments, "'replicas':2",
	 SEEN
	 ",'replicas':2,'updatedReplicas':1,'conditions':[{'type':'Progressing','status':'False','reason':'"
	 "ProgressDeadlineExceeded'}]",
	 false},
	{"one is left", &kube_statefulsets, "'replicas':2", SEEN ",'updatedReplicas':1,'readyReplicas':2",
	 true},
	{"one is not ready", &kube_statefulsets, "'replicas':2",
	 SEEN ",'updatedReplicas':2,'readyReplicas':1", true},
	{"done", &kube_statefulsets, "'replicas':2", SEEN ",'updatedReplicas':2,'readyReplicas':2", false},
	{"up to its partition", &kube_statefulsets,
	 "'replicas':2,'updateStrategy':{'type':'RollingUpdate','rollingUpdate':{'partition':1}}",
	 SEEN ",'updatedReplicas':1,'readyReplicas':2", false},
	{"somebody else's to delete", &kube_statefulsets, "'replicas':2,'updateStrategy':{'type':'OnDelete'}",
	 SEEN ",'updatedReplicas':0,'readyReplicas':2", false},
	{"one node is left", &kube_daemonsets, "",
	 SEEN ",'desiredNumberScheduled':2,'updatedNumberScheduled':1,'numberAvailable':2", true},
	{"one node is not available", &kube_daemonsets, "",
	 SEEN ",'desiredNumberScheduled':2,'updatedNumberScheduled':2,'numberAvailable':1", true},
	{"done", &kube_daemonsets, "",
	 SEEN ",'desiredNumberScheduled':2,'updatedNumberScheduled':2,'numberAvailable':2", false},
	{"somebody else's to delete", &kube_daemonsets, "'updateStrategy':{'type':'OnDelete'}",
	 SEEN ",'desiredNumberScheduled':2", false},
	{"not seen by Argo", &kube_rollouts, "", "'observedGeneration':'2','phase':'Healthy'", true},
	{"rolling", &kube_rollouts, "", "'observedGeneration':'3','phase':'Progressing'", true},
	{"between two steps", &kube_rollouts, "", "'observedGeneration':'3','phase':'Paused'", false},
	{"done", &kube_rollouts, "", "'observedGeneration':'3','phase':'Healthy'", false},
	{"wrong types", &kube_deployments, "'replicas':'x'",
	 "'observedGeneration':'soon','updatedReplicas':[]", true},
};

TEST(rollout, goes_on_until_every_pod_that_is_to_be_replaced_is_and_runs)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *text CLEANUP(mem_freep) =
			mem_printf("{'metadata':{'generation':3},'spec':{%s},'status':{%s}}", cases[i].spec,
				   cases[i].status);
		struct jsonx *json CLEANUP(jsonx_freep) = quoted_json(text);

		CHECK_MSG(rollout_is_going_on(cases[i].kind, json) == cases[i].going_on, "%s of %s",
			  cases[i].name, cases[i].kind->kind);
	}
}
