#include "opi.h"

#include "base/clock.h"
#include "base/mem.h"
#include "onepassword/token.h"
#include "operator/names.h"
#include "operator/onepassworditem.h"

#include <stdio.h>
#include <time.h>

#define DAY_S 86400

static const struct config_option options[] = {
	OPI_OPTIONS,
	{"service-account", NULL, CONFIG_STR, offsetof(struct opi_settings, service_account),
	 .help = "NAMESPACE:NAME of the operator, whose rights are looked at; default: that of the pod which "
		 "holds the Lease."},
};

static const struct kube_resource crds = {"apiextensions.k8s.io", "v1", "customresourcedefinitions",
					  "CustomResourceDefinition", false};
static const struct kube_resource pods = {"", "v1", "pods", "Pod", true};

/* The rights without which Secrets do not come to be. */
static const struct right {
	const char *group, *resource, *subresource, *verb;
} rights[] = {
	{"onepassword.com", "onepassworditems", "", "list"},
	{"onepassword.com", "onepassworditems", "", "watch"},
	{"onepassword.com", "onepassworditems", "status", "patch"},
	{"", "secrets", "", "get"},
	{"", "secrets", "", "list"},
	{"", "secrets", "", "watch"},
	{"", "secrets", "", "create"},
	{"", "secrets", "", "patch"},
	{"apps", "deployments", "", "list"},
	{"apps", "deployments", "", "watch"},
	{"apps", "deployments", "", "patch"},
};

struct examination {
	const struct opi_settings *settings;
	struct cluster cluster;
	char *account; /* system:serviceaccount:NAMESPACE:NAME; NULL: not known */
	size_t n_bad;
};

static void fine(const char *what, const char *text)
{
	printf("ok    %s: %s\n", what, text);
}

static void unknown(const char *what, const char *text)
{
	printf("?     %s: %s\n", what, text);
}

static void bad(struct examination *x, const char *what, const char *text)
{
	printf("FAIL  %s: %s\n", what, text);
	x->n_bad++;
}

/* --- the cluster --- */

static bool look_at_cluster(struct examination *x)
{
	CLEANUP(kube_object_release) struct kube_object version = {0};
	CLEANUP(err_freep) err_t e = kube_raw(x->cluster.client, "GET", "/version", NULL, 0, NULL, &version);

	if (err_is(e, ERR_NOT_FOUND))
		bad(x, "API server", "what answers there knows no /version: is it Kubernetes?");
	else if (e)
		bad(x, "API server", err_text(e));
	else
		fine("API server", text_of(version.json, "gitVersion"));
	return !e;
}

static const struct jsonx *status_schema(const struct jsonx *crd)
{
	const struct jsonx *version = jsonx_at(jsonx_get(jsonx_get(crd, "spec"), "versions"), 0);
	const struct jsonx *schema = jsonx_get(jsonx_get(version, "schema"), "openAPIV3Schema");

	return jsonx_get(jsonx_get(jsonx_get(schema, "properties"), "status"), "properties");
}

static void look_at_crd(struct examination *x)
{
	const struct kube_target target = {.resource = &crds, .name = "onepassworditems.onepassword.com"};
	CLEANUP(kube_object_release) struct kube_object crd = {0};
	CLEANUP(err_freep) err_t e = kube_get(x->cluster.client, &target, KUBE_FULL, NULL, &crd);

	if (err_is(e, ERR_DENIED))
		unknown("CRD", "you may not read it");
	else if (err_is(e, ERR_NOT_FOUND))
		bad(x, "CRD",
		    "onepassworditems.onepassword.com is not installed; deploy/crds has it, and the chart");
	else if (e)
		bad(x, "CRD", err_text(e));
	else if (!jsonx_get(status_schema(crd.json), "itemVersion"))
		bad(x, "CRD",
		    "it is an older one that does not keep what the operator says; apply the newest");
	else
		fine("CRD", "onepassworditems.onepassword.com");
}

/* --- the operator --- */

static void find_account(struct examination *x, const char *namespace, const char *pod)
{
	const struct kube_target target = {.resource = &pods, .namespace = namespace, .name = pod};
	CLEANUP(kube_object_release) struct kube_object object = {0};
	CLEANUP(err_freep) err_t e = NULL;

	if (!kube_is_dns_subdomain(pod))
		return;
	e = kube_get(x->cluster.client, &target, KUBE_FULL, NULL, &object);
	if (e || x->account)
		return;
	x->account = mem_printf("system:serviceaccount:%s:%s", namespace,
				text_of(jsonx_get(object.json, "spec"), "serviceAccountName"));
}

struct leases {
	struct examination *x;
	size_t n;
};

static err_t look_at_lease(void *arg, const struct jsonx *lease)
{
	struct leases *l = arg;
	const struct jsonx *meta = jsonx_get(lease, "metadata"), *spec = jsonx_get(lease, "spec");
	const char *namespace = text_of(meta, "namespace"), *holder = text_of(spec, "holderIdentity");
	const int64_t lasts_s = jsonx_get_int(spec, "leaseDurationSeconds", 0);
	int64_t renewed_ms = 0;

	if (!streq(text_of(meta, "name"), NAME_LEASE))
		return NULL;
	l->n++;
	(void)clock_parse_rfc3339(text_of(spec, "renewTime"), &renewed_ms);
	/* The holder is named "pod_uuid". */
	CLEANUP(strv_release) struct strv parts = {0};
	strv_split(&parts, holder, '_');
	CLEANUP(mem_freep) char *text = mem_printf("%s in namespace %s", parts.v[0], namespace);
	if (str_empty(holder) || time(NULL) > renewed_ms / 1000 + 2 * lasts_s) {
		bad(l->x, "operator", "its Lease is not renewed: it does not run");
		return NULL;
	}
	fine("operator", text);
	find_account(l->x, namespace, parts.v[0]);
	return NULL;
}

static void look_at_operator(struct examination *x)
{
	const struct cluster everywhere = {.client = x->cluster.client};
	struct leases l = {.x = x};
	CLEANUP(err_freep) err_t e = cluster_each(&everywhere, &kube_leases, look_at_lease, &l);

	if (err_is(e, ERR_DENIED))
		unknown("operator", "you may not list Leases");
	else if (e)
		bad(x, "operator", err_text(e));
	else if (l.n == 0)
		unknown("operator", "there is no Lease of it: it never ran, or runs without --leader-elect");
}

/* --- its rights --- */

static NODISCARD err_t review(const struct examination *x, const struct right *r, bool *out_allowed)
{
	CLEANUP(kube_object_release) struct kube_object answer = {0};
	CLEANUP(strbuf_release) struct strbuf body = {0};
	struct jsonw w;

	strbuf_init(&body, 4096);
	jsonw_init_str(&w, &body);
	jsonw_object(&w);
	jsonw_kstr(&w, "apiVersion", "authorization.k8s.io/v1");
	jsonw_kstr(&w, "kind", "SubjectAccessReview");
	jsonw_kobject(&w, "spec");
	jsonw_kstr(&w, "user", x->account);
	jsonw_kobject(&w, "resourceAttributes");
	jsonw_kstr(&w, "namespace", x->cluster.namespace ? x->cluster.namespace : "");
	jsonw_kstr(&w, "group", r->group);
	jsonw_kstr(&w, "resource", r->resource);
	jsonw_kstr(&w, "subresource", r->subresource);
	jsonw_kstr(&w, "verb", r->verb);
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	TRY_(jsonw_done(&w));
	TRY_(kube_raw(x->cluster.client, "POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", body.p,
		      body.len, NULL, &answer));
	*out_allowed = jsonx_true(jsonx_get(jsonx_get(answer.json, "status"), "allowed"));
	return NULL;
}

static void look_at_rights(struct examination *x)
{
	const char *where = x->cluster.namespace ? x->cluster.namespace : "all namespaces";
	CLEANUP(mem_freep) char *what = mem_printf("rights of the operator in %s", where);
	size_t missing = 0;

	if (!x->account) {
		unknown(what, "whose? --service-account names it");
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(rights); i++) {
		bool allowed = false;
		CLEANUP(err_freep) err_t e = review(x, &rights[i], &allowed);
		CLEANUP(mem_freep)
		char *right =
			mem_printf("%s may not %s %s%s%s", x->account, rights[i].verb, rights[i].resource,
				   *rights[i].subresource ? "/" : "", rights[i].subresource);

		if (e) {
			unknown(what, err_text(e));
			return;
		}
		if (!allowed)
			bad(x, what, right);
		missing += !allowed;
	}
	if (missing == 0)
		fine(what, "all that it needs");
}

/* --- what the OnePasswordItems say --- */

struct counts {
	size_t n, n_fine, n_unreachable, n_denied;
	char *expiring;
};

static err_t count(void *arg, const struct jsonx *object)
{
	struct counts *c = arg;
	const char *reason = text_of(opi_condition(object, "Ready"), "reason");
	const struct jsonx *expiring = opi_condition(object, "TokenExpiring");

	c->n++;
	c->n_fine += streq(opi_state(object), "fine");
	c->n_unreachable += streq(reason, "ConnectUnavailable") || streq(reason, "ConnectError");
	c->n_denied += streq(reason, "AccessDenied");
	if (expiring && !c->expiring)
		c->expiring = mem_strdup(text_of(expiring, "message"));
	return NULL;
}

static void look_at_items(struct examination *x)
{
	struct counts c = {0};
	CLEANUP(err_freep) err_t e = cluster_each(&x->cluster, &onepassworditem_resource, count, &c);
	CLEANUP(mem_freep) char *text = mem_printf("%zu of %zu are fine", c.n_fine, c.n);

	if (e) {
		bad(x, "OnePasswordItems", err_text(e));
	} else if (c.n_fine == c.n) {
		fine("OnePasswordItems", text);
	} else {
		bad(x, "OnePasswordItems", text);
		if (c.n_unreachable > 0)
			bad(x, "Connect, as the operator sees it", "it can't be reached");
		if (c.n_denied > 0)
			bad(x, "token, as the operator sees it", "it is refused, or may not read the vault");
	}
	if (c.expiring)
		bad(x, "token, as the operator sees it", c.expiring);
	mem_free(c.expiring);
}

/* --- Connect from here, where the settings say where it is --- */

static void look_at_token(struct examination *x, struct lookup *l)
{
	int64_t ends_s = 0;

	if (!op_endpoint_token_expiry(lookup_endpoint(l), &ends_s)) {
		fine("token from here", "it is taken, and never ends");
		return;
	}
	CLEANUP(mem_freep)
	char *text = mem_printf("it ends in %lld days", (long long)((ends_s - time(NULL)) / DAY_S));
	if (ends_s - time(NULL) < 7 * DAY_S)
		bad(x, "token from here", text);
	else
		fine("token from here", text);
}

static void look_at_connect(struct examination *x)
{
	const struct connection_settings *c = &x->settings->connection;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	const struct jsonx *vaults = NULL;
	CLEANUP(err_freep) err_t e = NULL;

	e = connection_open(c, &l);
	if (err_is(e, ERR_INVALID)) {
		unknown("Connect from here", err_text(e));
		return;
	}
	if (!e)
		e = lookup_vaults(l, &vaults);
	if (e) {
		bad(x, "Connect from here", err_text(e));
		return;
	}
	CLEANUP(mem_freep)
	char *text = mem_printf("%s, %zu vaults", op_endpoint_host(lookup_endpoint(l)), jsonx_len(vaults));
	fine("Connect from here", text);
	look_at_token(x, l);
}

static NODISCARD err_t run(const char *const *names, const void *settings)
{
	const struct opi_settings *s = settings;
	struct examination x = {.settings = s};
	err_t e = cluster_open(s, &x.cluster);

	(void)names;
	if (!e && !str_empty(s->service_account))
		x.account = mem_printf("system:serviceaccount:%s", s->service_account);
	if (!e && look_at_cluster(&x)) {
		look_at_crd(&x);
		look_at_operator(&x);
		look_at_rights(&x);
		look_at_items(&x);
		look_at_connect(&x);
	}
	cluster_release(&x.cluster);
	mem_free(x.account);
	TRY_(e);
	return x.n_bad == 0 ? NULL : err_new(ERR_INVALID, "%zu findings", x.n_bad);
}

const struct command command_opi_doctor = {
	.name = "opi doctor",
	.arguments = "[-n NAMESPACE | -A] [--service-account NAMESPACE:NAME]",
	.summary = "Looks whether cluster, CRD, operator, rights, Connect and token are in order.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.settings_size = sizeof(struct opi_settings),
	.aliases = opi_aliases,
	.run = run,
};
