#ifndef OPERATOR_APIFAKE_TEST_H
#define OPERATOR_APIFAKE_TEST_H

#include "http/http.h"
#include "kube/meta.h"
#include "operator/kvlist.h"

/* An API server in memory, as far as reconciles need one: GET, server-side apply with field managers,
 * resourceVersions and uids, and the JSON patches that this program sends. Its answers were compared with
 * those of a kube-apiserver 1.34.
 *
 * An object is a flat list of fields: path → JSON text. Segments of a path end with a newline, which no key
 * of Kubernetes holds: "data\npassword\n". Lists are one field, but for owner references, which go by uid. */
struct apientry {
	char *manager;
	bool apply;        /* else an Update */
	char *subresource; /* or NULL */
	int64_t time_ms;
	struct strv paths;
};

struct apiobject {
	const struct kube_resource *resource;
	char *namespace, *name, *uid;
	int64_t version, generation, created_ms;
	bool deleting;
	struct strv finalizers;
	struct kvlist fields;
	struct apientry *entries;
	size_t n_entries;
};

struct apifake {
	struct apiobject **objects;
	size_t n;
	int64_t version;
	int64_t now_ms;  /* a second later at each write, so that times tell writes apart */
	bool crd_is_old; /* keeps of a status what 1Password's operator writes */
	/* Writes of this kind, or "Kind/restarted" for those of that manager alone, are refused … */
	const char *refused;
	int refused_code;
	const char *quote; /* … with this message; it may quote what was sent */
};

void apifake_init(struct apifake *a);
void apifake_release(struct apifake *a);

void apifake_answer(struct apifake *a, const struct http_request *req, struct http_response *out);

/* What others do. object: quoted JSON (quoted_test.h) with metadata.name and namespace; all its fields are
 * then that manager's by Update. */
struct apiobject *apifake_add(struct apifake *a, const struct kube_resource *resource, const char *manager,
			      const char *object);
void apifake_delete(struct apifake *a, const struct kube_resource *resource, const char *name);
struct apiobject *apifake_find(const struct apifake *a, const struct kube_resource *resource,
			       const char *name);
/* value NULL: the field goes. Text: JSON. */
void apifake_edit(struct apifake *a, struct apiobject *o, const char *manager, const char *path,
		  const char *value);
void apifake_reset_managers(struct apifake *a, struct apiobject *o);

const char *apifake_get(const struct apiobject *o, const char *path); /* JSON text, or NULL */
size_t apifake_count(const struct apiobject *o, const char *prefix);  /* fields below a path */

enum apiview { APIVIEW_FULL, APIVIEW_METADATA };
char *apiobject_text(const struct apiobject *o, enum apiview view); /* caller frees */

#endif
