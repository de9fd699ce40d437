#include "controller/scrape_auth.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/sync.h"
#include "controller/verdicts.h"
#include "json/jsonw.h"

#include <string.h>
#include <strings.h>

#define BODY_MAX (64u << 10)
#define TOKEN_MAX (16u << 10)
/* Prometheus gives up after 10 s. */
#define TIMEOUT_MS 5000

struct scrape_auth {
	const struct clock *clock;
	pthread_mutex_t asking; /* guards kube, during requests */
	struct kube_client *kube;
	pthread_mutex_t mutex; /* guards verdicts; taken after asking */
	struct verdicts verdicts;
};

static const struct logger log_auth = {.name = "metrics"};

struct scrape_auth *scrape_auth_new_on(struct kube_client *kube, const struct clock *clock)
{
	struct scrape_auth *a = MEM_NEW(struct scrape_auth);

	a->clock = clock;
	sync_mutex_init(&a->asking);
	sync_mutex_init(&a->mutex);
	verdicts_init(&a->verdicts);
	a->kube = kube;
	kube_client_set_timeout(kube, TIMEOUT_MS);
	return a;
}

err_t scrape_auth_new(struct kube_config *kube, struct scrape_auth **out)
{
	struct kube_client *client = NULL;

	TRY_(kube_client_new(kube, "onepassword-operator/" VERSION " (metrics)", NULL, &client));
	*out = scrape_auth_new_on(client, NULL);
	return NULL;
}

void scrape_auth_free(struct scrape_auth *a)
{
	if (!a)
		return;
	kube_client_free(a->kube);
	verdicts_release(&a->verdicts);
	sync_mutex_destroy(&a->mutex);
	sync_mutex_destroy(&a->asking);
	mem_free(a);
}

static err_t token_review(struct scrape_auth *a, const char *token, struct kube_object *out)
{
	struct secret *body CLEANUP(secret_freep) = secret_new(BODY_MAX);
	struct jsonw w;

	jsonw_init_secret(&w, body);
	jsonw_object(&w);
	jsonw_kstr(&w, "apiVersion", "authentication.k8s.io/v1");
	jsonw_kstr(&w, "kind", "TokenReview");
	jsonw_kobject(&w, "spec");
	jsonw_kstr(&w, "token", token);
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	TRY_(jsonw_done(&w));
	return kube_raw(a->kube, "POST", "/apis/authentication.k8s.io/v1/tokenreviews", secret_bytes(body),
			secret_len(body), NULL, out);
}

static err_t access_review(struct scrape_auth *a, const struct jsonx *user, const char *path,
			   struct kube_object *out)
{
	struct strbuf body CLEANUP(strbuf_release) = {0};
	struct jsonw w;

	strbuf_init(&body, BODY_MAX);
	jsonw_init_str(&w, &body);
	jsonw_object(&w);
	jsonw_kstr(&w, "apiVersion", "authorization.k8s.io/v1");
	jsonw_kstr(&w, "kind", "SubjectAccessReview");
	jsonw_kobject(&w, "spec");
	jsonw_kobject(&w, "nonResourceAttributes");
	jsonw_kstr(&w, "path", path);
	jsonw_kstr(&w, "verb", "get");
	jsonw_end_object(&w);
	jsonw_kstr(&w, "user", jsonx_get_str(user, "username"));
	jsonw_kstr(&w, "uid", jsonx_get_str(user, "uid"));
	jsonw_key(&w, "groups");
	jsonw_value(&w, jsonx_get(user, "groups"));
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	TRY_(jsonw_done(&w));
	return kube_raw(a->kube, "POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", body.p,
			body.len, NULL, out);
}

static enum scrape_verdict unknown(err_t e)
{
	log_warn(&log_auth, "cannot ask the API server who may read the metrics", F_ERR(e));
	err_free(e);
	return SCRAPE_UNKNOWN;
}

static enum scrape_verdict ask(struct scrape_auth *a, const char *token, const char *path)
{
	struct kube_object who CLEANUP(kube_object_release) = {0}, may CLEANUP(kube_object_release) = {0};
	const struct jsonx *status;
	err_t e = token_review(a, token, &who);

	if (e)
		return unknown(e);
	status = jsonx_get(who.json, "status");
	if (!jsonx_true(jsonx_get(status, "authenticated")))
		return SCRAPE_UNAUTHENTICATED;
	e = access_review(a, jsonx_get(status, "user"), path, &may);
	if (e)
		return unknown(e);
	return jsonx_true(jsonx_get(jsonx_get(may.json, "status"), "allowed")) ? SCRAPE_ALLOWED
									       : SCRAPE_FORBIDDEN;
}

static bool is_token(const char *s)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/";
	const size_t len = strspn(s, letters);

	return len > 0 && s[len + strspn(s + len, "=")] == '\0';
}

/* NULL when there is none. */
static const char *bearer_token(const char *authorization)
{
	static const char scheme[] = "bearer ";
	const size_t scheme_len = sizeof(scheme) - 1;
	const char *token;

	if (strnlen(authorization, TOKEN_MAX + 1) > TOKEN_MAX ||
	    strncasecmp(authorization, scheme, scheme_len) != 0)
		return NULL;
	token = authorization + scheme_len;
	token += strspn(token, " ");
	return is_token(token) ? token : NULL;
}

static bool is_known(struct scrape_auth *a, const char *token, const char *path, enum scrape_verdict *out)
{
	SYNC_SCOPE(&a->mutex);
	return verdicts_find(&a->verdicts, token, path, clock_now_ns(a->clock), out);
}

static void keep(struct scrape_auth *a, const char *token, const char *path, enum scrape_verdict verdict)
{
	SYNC_SCOPE(&a->mutex);
	verdicts_keep(&a->verdicts, token, path, clock_now_ns(a->clock), verdict);
}

enum scrape_verdict scrape_auth_check(struct scrape_auth *a, const char *authorization, const char *path)
{
	enum scrape_verdict verdict;
	const char *token;

	if (!a)
		return SCRAPE_ALLOWED;
	token = bearer_token(authorization);
	if (!token)
		return SCRAPE_UNAUTHENTICATED;
	if (is_known(a, token, path, &verdict))
		return verdict;
	SYNC_SCOPE(&a->asking);
	/* The one before may have asked the same. */
	if (is_known(a, token, path, &verdict))
		return verdict;
	verdict = ask(a, token, path);
	keep(a, token, path, verdict);
	return verdict;
}
