#ifndef CONTROLLER_SCRAPE_AUTH_H
#define CONTROLLER_SCRAPE_AUTH_H

#include "base/clock.h"
#include "kube/client.h"

/* Asks the API server who is behind a bearer token (authentication.k8s.io/v1 TokenReview) and whether that
 * user may get a path (authorization.k8s.io/v1 SubjectAccessReview on nonResourceAttributes). What it says
 * holds for a minute. Thread-safe; one question at a time. */
struct scrape_auth;

enum scrape_verdict { SCRAPE_ALLOWED, SCRAPE_UNAUTHENTICATED, SCRAPE_FORBIDDEN, SCRAPE_UNKNOWN };

err_t scrape_auth_new(struct kube_config *kube, struct scrape_auth **out) NODISCARD;
/* On a client that it takes over, with a clock of its own (NULL: the system's); for tests. */
struct scrape_auth *scrape_auth_new_on(struct kube_client *kube, const struct clock *clock);
void scrape_auth_free(struct scrape_auth *a);

/* authorization: the header's value; what is no bearer token by its form (RFC 6750) is refused without a
 * question. a NULL: everyone is allowed. */
enum scrape_verdict scrape_auth_check(struct scrape_auth *a, const char *authorization, const char *path);

#endif
