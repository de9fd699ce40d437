#ifndef KUBE_CONFIG_LOAD_H
#define KUBE_CONFIG_LOAD_H

#include "base/clock.h"
#include "kube/config.h"

/* kube_config_load with all that it takes from outside, for tests. */
struct kube_config_sources {
	const char *path;    /* --kubeconfig; NULL or "": not given */
	const char *context; /* --context; NULL or "": the current one */
	bool may_run;        /* exec plugins */
	const char *const *environment;
	const char *service_account; /* the folder with token, ca.crt and namespace */
	const struct clock *clock;
};
err_t kube_config_load_from(const struct kube_config_sources *from, struct kube_config **out) NODISCARD;

#endif
