#include "kube/config_load.h"

#include "base/mem.h"
#include "base/test.h"
#include "http/client.h"
#include "kube/folder_test.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *kubeconfig(const char *server)
{
	return mem_printf("current-context: a\ncontexts: [{name: a, context: {cluster: c, namespace: ns}}]\n"
			  "clusters: [{name: c, cluster: {server: 'https://%s'}}]\n",
			  server);
}

static void write_kubeconfig(const struct folder *f, const char *name)
{
	CLEANUP(mem_freep) char *text = kubeconfig(name);

	folder_write(f, name, text);
}

/* Where a test's program finds its configuration. */
struct places {
	struct folder folder; /* "flag", "env", token and so on of the service account */
	char *path;
	char *environment[8];
	size_t n;
	bool may_run;
};

static void places_init(struct places *p)
{
	*p = (struct places){0};
	folder_init(&p->folder);
}

static void places_release(struct places *p)
{
	mem_free(p->path);
	for (size_t i = 0; i < p->n; i++)
		mem_free(p->environment[i]);
	folder_release(&p->folder);
}

static void set_env(struct places *p, const char *name, const char *value)
{
	p->environment[p->n++] = mem_printf("%s=%s", name, value);
}

static void add_service_account(struct places *p, const char *host)
{
	folder_write(&p->folder, "token", "t\n");
	folder_write(&p->folder, "ca.crt", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n");
	folder_write(&p->folder, "namespace", "operators\n");
	set_env(p, "KUBERNETES_SERVICE_HOST", host);
	set_env(p, "KUBERNETES_SERVICE_PORT", "443");
}

static err_t load(struct places *p, struct kube_config **out)
{
	const struct kube_config_sources from = {
		.path = p->path,
		.may_run = p->may_run,
		.environment = (const char *const *)p->environment,
		.service_account = p->folder.path,
		.clock = &clock_system,
	};

	return kube_config_load_from(&from, out);
}

static void check_server(struct places *p, const char *server)
{
	CLEANUP(kube_config_freep) struct kube_config *c = NULL;

	CHECK_OK(load(p, &c));
	CHECK_STR(kube_config_server(c), server);
}

TEST(config, sources_count_in_the_order_of_kubectl)
{
	CLEANUP(places_release) struct places p;

	places_init(&p);
	add_service_account(&p, "10.0.0.1");
	check_server(&p, "https://10.0.0.1:443");

	write_kubeconfig(&p.folder, "env");
	CLEANUP(mem_freep) char *env = folder_path(&p.folder, "env");
	set_env(&p, "KUBECONFIG", env);
	check_server(&p, "https://env");

	write_kubeconfig(&p.folder, "flag");
	p.path = folder_path(&p.folder, "flag");
	check_server(&p, "https://flag");
}

TEST(config, home_comes_last)
{
	CLEANUP(places_release) struct places p;
	CLEANUP(mem_freep) char *folder = NULL, *file = NULL, *text = kubeconfig("home");
	CLEANUP(kube_config_freep) struct kube_config *c = NULL;

	places_init(&p);
	folder = folder_path(&p.folder, ".kube");
	file = folder_path(&p.folder, ".kube/config");
	CHECK_INT(mkdir(folder, 0700), 0);
	FILE *f = fopen(file, "w");
	CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
	set_env(&p, "HOME", p.folder.path);
	set_env(&p, "KUBECONFIG", "");
	CHECK_OK(load(&p, &c));
	CHECK_STR(kube_config_server(c), "https://home");
	CHECK_STR(kube_config_namespace(c), "ns");
	CHECK(!kube_config_in_cluster(c));
	CHECK(unlink(file) == 0 && rmdir(folder) == 0);
	CHECK_ERR(load(&p, &c), ERR_INVALID);
}

TEST(config, a_list_of_files_may_name_some_that_do_not_exist)
{
	CLEANUP(places_release) struct places p;
	CLEANUP(mem_freep) char *list = NULL, *none = NULL;

	places_init(&p);
	write_kubeconfig(&p.folder, "there");
	list = mem_printf(":%s/none:%s/there:", p.folder.path, p.folder.path);
	set_env(&p, "KUBECONFIG", list);
	check_server(&p, "https://there");

	none = mem_printf("KUBECONFIG=%s/none", p.folder.path);
	mem_free(p.environment[0]);
	p.environment[0] = TAKE(none);
	struct kube_config *c = NULL;
	CHECK_ERR(load(&p, &c), ERR_INVALID);
}

TEST(config, a_file_that_is_named_must_exist)
{
	CLEANUP(places_release) struct places p;
	struct kube_config *c = NULL;

	places_init(&p);
	p.path = folder_path(&p.folder, "none");
	CLEANUP(err_freep) err_t e = load(&p, &c);
	CHECK(e && strstr(err_text(e), p.path));
}

TEST(config, a_pod_finds_its_service_account)
{
	static const struct {
		const char *host, *server;
	} cases[] = {{"10.96.0.1", "https://10.96.0.1:443"}, {"fd00::1", "https://[fd00::1]:443"}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(places_release) struct places p;
		CLEANUP(kube_config_freep) struct kube_config *c = NULL;

		places_init(&p);
		add_service_account(&p, cases[i].host);
		CHECK_OK(load(&p, &c));
		CHECK(kube_config_in_cluster(c));
		CHECK_STR(kube_config_server(c), cases[i].server);
		CHECK_STR(kube_config_namespace(c), "operators");
		CLEANUP(secret_freep) struct secret *token = kube_config_bearer(c, false);
		CHECK_STR(secret_bytes(token), "t");
	}
}

TEST(config, a_pod_without_a_mounted_token_is_told_so)
{
	CLEANUP(places_release) struct places p;
	struct kube_config *c = NULL;

	places_init(&p);
	set_env(&p, "KUBERNETES_SERVICE_HOST", "10.0.0.1");
	set_env(&p, "KUBERNETES_SERVICE_PORT", "443");
	CLEANUP(err_freep) err_t e = load(&p, &c);
	CHECK(err_is(e, ERR_INVALID) && strstr(err_text(e), "service account"));
}

TEST(config, a_port_that_is_none_is_refused)
{
	CLEANUP(places_release) struct places p;
	struct kube_config *c = NULL;

	places_init(&p);
	add_service_account(&p, "10.0.0.1");
	mem_free(p.environment[--p.n]);
	set_env(&p, "KUBERNETES_SERVICE_PORT", "tcp://10.0.0.1:443");
	CHECK_ERR(load(&p, &c), ERR_INVALID);
	CHECK_INT(err_live(), 0);
}

TEST(config, a_transport_comes_out_of_it)
{
	CLEANUP(places_release) struct places p;
	CLEANUP(kube_config_freep) struct kube_config *c = NULL;
	CLEANUP(http_transport_freep) struct http_transport *t = NULL;
	uint64_t generation = 99;

	http_client_global_init();
	places_init(&p);
	write_kubeconfig(&p.folder, "env");
	p.path = folder_path(&p.folder, "env");
	CHECK_OK(load(&p, &c));
	CHECK_OK(kube_config_connect(c, "test", &t, &generation));
	CHECK(t);
	CHECK_INT(generation, kube_config_generation(c));
	CHECK(!kube_config_bearer(c, true));
}

/* A kubeconfig whose user is a shell script's to say. */
static void write_plugin(const struct places *p, const char *script)
{
	CLEANUP(mem_freep)
	char *text = mem_printf("current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n"
				"clusters: [{name: c, cluster: {server: 'https://api'}}]\nusers:\n- name: "
				"u\n  user:\n    exec:\n"
				"      apiVersion: client.authentication.k8s.io/v1\n      command: sh\n      "
				"provideClusterInfo: "
				"true\n      interactiveMode: Never\n      env: [{name: SAID, value: "
				"by-env}]\n      args:\n      - -c\n"
				"      - |\n        %s\n",
				script);

	folder_write(&p->folder, "flag", text);
}

#define CREDENTIAL(status)                                                                                   \
	"{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":" status \
	"}"

TEST(config, an_exec_plugin_gives_the_token)
{
	CLEANUP(places_release) struct places p;
	CLEANUP(kube_config_freep) struct kube_config *c = NULL;

	places_init(&p);
	p.path = folder_path(&p.folder, "flag");
	set_env(&p, "PATH", "/usr/bin:/bin");
	set_env(&p, "SAID", "by the environment");
	/* It is told of the cluster, and that nobody can be asked. */
	write_plugin(&p,
		     "case $KUBERNETES_EXEC_INFO in *'\"server\":\"https://api\"'*'\"interactive\":false'*) "
		     "echo '" CREDENTIAL("{\"token\":\"'$SAID'\"}") "';; esac");
	CHECK_ERR(load(&p, &c), ERR_INVALID);
	p.may_run = true;
	CHECK_OK(load(&p, &c));
	CLEANUP(secret_freep) struct secret *token = kube_config_bearer(c, false);
	CHECK_STR(secret_bytes(token), "by-env");
}

TEST(config, an_exec_plugin_that_gives_nothing_usable_is_told_of_without_its_answer)
{
	static const char *const scripts[] = {
		"exit 3",
		"echo hidden",
		"echo '" CREDENTIAL("{}") "'",
		"echo '" CREDENTIAL("{\"clientKeyData\":\"hidden\"}") "'",
		"echo '{\"kind\":\"Other\",\"status\":{\"token\":\"hidden\"}}'",
		"kill -9 $$",
	};

	for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
		CLEANUP(places_release) struct places p;
		struct kube_config *c = NULL;

		places_init(&p);
		p.path = folder_path(&p.folder, "flag");
		p.may_run = true;
		set_env(&p, "PATH", "/usr/bin:/bin");
		write_plugin(&p, scripts[i]);
		CLEANUP(err_freep) err_t e = load(&p, &c);
		CHECK(e && strstr(err_text(e), "exec plugin sh") && !strstr(err_text(e), "hidden"));
	}
}
