#include "kube/path.h"

#include <string.h>

/* What the API server takes as a segment of a path: all but what would change the path. */
static bool is_segment(const char *s)
{
	return *s && !streq(s, ".") && !streq(s, "..") && !strpbrk(s, "/%");
}

static NODISCARD err_t add_segment(struct strbuf *out, const char *what, const char *s)
{
	if (!is_segment(s))
		return err_new(ERR_INVALID, "%s: cannot stand in a path", what);
	strbuf_addc(out, '/');
	http_add_encoded(out, s);
	return NULL;
}

err_t kube_path_add(struct strbuf *out, const struct kube_target *t)
{
	const struct kube_resource *r = t->resource;
	const bool has_namespace = !str_empty(t->namespace);

	if (r->namespaced ? t->name && !has_namespace : has_namespace)
		return err_new(ERR_INTERNAL, "%s %s: %s", r->plural, t->name ? t->name : "",
			       r->namespaced ? "needs a namespace" : "has no namespace");
	if (*r->group)
		strbuf_addf(out, "/apis/%s/%s", r->group, r->version);
	else
		strbuf_addf(out, "/api/%s", r->version);
	if (has_namespace) {
		strbuf_adds(out, "/namespaces");
		TRY_(add_segment(out, "namespace", t->namespace));
	}
	TRY_(add_segment(out, "resource", r->plural));
	if (t->name)
		TRY_(add_segment(out, "name", t->name));
	if (t->subresource)
		TRY_(add_segment(out, "subresource", t->subresource));
	return strbuf_check(out, "path");
}

void kube_query_add(struct strbuf *path, const char *key, const char *value)
{
	if (str_empty(value))
		return;
	strbuf_addf(path, "%c%s=", strchr(path->p, '?') ? '&' : '?', key);
	http_add_encoded(path, value);
}
