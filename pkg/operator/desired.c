#include "operator/desired.h"

#include "base/intern.h"
#include "base/mem.h"
#include "operator/names.h"

#include <stdlib.h>
#include <string.h>

void sources_release(struct sources *s)
{
	kobj_unref(s->item ? &s->item->o : NULL);
	kobj_list_release(&s->workloads);
	kobj_list_release(&s->users);
	kobj_unref(s->made ? &s->made->o : NULL);
	*s = (struct sources){0};
}

/* Labels and annotations by which a tool marks what belongs to it. On the Secret they would make it prune or
 * adopt what it never applied. */
static bool is_tracking_mark(const char *key)
{
	static const char *const exact[] = {"app.kubernetes.io/instance",
					    "app.kubernetes.io/managed-by",
					    "helm.sh/chart",
					    "kubectl.kubernetes.io/last-applied-configuration",
					    "argocd.argoproj.io/instance",
					    "argocd.argoproj.io/tracking-id",
					    "argocd.argoproj.io/installation-id"};
	static const char *const prefixes[] = {
		"kustomize.toolkit.fluxcd.io/", "helm.toolkit.fluxcd.io/", "meta.helm.sh/",
		"applyset.kubernetes.io/",      "kapp.k14s.io/",           "objectset.rio.cattle.io/"};

	for (size_t i = 0; i < ARRAY_LEN(exact); i++)
		if (streq(key, exact[i]))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (str_has_prefix(key, prefixes[i]))
			return true;
	return false;
}

/* An annotation of Kubernetes' own on a Secret can mint credentials; ours are written by us alone. */
static bool may_be_copied(const char *key)
{
	return !is_tracking_mark(key) && !str_has_prefix(key, "kubernetes.io/") &&
	       !streq(key, NAME_ITEM_PATH) && !str_has_prefix(key, NAME_ITEM_PATH ".") &&
	       !str_has_prefix(key, NAME_ITEM_NAME ".") && !streq(key, NAME_ITEM_VERSION) &&
	       !streq(key, NAME_KEYS) && !streq(key, NAME_CHANGED_AT) && !streq(key, NAME_RESTARTED) &&
	       !streq(key, NAME_ADOPT) && !streq(key, NAME_LAST_RESTARTED) && !streq(key, NAME_FORCE_SYNC);
}

static void copy(struct kvlist *to, const struct kvlist *from)
{
	for (size_t i = 0; i < from->n; i++)
		if (may_be_copied(from->v[i].key))
			kvlist_set(to, from->v[i].key, from->v[i].value);
}

static void add_owner(struct desired *d, const struct kube_resource *resource, const char *api_version,
		      const struct kube_meta *meta)
{
	d->owners = mem_grow(d->owners, d->n_owners + 1, sizeof(*d->owners));
	d->owners[d->n_owners++] = (struct kube_owner){
		.api_version = intern(api_version),
		.kind = intern(resource->kind),
		.name = intern(meta->name),
		.uid = intern(meta->uid),
	};
}

static char *api_version_of(const struct kube_resource *r)
{
	return *r->group ? mem_printf("%s/%s", r->group, r->version) : mem_strdup(r->version);
}

static void add_owner_of(struct desired *d, const struct kube_resource *resource,
			 const struct kube_meta *meta)
{
	char *api_version CLEANUP(mem_freep) = api_version_of(resource);

	if (!meta->deleting)
		add_owner(d, resource, api_version, meta);
}

static err_t check_type(const char *type)
{
	static const char *const refused[] = {"kubernetes.io/service-account-token",
					      "bootstrap.kubernetes.io/token"};

	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		if (streq(type, refused[i]))
			return err_new(ERR_INVALID,
				       "type: a Secret of type %s mints credentials and is not written from "
				       "an item; "
				       "use Opaque or another type",
				       type);
	return NULL;
}

static err_t check_auto_restart(const char *value, const char *name)
{
	bool ignored;

	if (str_empty(value) || str_to_bool(value, &ignored))
		return NULL;
	return err_new(ERR_INVALID,
		       "error parsing " NAME_AUTO_RESTART " annotation on Secret %s. Must be true or false",
		       name);
}

static err_t from_item(const struct onepassworditem *item, struct desired *d)
{
	if (item->labels.cut || item->annotations.cut)
		return err_new(ERR_INVALID, "metadata: more than %d labels or annotations", KVLIST_MAX);
	TRY_(check_type(item->type));
	TRY_(check_auto_restart(item->auto_restart, item->o.meta.name));
	d->item_path = item->item_path;
	d->type = *item->type ? item->type : "Opaque";
	copy(&d->labels, &item->labels);
	copy(&d->annotations, &item->annotations);
	if (!str_empty(item->auto_restart))
		kvlist_set(&d->annotations, NAME_AUTO_RESTART, item->auto_restart);
	return NULL;
}

static const struct workload *oldest(const struct kobj_list *workloads)
{
	const struct workload *best = NULL;

	for (size_t i = 0; i < workloads->n; i++) {
		const struct workload *w = (const struct workload *)workloads->v[i];
		const bool older = best && (w->o.meta.created_ms < best->o.meta.created_ms ||
					    (w->o.meta.created_ms == best->o.meta.created_ms &&
					     strcmp(w->o.meta.uid, best->o.meta.uid) < 0));

		if (!w->o.meta.deleting && (!best || older))
			best = w;
	}
	return best;
}

/* Without the pairs that ask for other Secrets. */
static void from_workload(const struct workload *w, const char *secret_name, struct desired *d)
{
	const struct workload_request *request = workload_request(w, secret_name);

	d->item_path = request ? request->item_path : "";
	d->type = "Opaque";
	copy(&d->annotations, &w->annotations);
	if (request)
		kvlist_set(&d->annotations, NAME_ITEM_NAME, request->item_name);
}

/* Its own annotations say what the last one that asked for it wanted. */
static void from_made(const struct secretmeta *made, struct desired *d)
{
	const char *item_name = kvlist_get(&made->annotations, NAME_ITEM_NAME);

	d->inherited = true;
	d->item_path = secretmeta_item_path(made);
	d->type = "Opaque";
	if (item_name)
		kvlist_set(&d->annotations, NAME_ITEM_NAME, item_name);
}

static bool is_owner(const struct desired *d, const char *uid)
{
	for (size_t i = 0; i < d->n_owners; i++)
		if (streq(d->owners[i].uid, uid))
			return true;
	return false;
}

static int by_age(const void *a, const void *b)
{
	const struct kobj *const *x = a, *const *y = b;
	const int64_t difference_ms = (*x)->meta.created_ms - (*y)->meta.created_ms;

	return difference_ms ? (difference_ms > 0) - (difference_ms < 0)
			     : strcmp((*x)->meta.uid, (*y)->meta.uid);
}

static void add_heirs(struct desired *d, const struct kobj_list *users)
{
	struct kobj **sorted CLEANUP(mem_freep) = NULL;
	const size_t max = d->n_owners + SOURCES_HEIRS_MAX;

	if (users->n == 0)
		return;
	sorted = mem_dup(users->v, users->n * sizeof(*sorted));
	qsort(sorted, users->n, sizeof(*sorted), by_age);
	for (size_t i = 0; i < users->n && d->n_owners < max; i++) {
		const struct workload *w = (const struct workload *)sorted[i];

		if (!is_owner(d, w->o.meta.uid))
			add_owner_of(d, w->resource, &w->o.meta);
	}
}

err_t desired_from(const struct sources *s, const char *secret_name, struct desired *out, bool *out_wanted)
{
	const bool by_item = s->item && !s->item->o.meta.deleting;
	const struct workload *first = oldest(&s->workloads);
	const bool inherited = s->made && secretmeta_item_path(s->made) && oldest(&s->users);
	struct desired d = {0};

	*out_wanted = by_item || first || inherited;
	if (!*out_wanted)
		return NULL;
	if (by_item) {
		err_t e = from_item(s->item, &d);

		if (e) {
			desired_release(&d);
			return e;
		}
		add_owner_of(&d, &onepassworditem_resource, &s->item->o.meta);
	} else if (first) {
		from_workload(first, secret_name, &d);
	} else {
		from_made(s->made, &d);
	}
	kvlist_set(&d.labels, NAME_MANAGED_LABEL, "true");
	for (size_t i = 0; i < s->workloads.n; i++) {
		const struct workload *w = (const struct workload *)s->workloads.v[i];

		add_owner_of(&d, w->resource, &w->o.meta);
	}
	add_heirs(&d, &s->users);
	*out = d;
	return NULL;
}

void desired_release(struct desired *d)
{
	kvlist_release(&d->labels);
	kvlist_release(&d->annotations);
	for (size_t i = 0; i < d->n_owners; i++) {
		intern_put(d->owners[i].api_version);
		intern_put(d->owners[i].kind);
		intern_put(d->owners[i].name);
		intern_put(d->owners[i].uid);
	}
	mem_free(d->owners);
	*d = (struct desired){0};
}
