#include "operator/manageconnect.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "operator/names.h"
#include "yaml/yamlx.h"
#include "json/jsonw.h"

static const struct logger log_connect = {.name = "connect"};

static NODISCARD err_t read_manifest(const char *path, const struct kube_resource *resource,
				     struct strbuf *out)
{
	CLEANUP(mem_freep) char *text = NULL;
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;
	struct jsonw w;
	size_t len = 0;

	TRY_(file_read(path, YAML_BYTES_MAX, &text, &len));
	TRY(yamlx_parse(text, len, &doc), "%s", path);
	if (!streq(jsonx_get_str(doc, "kind"), resource->kind))
		return err_new(ERR_INVALID, "%s: kind: must be %s", path, resource->kind);
	jsonw_init_str(&w, out);
	jsonw_value(&w, doc);
	return err_wrap(jsonw_done(&w), "%s", path);
}

/* Asked first: to make a Service once more is refused for the port that it has, not for its name. */
static NODISCARD err_t is_there(struct kube_client *kube, const struct kube_target *target,
				struct cancel *cancel, bool *out)
{
	CLEANUP(kube_object_release) struct kube_object object = {0};
	CLEANUP(err_freep) err_t e = kube_get(kube, target, KUBE_METADATA_ONLY, cancel, &object);

	*out = !e;
	return err_is(e, ERR_NOT_FOUND) ? NULL : TAKE(e);
}

static NODISCARD err_t make(struct kube_client *kube, const char *path, const struct kube_target *target,
			    struct cancel *cancel)
{
	CLEANUP(strbuf_release) struct strbuf body = {0};
	CLEANUP(kube_object_release) struct kube_object made = {0};
	bool there = false;

	strbuf_init(&body, KUBE_REQUEST_MAX);
	TRY_(read_manifest(path, target->resource, &body));
	TRY(is_there(kube, target, cancel, &there), "look for %s %s", target->resource->kind, target->name);
	if (there)
		return NULL;
	err_t e = kube_create(kube, target, NAME_MANAGER_CONNECT, body.p, body.len, cancel, &made);
	if (err_is(e, ERR_EXISTS)) {
		err_free(e);
		return NULL;
	}
	TRY(e, "create %s %s from %s", target->resource->kind, target->name, path);
	log_info(&log_connect, "deployed Connect", F_STR("kind", target->resource->kind),
		 F_STR("namespace", target->namespace), F_STR("name", target->name));
	return NULL;
}

err_t manageconnect(struct kube_client *kube, const char *folder, const char *namespace,
		    struct cancel *cancel)
{
	static const struct {
		const struct kube_resource *resource;
		const char *file;
	} parts[] = {{&kube_services, "service.yaml"}, {&kube_deployments, "deployment.yaml"}};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		const struct kube_target target = {
			.resource = parts[i].resource, .namespace = namespace, .name = NAME_CONNECT};
		CLEANUP(mem_freep) char *path = mem_printf("%s/%s", folder, parts[i].file);

		TRY(make(kube, path, &target, cancel), "MANAGE_CONNECT");
	}
	return NULL;
}
