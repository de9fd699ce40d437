#include "kube/meta.h"

#include "base/clock.h"
#include "base/intern.h"
#include "base/mem.h"
#include <stdio.h>

const struct kube_resource kube_secrets = {"", "v1", "secrets", "Secret", true};
const struct kube_resource kube_services = {"", "v1", "services", "Service", true};
const struct kube_resource kube_deployments = {"apps", "v1", "deployments", "Deployment", true};
const struct kube_resource kube_statefulsets = {"apps", "v1", "statefulsets", "StatefulSet", true};
const struct kube_resource kube_daemonsets = {"apps", "v1", "daemonsets", "DaemonSet", true};
const struct kube_resource kube_cronjobs = {"batch", "v1", "cronjobs", "CronJob", true};
const struct kube_resource kube_rollouts = {"argoproj.io", "v1alpha1", "rollouts", "Rollout", true};
const struct kube_resource kube_namespaces = {"", "v1", "namespaces", "Namespace", false};
const struct kube_resource kube_leases = {"coordination.k8s.io", "v1", "leases", "Lease", true};
const struct kube_resource kube_events = {"", "v1", "events", "Event", true};

#define NAME_MAX_LEN 253
#define NAMESPACE_MAX_LEN 63
/* Opaque to us; 36 and about 10 bytes in practice. */
#define UID_MAX_LEN 128
#define VERSION_MAX_LEN 128
#define OWNERS_MAX 1000

/* NULL unless the member is a text of 1 to max bytes. */
static const char *bounded(const struct jsonx *object, const char *key, size_t max)
{
	const char *s = jsonx_get_str(object, key);

	return s && *s && strlen(s) <= max ? s : NULL;
}

static NODISCARD err_t parse_owner(const struct jsonx *v, struct kube_owner *out)
{
	const char *api_version = bounded(v, "apiVersion", NAME_MAX_LEN + 64);
	const char *kind = bounded(v, "kind", NAME_MAX_LEN);
	const char *name = bounded(v, "name", NAME_MAX_LEN);
	const char *uid = bounded(v, "uid", UID_MAX_LEN);

	if (!api_version || !kind || !name || !uid)
		return err_new(ERR_PROTOCOL,
			       "metadata.ownerReferences: needs apiVersion, kind, name and uid");
	*out = (struct kube_owner){
		.api_version = intern(api_version),
		.kind = intern(kind),
		.name = intern(name),
		.uid = intern(uid),
	};
	return NULL;
}

static NODISCARD err_t parse_owners(const struct jsonx *list, struct kube_meta *m)
{
	const size_t n = jsonx_len(list);

	if (n == 0)
		return NULL;
	if (jsonx_type(list) != JSONX_ARRAY || n > OWNERS_MAX)
		return err_new(ERR_PROTOCOL, "metadata.ownerReferences: not a list of at most %d",
			       OWNERS_MAX);
	m->owners = mem_calloc(n, sizeof(*m->owners));
	for (size_t i = 0; i < n; i++) {
		TRY_(parse_owner(jsonx_at(list, i), &m->owners[i]));
		m->n_owners++;
	}
	return NULL;
}

static NODISCARD err_t parse_times(const struct jsonx *metadata, struct kube_meta *m)
{
	const char *created = jsonx_get_str(metadata, "creationTimestamp");

	if (created && !clock_parse_rfc3339(created, &m->created_ms))
		return err_new(ERR_PROTOCOL, "metadata.creationTimestamp: not a time");
	m->deleting = jsonx_type(jsonx_get(metadata, "deletionTimestamp")) != JSONX_NULL;
	return NULL;
}

err_t kube_meta_parse(const struct jsonx *object, struct kube_meta *out)
{
	const struct jsonx *metadata = jsonx_get(object, "metadata");
	const char *name = bounded(metadata, "name", NAME_MAX_LEN);
	const char *uid = bounded(metadata, "uid", UID_MAX_LEN);
	const char *version = bounded(metadata, "resourceVersion", VERSION_MAX_LEN);
	const char *namespace = jsonx_get_str(metadata, "namespace");

	if (!name || !uid || !version)
		return err_new(ERR_PROTOCOL, "metadata.%s: missing or too long",
			       !name  ? "name"
			       : !uid ? "uid"
				      : "resourceVersion");
	if (namespace && strlen(namespace) > NAMESPACE_MAX_LEN)
		return err_new(ERR_PROTOCOL, "metadata.namespace: too long");

	CLEANUP(kube_meta_release) struct kube_meta m = {0};
	TRY_(parse_times(metadata, &m));
	TRY_(parse_owners(jsonx_get(metadata, "ownerReferences"), &m));
	m.namespace = intern(namespace ? namespace : "");
	m.name = intern(name);
	m.uid = intern(uid);
	m.resource_version = intern(version);
	m.generation = jsonx_get_int(metadata, "generation", 0);
	*out = m;
	m = (struct kube_meta){0};
	return NULL;
}

void kube_meta_release(struct kube_meta *m)
{
	for (size_t i = 0; i < m->n_owners; i++) {
		intern_put(m->owners[i].api_version);
		intern_put(m->owners[i].kind);
		intern_put(m->owners[i].name);
		intern_put(m->owners[i].uid);
	}
	mem_free(m->owners);
	intern_put(m->namespace);
	intern_put(m->name);
	intern_put(m->uid);
	intern_put(m->resource_version);
	*m = (struct kube_meta){0};
}

static const struct jsonx *metadata_object(const struct jsonx *object, const char *key)
{
	const struct jsonx *v = jsonx_get(jsonx_get(object, "metadata"), key);

	return jsonx_type(v) == JSONX_OBJECT ? v : NULL;
}

const struct jsonx *kube_annotations(const struct jsonx *object)
{
	return metadata_object(object, "annotations");
}

const struct jsonx *kube_labels(const struct jsonx *object)
{
	return metadata_object(object, "labels");
}

void kube_key_format(const char *namespace, const char *name, char out[KUBE_KEY_SIZE])
{
	if (str_empty(namespace))
		snprintf(out, KUBE_KEY_SIZE, "%.253s", name);
	else
		snprintf(out, KUBE_KEY_SIZE, "%.253s/%.253s", namespace, name);
}

bool kube_key_parse(const char *key, char namespace[254], char name[254])
{
	const char *slash = strchr(key, '/');
	const char *rest = slash ? slash + 1 : key;
	const size_t namespace_len = slash ? (size_t)(slash - key) : 0;

	if ((slash && namespace_len == 0) || namespace_len > 253 || !*rest || strlen(rest) > 253 ||
	    strchr(rest, '/'))
		return false;
	memcpy(namespace, key, namespace_len);
	namespace[namespace_len] = '\0';
	memcpy(name, rest, strlen(rest) + 1);
	return true;
}

static bool is_lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Length of the RFC 1123 label that s begins with; 0: none. */
static size_t label_len(const char *s)
{
	size_t n = 0;

	while (is_lower_alnum(s[n]) || s[n] == '-')
		n++;
	return n > 0 && is_lower_alnum(s[0]) && is_lower_alnum(s[n - 1]) ? n : 0;
}

bool kube_is_dns_subdomain(const char *s)
{
	const char *p = s;

	if (!s || strlen(s) > NAME_MAX_LEN)
		return false;
	for (;;) {
		const size_t n = label_len(p);

		if (n == 0)
			return false;
		p += n;
		if (*p == '\0')
			return true;
		if (*p++ != '.')
			return false;
	}
}

bool kube_is_dns_label(const char *s)
{
	const size_t n = s ? label_len(s) : 0;

	return n > 0 && n <= NAMESPACE_MAX_LEN && s[n] == '\0';
}

bool kube_is_config_key(const char *s)
{
	if (str_empty(s) || strlen(s) > NAME_MAX_LEN || streq(s, ".") || str_has_prefix(s, ".."))
		return false;
	for (; *s; s++)
		if (!is_lower_alnum(*s) && !(*s >= 'A' && *s <= 'Z') && *s != '-' && *s != '_' && *s != '.')
			return false;
	return true;
}

static bool is_decimal(const char *s)
{
	return *s && strspn(s, "0123456789") == strlen(s);
}

bool kube_version_compare(const char *a, const char *b, int *out)
{
	if (!is_decimal(a) || !is_decimal(b))
		return false;
	a += strspn(a, "0");
	b += strspn(b, "0");

	const size_t a_len = strlen(a), b_len = strlen(b);
	*out = a_len != b_len ? (a_len < b_len ? -1 : 1) : strcmp(a, b);
	return true;
}
