#include "kube/kubeconfig.h"

#include "base/mem.h"
#include "base/test.h"
#include <string.h>

#define FILE_OF(path_, text_) ((struct kubeconfig_file){(path_), (text_), strlen(text_)})

/* A file whose cluster and user are what a test looks at. */
static err_t resolve(const char *cluster, const char *user, struct kube_settings *out)
{
	CLEANUP(mem_freep)
	char *text = mem_printf("current-context: dev\n"
				"contexts: [{name: dev, context: {cluster: c, user: u, namespace: team}}]\n"
				"clusters: [{name: c, cluster: {%s}}]\n"
				"users: [{name: u, user: {%s}}]\n",
				cluster, user);
	const struct kubeconfig_file file = FILE_OF("/home/me/.kube/config", text);

	return kubeconfig_resolve(&file, 1, NULL, out);
}

TEST(kubeconfig, reads_every_field)
{
	CLEANUP(kube_settings_release) struct kube_settings s = {0};

	CHECK_OK(resolve(
		"server: 'https://api:6443/', tls-server-name: kubernetes, proxy-url: 'socks5://p:1080', "
		"certificate-authority-data: Q0E=, certificate-authority: ignored.crt",
		"client-certificate-data: Q0VSVA==, client-key-data: \"S0\\nVZ\\n\", token: t0, tokenFile: "
		"/run/token",
		&s));
	CHECK_STR(s.source, "kubeconfig /home/me/.kube/config");
	CHECK_STR(s.server, "https://api:6443");
	CHECK_STR(s.namespace, "team");
	CHECK_STR(s.tls_server_name, "kubernetes");
	CHECK_STR(s.proxy_url, "socks5://p:1080");
	CHECK(!s.insecure);
	CHECK_STR(s.ca_pem, "CA");
	CHECK(!s.ca_file);
	CHECK_STR(s.cert_pem, "CERT");
	CHECK_STR(secret_bytes(s.key_pem), "KEY");
	CHECK_STR(secret_bytes(s.token), "t0");
	CHECK_STR(s.token_file, "/run/token");
}

TEST(kubeconfig, paths_are_relative_to_the_file)
{
	CLEANUP(kube_settings_release) struct kube_settings s = {0};

	CHECK_OK(resolve("server: 'https://api', certificate-authority: pki/ca.crt",
			 "client-certificate: /etc/me.crt, client-key: ../me.key, tokenFile: token", &s));
	CHECK_STR(s.ca_file, "/home/me/.kube/pki/ca.crt");
	CHECK_STR(s.cert_file, "/etc/me.crt");
	CHECK_STR(s.key_file, "/home/me/.kube/../me.key");
	CHECK_STR(s.token_file, "/home/me/.kube/token");

	CLEANUP(kube_settings_release) struct kube_settings here = {0};
	const struct kubeconfig_file file =
		FILE_OF("config",
			"current-context: a\ncontexts: [{name: a, context: {cluster: c}}]\nclusters: [{name: "
			"c, cluster: {server: 'http://localhost:8080', certificate-authority: ca.crt}}]\n");
	CHECK_OK(kubeconfig_resolve(&file, 1, NULL, &here));
	CHECK_STR(here.ca_file, "ca.crt");
	CHECK(!here.token && !here.namespace);
}

TEST(kubeconfig, of_several_files_the_first_wins)
{
	static const char first[] = "current-context: ''\n"
				    "clusters: [{name: c, cluster: {server: 'https://one'}}]\n";
	static const char second[] =
		"current-context: b\n"
		"clusters: [{name: c, cluster: {server: 'https://two', proxy-url: 'http://p'}}]\n"
		"users: [{name: u, user: {tokenFile: token}}]\n";
	static const char third[] = "current-context: c\n"
				    "contexts: [{name: b, context: {cluster: c, user: u}}]\n"
				    "users: [{name: u, user: {token: t}}]\n";
	const struct kubeconfig_file files[] = {FILE_OF("/1/config", first), FILE_OF("/2/config", second),
						FILE_OF("/3/config", third)};
	CLEANUP(kube_settings_release) struct kube_settings s = {0};

	CHECK_OK(kubeconfig_resolve(files, ARRAY_LEN(files), NULL, &s));
	CHECK_STR(s.server, "https://one");
	CHECK(!s.proxy_url);
	CHECK_STR(s.token_file, "/2/token");
	CHECK(!s.token);
	CHECK_STR(s.source, "kubeconfig /3/config");
}

TEST(kubeconfig, errors_name_file_entry_and_field)
{
	static const struct {
		const char *cluster, *user, *want;
	} cases[] = {
		{"", "", "clusters[c].cluster.server: must be https://host[:port]"},
		{"server: api", "", "clusters[c].cluster.server: must be https://host[:port]"},
		{"server: 'https://'", "", "clusters[c].cluster.server: must be https://host[:port]"},
		{"server: 'https://a b'", "", "clusters[c].cluster.server: must be https://host[:port]"},
		{"server: 7", "", "clusters[c].cluster.server: must be a text"},
		{"server: 'https://a', insecure-skip-tls-verify: maybe", "",
		 "clusters[c].cluster.insecure-skip-tls-verify: must be true or false"},
		{"server: 'https://a', insecure-skip-tls-verify: true, certificate-authority: ca", "",
		 "clusters[c].cluster.insecure-skip-tls-verify: contradicts a certificate authority; leave "
		 "one of "
		 "them out"},
		{"server: 'https://a', certificate-authority-data: '%'", "",
		 "clusters[c].cluster.certificate-authority-data: must be base64"},
		{"server: 'https://a', certificate-authority-data: 'AAAA'", "",
		 "clusters[c].cluster.certificate-authority-data: must be the base64 of a PEM text"},
		{"server: 'https://a'", "client-certificate: c.crt",
		 "users[u].user.client-key: must be set too: a certificate and its key belong together"},
		{"server: 'https://a'", "client-key: c.key",
		 "users[u].user.client-certificate: must be set too: a certificate and its key belong "
		 "together"},
		{"server: 'https://a'", "token: [canary]", "users[u].user.token: must be a text"},
		{"server: 'https://a'", "client-key-data: '*canary*'",
		 "users[u].user.client-key-data: must be base64"},
		{"server: 'https://a'", "exec: {command: aws}",
		 "users[u].user.exec.apiVersion: must be client.authentication.k8s.io/v1 or v1beta1"},
		{"server: 'https://a'", "exec: {apiVersion: client.authentication.k8s.io/v1}",
		 "users[u].user.exec.command: must name a program"},
		{"server: 'https://a'",
		 "exec: {apiVersion: client.authentication.k8s.io/v1, command: a, env: [{name: x}]}",
		 "users[u].user.exec.env: must have a name and a value each"},
		{"server: 'https://a'",
		 "exec: {apiVersion: client.authentication.k8s.io/v1, command: a, interactiveMode: Now}",
		 "users[u].user.exec.interactiveMode: must be Never, IfAvailable or Always"},
		{"server: 'https://a'", "auth-provider: {name: gcp}",
		 "users[u].user.auth-provider: is not supported; use token, tokenFile or a client "
		 "certificate"},
		{"server: 'https://a'", "username: me, password: canary",
		 "users[u].user.username: is not supported; use token, tokenFile or a client certificate"},
		{"server: 'https://a'", "as: admin", "users[u].user.as: impersonation is not supported"},
		{"server: 'https://a'", "as-groups: [admin]",
		 "users[u].user.as-groups: impersonation is not supported"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct kube_settings s = {0};
		CLEANUP(err_freep) err_t e = resolve(cases[i].cluster, cases[i].user, &s);
		CLEANUP(mem_freep)
		char *want = mem_printf("kubeconfig /home/me/.kube/config: %s", cases[i].want);

		CHECK(err_is(e, ERR_INVALID));
		CHECK_STR(err_text(e), want);
	}
}

TEST(kubeconfig, empty_fields_count_as_absent)
{
	CLEANUP(kube_settings_release) struct kube_settings s = {0};

	CHECK_OK(resolve("server: 'https://a', certificate-authority: '', proxy-url: null",
			 "exec: null, username: '', as-groups: [], token: ''", &s));
	CHECK(!s.ca_file && !s.proxy_url && !s.token);
}

#define NO_USER                                                                                              \
	"{current-context: d, contexts: [{name: d, context: {cluster: c, user: u}}], "                       \
	"clusters: [{name: c, cluster: {server: 'https://a'}}]}"

TEST(kubeconfig, what_leads_nowhere_is_an_error)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{",
		"contexts: []\n",
		"current-context: dev\n",
		"current-context: dev\ncontexts: [{name: dev}]\n",
		"current-context: dev\ncontexts: [{name: dev, context: {cluster: c}}]\n",
		"{current-context: d, contexts: [{name: d, context: {cluster: c, user: u}}], clusters: "
		"[{name: c}]}",
		NO_USER,
		"current-context: 7\n",
		"current-context: dev\ncontexts: 7\n",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		const struct kubeconfig_file file = FILE_OF("/x/config", texts[i]);
		struct kube_settings s = {0};
		CLEANUP(err_freep) err_t e = kubeconfig_resolve(&file, 1, NULL, &s);

		CHECK_MSG(err_is(e, ERR_INVALID) && strstr(err_text(e), "/x/config"), "%s: %s", texts[i],
			  e ? err_text(e) : "");
	}
	struct kube_settings s = {0};
	CHECK_ERR(kubeconfig_resolve(NULL, 0, NULL, &s), ERR_INVALID);
	CHECK_INT(err_live(), 0);
}

TEST(kubeconfig, an_exec_plugin_is_read)
{
	CLEANUP(kube_settings_release) struct kube_settings s = {0};

	CHECK_OK(resolve(
		"server: 'https://a'",
		"exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: ./bin/login, args: "
		"[get, token], env: [{name: PROFILE, value: dev}], interactiveMode: Never, "
		"provideClusterInfo: true}",
		&s));
	CHECK_STR(s.exec->command, "/home/me/.kube/./bin/login");
	CHECK_INT(s.exec->args.n, 2);
	CHECK_STR(s.exec->args.v[1], "token");
	CHECK_STR(s.exec->env.v[0], "PROFILE=dev");
	CHECK_INT(s.exec->interactive, KUBE_EXEC_NEVER);
	CHECK(s.exec->wants_cluster);
}

TEST(kubeconfig, a_context_may_be_named)
{
	static const char text[] =
		"current-context: a\n"
		"contexts: [{name: a, context: {cluster: a}}, {name: b, context: {cluster: b}}]\n"
		"clusters: [{name: a, cluster: {server: 'https://a'}}, {name: b, cluster: "
		"{server: 'https://b'}}]\n";
	const struct kubeconfig_file file = FILE_OF("config", text);
	CLEANUP(kube_settings_release) struct kube_settings s = {0};
	struct kube_settings none = {0};

	CHECK_OK(kubeconfig_resolve(&file, 1, "b", &s));
	CHECK_STR(s.server, "https://b");
	CHECK_ERR(kubeconfig_resolve(&file, 1, "c", &none), ERR_INVALID);
}
