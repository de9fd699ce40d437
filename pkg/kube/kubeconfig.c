#include "kube/kubeconfig.h"

#include "base/mem.h"
#include "yaml/yamlx.h"
#include <string.h>

/* All files, parsed. */
struct docs {
	const struct kubeconfig_file *files;
	struct jsonx *v[KUBECONFIG_FILES_MAX];
	size_t n;
};

static void docs_release(struct docs *d)
{
	for (size_t i = 0; i < d->n; i++)
		jsonx_free(d->v[i]);
}

static NODISCARD err_t docs_parse(struct docs *d, size_t n)
{
	if (n == 0 || n > KUBECONFIG_FILES_MAX)
		return err_new(ERR_INVALID, "needs 1 to %d kubeconfig files", KUBECONFIG_FILES_MAX);
	for (size_t i = 0; i < n; i++) {
		TRY(yamlx_parse(d->files[i].text, d->files[i].len, &d->v[i]), "kubeconfig %s",
		    d->files[i].path);
		d->n++;
	}
	return NULL;
}

/* The object of a named entry, e.g. `cluster` of one of `clusters`, and what errors about it need. */
struct entry {
	const char *list, *name; /* "clusters", "prod" */
	const char *member;      /* "cluster" */
	const struct jsonx *v;
	const char *path; /* of its file */
};

static NODISCARD err_t entry_error(const struct entry *e, const char *field, const char *what)
{
	CLEANUP(strbuf_release) struct strbuf name = {0};

	strbuf_init(&name, 128);
	str_add_printable(&name, e->name, 100);
	return err_new(ERR_INVALID, "kubeconfig %s: %s[%s].%s.%s: %s", e->path, e->list, name.p, e->member,
		       field, what);
}

static NODISCARD err_t entry_find(const struct docs *d, struct entry *e)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct jsonx *list = jsonx_get(d->v[i], e->list);

		for (size_t k = 0; k < jsonx_len(list); k++) {
			const struct jsonx *item = jsonx_at(list, k);

			if (!streq(jsonx_get_str(item, "name"), e->name))
				continue;
			e->path = d->files[i].path;
			e->v = jsonx_get(item, e->member);
			return NULL;
		}
	}

	CLEANUP(strbuf_release) struct strbuf name = {0};
	strbuf_init(&name, 128);
	str_add_printable(&name, e->name, 100);
	return err_new(ERR_INVALID, "kubeconfig %s: %s has no entry named \"%s\"", d->files[0].path, e->list,
		       name.p);
}

/* Borrowed; NULL when the field is absent or empty. */
static NODISCARD err_t entry_text(const struct entry *e, const char *field, const char **out)
{
	const struct jsonx *v = jsonx_get(e->v, field);
	const char *s = jsonx_str(v);

	if (jsonx_type(v) != JSONX_NULL && !s)
		return entry_error(e, field, "must be a text");
	*out = str_empty(s) ? NULL : s;
	return NULL;
}

static NODISCARD err_t entry_bool(const struct entry *e, const char *field, bool *out)
{
	const struct jsonx *v = jsonx_get(e->v, field);

	*out = false;
	if (jsonx_type(v) != JSONX_NULL && !jsonx_bool(v, out))
		return entry_error(e, field, "must be true or false");
	return NULL;
}

static NODISCARD err_t entry_dup(const struct entry *e, const char *field, char **out)
{
	const char *s = NULL;

	TRY_(entry_text(e, field, &s));
	*out = mem_strdup(s);
	return NULL;
}

static NODISCARD err_t entry_path(const struct entry *e, const char *field, char **out)
{
	const char *s = NULL, *slash = strrchr(e->path, '/');

	TRY_(entry_text(e, field, &s));
	if (!s || *s == '/' || !slash)
		*out = mem_strdup(s);
	else
		*out = mem_printf("%.*s/%s", (int)(slash - e->path), e->path, s);
	return NULL;
}

/* Line breaks in base64 are no error, as in Go. */
static NODISCARD err_t decode_lines(struct secret *out, const char *s)
{
	CLEANUP(secret_freep) struct secret *joined = secret_new(strlen(s));

	while (*s) {
		const size_t len = strcspn(s, "\r\n");

		TRY_(secret_add(joined, s, len));
		s += len;
		s += strspn(s, "\r\n");
	}
	return secret_add_base64_decoded(out, secret_bytes(joined), secret_len(joined));
}

static NODISCARD err_t entry_base64(const struct entry *e, const char *field, struct secret **out)
{
	CLEANUP(secret_freep) struct secret *value = secret_new(KUBECONFIG_BYTES_MAX);
	const char *s = NULL;

	TRY_(entry_text(e, field, &s));
	if (!s)
		return NULL;
	CLEANUP(err_freep) err_t bad = decode_lines(value, s);
	if (bad)
		return entry_error(e, field, "must be base64");
	if (strlen(secret_bytes(value)) != secret_len(value))
		return entry_error(e, field, "must be the base64 of a PEM text");
	*out = TAKE(value);
	return NULL;
}

/* What is no secret is kept as a plain text. */
static NODISCARD err_t entry_base64_text(const struct entry *e, const char *field, char **out)
{
	CLEANUP(secret_freep) struct secret *value = NULL;

	TRY_(entry_base64(e, field, &value));
	if (value)
		*out = mem_strdup(secret_bytes(value));
	return NULL;
}

static bool is_url_of_server(const char *s)
{
	const char *host = str_has_prefix(s, "https://")  ? s + strlen("https://")
			   : str_has_prefix(s, "http://") ? s + strlen("http://")
							  : "";

	if (*host == '\0' || *host == '/')
		return false;
	for (const char *p = host; *p; p++)
		if (*p <= ' ' || *p > '~')
			return false;
	return true;
}

static NODISCARD err_t read_server(const struct entry *e, struct kube_settings *out)
{
	const char *server = NULL;

	TRY_(entry_text(e, "server", &server));
	if (!server || !is_url_of_server(server))
		return entry_error(e, "server", "must be https://host[:port]");

	size_t len = strlen(server);
	while (len > 0 && server[len - 1] == '/')
		len--;
	out->server = mem_strndup(server, len);
	return NULL;
}

static NODISCARD err_t read_cluster(const struct entry *e, struct kube_settings *out)
{
	TRY_(read_server(e, out));
	TRY_(entry_dup(e, "tls-server-name", &out->tls_server_name));
	TRY_(entry_dup(e, "proxy-url", &out->proxy_url));
	TRY_(entry_bool(e, "insecure-skip-tls-verify", &out->insecure));
	TRY_(entry_base64_text(e, "certificate-authority-data", &out->ca_pem));
	if (!out->ca_pem)
		TRY_(entry_path(e, "certificate-authority", &out->ca_file));
	if (out->insecure && (out->ca_pem || out->ca_file))
		return entry_error(e, "insecure-skip-tls-verify",
				   "contradicts a certificate authority; leave one of them out");
	return NULL;
}

static bool is_set(const struct jsonx *v)
{
	switch (jsonx_type(v)) {
	case JSONX_NULL:
		return false;
	case JSONX_STR:
		return !str_empty(jsonx_str(v));
	case JSONX_ARRAY:
	case JSONX_OBJECT:
		return jsonx_len(v) > 0;
	case JSONX_BOOL:
	case JSONX_INT:
	case JSONX_DOUBLE:
		break;
	}
	return true;
}

static NODISCARD err_t refuse_unsupported(const struct entry *e)
{
	static const char instead[] = "is not supported; use token, tokenFile or a client certificate";
	static const struct {
		const char *field, *what;
	} refused[] = {
		{"auth-provider", instead},
		{"username", instead},
		{"password", instead},
		{"as", "impersonation is not supported"},
		{"as-uid", "impersonation is not supported"},
		{"as-groups", "impersonation is not supported"},
		{"as-user-extra", "impersonation is not supported"},
	};

	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		if (is_set(jsonx_get(e->v, refused[i].field)))
			return entry_error(e, refused[i].field, refused[i].what);
	return NULL;
}

static NODISCARD err_t read_certificate(const struct entry *e, struct kube_settings *out)
{
	TRY_(entry_base64_text(e, "client-certificate-data", &out->cert_pem));
	if (!out->cert_pem)
		TRY_(entry_path(e, "client-certificate", &out->cert_file));
	TRY_(entry_base64(e, "client-key-data", &out->key_pem));
	if (!out->key_pem)
		TRY_(entry_path(e, "client-key", &out->key_file));

	const bool has_cert = out->cert_pem || out->cert_file, has_key = out->key_pem || out->key_file;
	if (has_cert != has_key)
		return entry_error(e, has_cert ? "client-key" : "client-certificate",
				   "must be set too: a certificate and its key belong together");
	return NULL;
}

static NODISCARD err_t read_exec_env(const struct entry *e, const struct jsonx *list, struct strv *out)
{
	for (size_t i = 0; i < jsonx_len(list); i++) {
		const char *name = jsonx_get_str(jsonx_at(list, i), "name");
		const char *value = jsonx_get_str(jsonx_at(list, i), "value");

		if (str_empty(name) || strchr(name, '=') || !value)
			return entry_error(e, "exec.env", "must have a name and a value each");
		char *entry = mem_printf("%s=%s", name, value);
		strv_add_take(out, &entry);
	}
	return NULL;
}

static NODISCARD err_t read_exec_mode(const struct entry *e, const char *mode, struct kube_exec *out)
{
	if (streq(mode, "Never"))
		out->interactive = KUBE_EXEC_NEVER;
	else if (streq(mode, "Always"))
		out->interactive = KUBE_EXEC_ALWAYS;
	else if (!str_empty(mode) && !streq(mode, "IfAvailable"))
		return entry_error(e, "exec.interactiveMode", "must be Never, IfAvailable or Always");
	return NULL;
}

static NODISCARD err_t read_exec(const struct entry *e, struct kube_exec **out)
{
	const struct jsonx *exec = jsonx_get(e->v, "exec"), *args = jsonx_get(exec, "args");
	const struct entry in = {e->list, e->name, e->member, exec, e->path};
	CLEANUP(kube_exec_freep) struct kube_exec *x = NULL;
	const char *version = jsonx_get_str(exec, "apiVersion");

	if (!is_set(exec))
		return NULL;
	x = MEM_NEW(struct kube_exec);
	if (!streq(version, "client.authentication.k8s.io/v1") &&
	    !streq(version, "client.authentication.k8s.io/v1beta1"))
		return entry_error(e, "exec.apiVersion",
				   "must be client.authentication.k8s.io/v1 or v1beta1");
	x->api_version = mem_strdup(version);
	if (str_empty(jsonx_get_str(exec, "command")))
		return entry_error(e, "exec.command", "must name a program");
	if (strchr(jsonx_get_str(exec, "command"), '/'))
		TRY_(entry_path(&in, "command", &x->command));
	else
		x->command = mem_strdup(jsonx_get_str(exec, "command"));
	for (size_t i = 0; i < jsonx_len(args); i++) {
		if (!jsonx_str(jsonx_at(args, i)))
			return entry_error(e, "exec.args", "must be texts");
		strv_add(&x->args, jsonx_str(jsonx_at(args, i)));
	}
	TRY_(read_exec_env(e, jsonx_get(exec, "env"), &x->env));
	TRY_(read_exec_mode(e, jsonx_get_str(exec, "interactiveMode"), x));
	x->wants_cluster = jsonx_true(jsonx_get(exec, "provideClusterInfo"));
	*out = TAKE(x);
	return NULL;
}

static NODISCARD err_t read_user(const struct entry *e, struct kube_settings *out)
{
	const char *token = NULL;

	TRY_(refuse_unsupported(e));
	TRY_(read_certificate(e, out));
	TRY_(entry_text(e, "token", &token));
	if (token)
		out->token = secret_from_str(token);
	TRY_(entry_path(e, "tokenFile", &out->token_file));
	return read_exec(e, &out->exec);
}

static NODISCARD err_t find_context(const struct docs *d, const char *named, struct entry *out)
{
	*out = (struct entry){.list = "contexts", .name = named, .member = "context", .path = ""};
	for (size_t i = 0; i < d->n && !out->name; i++) {
		const char *name = jsonx_get_str(d->v[i], "current-context");

		out->name = str_empty(name) ? NULL : name;
	}
	if (!out->name)
		return err_new(ERR_INVALID, "kubeconfig %s: current-context is not set", d->files[0].path);
	return entry_find(d, out);
}

err_t kubeconfig_resolve(const struct kubeconfig_file *files, size_t n, const char *named,
			 struct kube_settings *out)
{
	CLEANUP(docs_release) struct docs d = {.files = files};
	CLEANUP(kube_settings_release) struct kube_settings s = {0};
	struct entry context, cluster = {.list = "clusters", .member = "cluster", .path = ""},
			      user = {.list = "users", .member = "user", .path = ""};

	TRY_(docs_parse(&d, n));
	TRY_(find_context(&d, str_empty(named) ? NULL : named, &context));
	TRY_(entry_text(&context, "cluster", &cluster.name));
	if (!cluster.name)
		return entry_error(&context, "cluster", "must name a cluster");
	TRY_(entry_find(&d, &cluster));
	TRY_(read_cluster(&cluster, &s));
	TRY_(entry_text(&context, "user", &user.name));
	if (user.name) {
		TRY_(entry_find(&d, &user));
		TRY_(read_user(&user, &s));
	}
	TRY_(entry_dup(&context, "namespace", &s.namespace));
	s.source = mem_printf("kubeconfig %s", context.path);
	*out = s;
	s = (struct kube_settings){0};
	return NULL;
}
