/* Files of the kind that people have: they are the seeds of the fuzz target too. */
#include "base/file.h"
#include "base/mem.h"
#include "base/test.h"
#include "yaml/yamlx.h"

#define FOLDER "pkg/yaml/testdata/yamlx_fuzz/"

TEST(yamlx_files, kubeconfig)
{
	CLEANUP(mem_freep) char *text = NULL;
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;
	size_t len = 0;

	CHECK_OK(file_read(FOLDER "kubeconfig.yaml", YAML_BYTES_MAX, &text, &len));
	CHECK_OK(yamlx_parse(text, len, &doc));
	CHECK_STR(jsonx_get_str(doc, "current-context"), "dev");
	const struct jsonx *clusters = jsonx_get(doc, "clusters");
	CHECK_INT(jsonx_len(clusters), 2);
	const struct jsonx *second = jsonx_get(jsonx_at(clusters, 1), "cluster");
	CHECK_STR(jsonx_get_str(second, "server"), "https://[fd00::1]:6443");
	CHECK(jsonx_true(jsonx_get(second, "insecure-skip-tls-verify")));
	const struct jsonx *user = jsonx_get(jsonx_at(jsonx_get(doc, "users"), 1), "user");
	const struct jsonx *exec = jsonx_get(user, "exec");
	CHECK_STR(jsonx_str(jsonx_at(jsonx_get(exec, "args"), 3)), "0123456789");
	CHECK_STR(jsonx_get_str(exec, "apiVersion"), "client.authentication.k8s.io/v1");
	CHECK_INT(jsonx_type(jsonx_get(exec, "env")), JSONX_NULL);
}

struct seen {
	int n;
	int64_t mode, port;
	const char *wrong;
};

static err_t look(void *arg, const struct jsonx *doc)
{
	struct seen *seen = arg;
	const char *kind = jsonx_get_str(doc, "kind");

	seen->n++;
	if (streq(kind, "Service"))
		seen->port =
			jsonx_get_int(jsonx_at(jsonx_get(jsonx_get(doc, "spec"), "ports"), 0), "port", 0);
	if (streq(kind, "Deployment")) {
		const struct jsonx *pod = jsonx_get(jsonx_get(jsonx_get(doc, "spec"), "template"), "spec");
		const struct jsonx *volume = jsonx_at(jsonx_get(pod, "volumes"), 0);

		seen->mode = jsonx_get_int(jsonx_get(volume, "secret"), "defaultMode", 0);
	}
	if (streq(kind, "ConfigMap")) {
		const char *script = jsonx_get_str(jsonx_get(doc, "data"), "run.sh");

		if (!streq(script, "#!/bin/sh\nset -eu\n\nexec \"$@\"\n"))
			seen->wrong = "run.sh";
	}
	return NULL;
}

TEST(yamlx_files, manifests)
{
	CLEANUP(mem_freep) char *text = NULL;
	struct seen seen = {0};
	size_t len = 0;

	CHECK_OK(file_read(FOLDER "manifests.yaml", YAML_BYTES_MAX, &text, &len));
	CHECK_OK(yamlx_parse_all(text, len, look, &seen));
	CHECK_INT(seen.n, 4);
	CHECK_INT(seen.mode, 0640);
	CHECK_INT(seen.port, 80);
	CHECK_STR(seen.wrong, NULL);
}
