#ifndef CONTROLLER_SCRAPE_AUTH_H
#define CONTROLLER_SCRAPE_AUTH_H

#include "kube/config.h"

/* Asks the API server who is behind a bearer token (authentication.k8s.io/v1 TokenReview) and whether that
 * user may get a path (authorization.k8s.io/v1 SubjectAccessReview on nonResourceAttributes). Thread-safe;
 * one question at a time. */
struct scrape_auth;

enum scrape_verdict { SCRAPE_ALLOWED, SCRAPE_UNAUTHENTICATED, SCRAPE_FORBIDDEN, SCRAPE_UNKNOWN };

err_t scrape_auth_new(struct kube_config *kube, struct scrape_auth **out) NODISCARD;
void scrape_auth_free(struct scrape_auth *a);

/* authorization: the header's value. a NULL: everyone is allowed. */
enum scrape_verdict scrape_auth_check(struct scrape_auth *a, const char *authorization, const char *path);

#endif
