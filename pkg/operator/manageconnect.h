#ifndef OPERATOR_MANAGECONNECT_H
#define OPERATOR_MANAGECONNECT_H

#include "kube/client.h"

/* MANAGE_CONNECT: makes the Service and the Deployment of a Connect server in the operator's namespace, from
 * service.yaml and deployment.yaml in a folder. One that is there is left as it is, whatever it says. */
err_t manageconnect(struct kube_client *kube, const char *folder, const char *namespace,
		    struct cancel *cancel) NODISCARD;

#endif
