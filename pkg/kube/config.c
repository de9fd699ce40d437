#include "kube/config.h"

#include "base/mem.h"
#include "http/client.h"
#include "kube/config_load.h"
#include "kube/credentials.h"
#include "kube/kubeconfig.h"
#include "json/jsonw.h"
#include <string.h>
#include <unistd.h>

#define SERVICE_ACCOUNT_FOLDER "/var/run/secrets/kubernetes.io/serviceaccount"

struct kube_config {
	struct kube_settings settings;
	bool in_cluster;
	struct credentials *credentials;
};

static const char *env_find(const char *const *environment, const char *name)
{
	const size_t len = strlen(name);

	for (; environment && *environment; environment++)
		if (strncmp(*environment, name, len) == 0 && (*environment)[len] == '=')
			return *environment + len + 1;
	return NULL;
}

/* Kubeconfig files that were read, with their texts. */
struct files {
	struct kubeconfig_file v[KUBECONFIG_FILES_MAX];
	struct secret *texts[KUBECONFIG_FILES_MAX];
	size_t n;
};

static void files_release(struct files *f)
{
	for (size_t i = 0; i < f->n; i++)
		secret_free(f->texts[i]);
}

static NODISCARD err_t files_add(struct files *f, const char *path)
{
	struct secret *text = NULL;

	if (f->n == KUBECONFIG_FILES_MAX)
		return err_new(ERR_INVALID, "$KUBECONFIG names more than %d files", KUBECONFIG_FILES_MAX);
	TRY(secret_read_file(path, KUBECONFIG_BYTES_MAX, &text), "kubeconfig");
	f->texts[f->n] = text;
	f->v[f->n++] = (struct kubeconfig_file){path, secret_bytes(text), secret_len(text)};
	return NULL;
}

static NODISCARD err_t load_file(const char *path, const char *context, struct kube_settings *out)
{
	CLEANUP(files_release) struct files files = {0};

	TRY_(files_add(&files, path));
	return kubeconfig_resolve(files.v, files.n, context, out);
}

/* Of a list, files that do not exist count as empty. */
static NODISCARD err_t load_list(const char *list, const char *context, struct kube_settings *out)
{
	CLEANUP(files_release) struct files files = {0};
	CLEANUP(strv_release) struct strv paths = {0};

	strv_split(&paths, list, ':');
	for (size_t i = 0; i < paths.n; i++) {
		if (str_empty(paths.v[i]))
			continue;
		err_t e = files_add(&files, paths.v[i]);
		if (e && !err_is(e, ERR_NOT_FOUND))
			return e;
		err_free(e);
	}
	if (files.n == 0)
		return err_new(ERR_INVALID, "$KUBECONFIG: no such file: %s", list);
	return kubeconfig_resolve(files.v, files.n, context, out);
}

static NODISCARD err_t load_namespace(const char *folder, char **out)
{
	CLEANUP(mem_freep) char *path = mem_printf("%s/namespace", folder);
	CLEANUP(secret_freep) struct secret *text = NULL;
	err_t e = secret_read_file(path, 1024, &text);

	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		return NULL;
	}
	TRY(e, "service account");
	const size_t len = strcspn(secret_bytes(text), " \t\r\n");
	*out = len > 0 ? mem_strndup(secret_bytes(text), len) : NULL;
	return NULL;
}

static NODISCARD err_t load_in_cluster(const char *folder, const char *host, const char *port,
				       struct kube_settings *out)
{
	int64_t number;

	if (!str_to_int(port, 1, 65535, &number))
		return err_new(ERR_INVALID, "KUBERNETES_SERVICE_PORT: must be a port");
	out->source = mem_strdup("service account");
	out->server = mem_printf(strchr(host, ':') ? "https://[%s]:%s" : "https://%s:%s", host, port);
	out->ca_file = mem_printf("%s/ca.crt", folder);
	out->token_file = mem_printf("%s/token", folder);
	return load_namespace(folder, &out->namespace);
}

static bool has_token(const char *folder)
{
	CLEANUP(mem_freep) char *path = mem_printf("%s/token", folder);

	return access(path, F_OK) == 0;
}

static NODISCARD err_t load_home(const char *home, const char *context, struct kube_settings *out)
{
	CLEANUP(mem_freep) char *path = mem_printf("%s/.kube/config", home ? home : "");

	if (str_empty(home) || access(path, F_OK) != 0)
		return err_new(ERR_INVALID,
			       "no cluster is configured: no kubeconfig is named, $KUBECONFIG is not "
			       "set, there is no service account, and no ~/.kube/config");
	return load_file(path, context, out);
}

static NODISCARD err_t load(const struct kube_config_sources *from, struct kube_config *c)
{
	const char *list = env_find(from->environment, "KUBECONFIG");
	const char *host = env_find(from->environment, "KUBERNETES_SERVICE_HOST");
	const char *port = env_find(from->environment, "KUBERNETES_SERVICE_PORT");

	if (!str_empty(from->path))
		return load_file(from->path, from->context, &c->settings);
	if (!str_empty(list))
		return load_list(list, from->context, &c->settings);
	if (str_empty(from->context) && !str_empty(host) && !str_empty(port) &&
	    has_token(from->service_account)) {
		c->in_cluster = true;
		return load_in_cluster(from->service_account, host, port, &c->settings);
	}
	return load_home(env_find(from->environment, "HOME"), from->context, &c->settings);
}

/* What a plugin that asks for it is told of the cluster. */
static NODISCARD err_t write_cluster(const struct kube_settings *s, struct strbuf *out)
{
	CLEANUP(secret_freep) struct secret *ca = NULL;
	struct jsonw w;

	if (s->ca_file)
		TRY(secret_read_file(s->ca_file, KUBECONFIG_BYTES_MAX, &ca), "%s", s->source);
	else if (s->ca_pem)
		ca = secret_from_str(s->ca_pem);
	jsonw_init_str(&w, out);
	jsonw_object(&w);
	jsonw_kstr(&w, "server", s->server);
	if (s->tls_server_name)
		jsonw_kstr(&w, "tls-server-name", s->tls_server_name);
	if (s->proxy_url)
		jsonw_kstr(&w, "proxy-url", s->proxy_url);
	if (s->insecure)
		jsonw_kbool(&w, "insecure-skip-tls-verify", true);
	if (ca) {
		jsonw_key(&w, "certificate-authority-data");
		jsonw_base64(&w, secret_bytes(ca), secret_len(ca));
	}
	jsonw_end_object(&w);
	return jsonw_done(&w);
}

/* An exec plugin counts where the user has no other credentials. */
static NODISCARD err_t run_plugin(const struct kube_config_sources *from, struct kube_settings *s)
{
	CLEANUP(kube_exec_credentials_release) struct kube_exec_credentials given = {0};
	CLEANUP(strbuf_release) struct strbuf cluster = {0};

	if (!s->exec || s->token || s->token_file || s->cert_pem || s->cert_file)
		return NULL;
	if (!from->may_run)
		return err_new(
			ERR_INVALID,
			"%s: an exec plugin is not run here; use token, tokenFile or a client certificate",
			s->source);
	strbuf_init(&cluster, (size_t)2 * KUBECONFIG_BYTES_MAX);
	TRY_(write_cluster(s, &cluster));
	TRY(kube_exec_run(s->exec, cluster.p, from->environment, &given), "%s", s->source);
	s->token = TAKE(given.token);
	s->cert_pem = TAKE(given.cert_pem);
	s->key_pem = TAKE(given.key_pem);
	return NULL;
}

err_t kube_config_load_from(const struct kube_config_sources *from, struct kube_config **out)
{
	CLEANUP(kube_config_freep) struct kube_config *c = MEM_NEW(struct kube_config);

	TRY_(load(from, c));
	TRY_(run_plugin(from, &c->settings));
	TRY_(credentials_new(&c->settings, from->clock, &c->credentials));
	*out = TAKE(c);
	return NULL;
}

err_t kube_config_load(const char *path, const char *const *environment, struct kube_config **out)
{
	const struct kube_config_sources from = {
		.path = path,
		.environment = environment,
		.service_account = SERVICE_ACCOUNT_FOLDER,
		.clock = &clock_system,
	};

	return kube_config_load_from(&from, out);
}

err_t kube_config_load_for_person(const char *path, const char *context, const char *const *environment,
				  struct kube_config **out)
{
	const struct kube_config_sources from = {
		.path = path,
		.context = context,
		.may_run = true,
		.environment = environment,
		.service_account = SERVICE_ACCOUNT_FOLDER,
		.clock = &clock_system,
	};

	return kube_config_load_from(&from, out);
}

void kube_config_free(struct kube_config *c)
{
	if (!c)
		return;
	credentials_free(c->credentials);
	kube_settings_release(&c->settings);
	mem_free(c);
}

void kube_config_freep(struct kube_config **c)
{
	kube_config_free(*c);
}

const char *kube_config_server(const struct kube_config *c)
{
	return c->settings.server;
}

bool kube_config_in_cluster(const struct kube_config *c)
{
	return c->in_cluster;
}

const char *kube_config_namespace(const struct kube_config *c)
{
	return c->settings.namespace;
}

struct secret *kube_config_bearer(struct kube_config *c, bool refused)
{
	return credentials_token(c->credentials, refused);
}

uint64_t kube_config_generation(struct kube_config *c)
{
	return credentials_tls_generation(c->credentials);
}

err_t kube_config_connect(struct kube_config *c, const char *user_agent, struct http_transport **out,
			  uint64_t *out_generation)
{
	CLEANUP(tls_files_release) struct tls_files tls = {0};

	credentials_tls(c->credentials, &tls);
	const struct http_client_options options = {
		.base_url = c->settings.server,
		.allow_http = str_has_prefix(c->settings.server, "http://"),
		.insecure = c->settings.insecure,
		.server_name = c->settings.tls_server_name,
		.ca_pem = tls.ca_pem,
		.cert_pem = tls.cert_pem,
		.key_pem = tls.key_pem,
		.proxy_url = c->settings.proxy_url,
		.user_agent = user_agent,
	};
	TRY(http_client_new(&options, out), "%s", c->settings.source);
	*out_generation = tls.generation;
	return NULL;
}
