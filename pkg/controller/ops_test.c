#include "controller/ops.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sync.h"
#include "base/test.h"
#include "http/client.h"
#include "http/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TOKEN "CANARY-good"
#define TOKEN_OF_NOBODY "CANARY-nobody"
#define TOKEN_WITHOUT_RIGHT "CANARY-guest"

/* The endpoints of a program beside an API server that the test answers for. */
struct rig {
	pthread_mutex_t mutex; /* guards what both servers' threads look at */
	bool alive, ready;
	bool api_is_down;
	struct strv asked; /* bodies that the API server got */

	struct http_server *api;
	char kubeconfig[64];
	struct kube_config *kube;
	struct metrics *metrics;
	int health_port, metrics_port;
	struct ops *ops;
};

static const char *who(const char *body)
{
	if (strstr(body, TOKEN))
		return "{\"status\":{\"authenticated\":true,\"user\":{\"username\":\"prometheus\",\"uid\":"
		       "\"u\","
		       "\"groups\":[\"scrapers\"]}}}";
	if (strstr(body, TOKEN_WITHOUT_RIGHT))
		return "{\"status\":{\"authenticated\":true,\"user\":{\"username\":\"guest\"}}}";
	return "{\"status\":{\"authenticated\":false,\"error\":\"invalid token\"}}";
}

static const char *may(const char *body)
{
	return strstr(body, "\"user\":\"prometheus\"") ? "{\"status\":{\"allowed\":true}}"
						       : "{\"status\":{\"allowed\":false,\"reason\":\"no\"}}";
}

static void serve_api(void *arg, const struct http_server_request *req, struct http_server_reply *reply)
{
	struct rig *r = arg;
	SYNC_SCOPE(&r->mutex);
	const char *answer = strstr(req->path, "tokenreviews") ? who(req->body) : may(req->body);

	CHECK_STR(req->method, "POST");
	strv_add(&r->asked, req->body);
	http_reply_status(reply, r->api_is_down ? 500 : 201);
	http_reply_content_type(reply, "application/json");
	CHECK_OK(secret_add(http_reply_body(reply), answer, strlen(answer)));
}

static bool is_alive(void *arg, struct strbuf *out_why)
{
	struct rig *r = arg;
	SYNC_SCOPE(&r->mutex);

	if (!r->alive)
		strbuf_adds(out_why, "leadership lost");
	return r->alive;
}

static bool is_ready(void *arg, struct strbuf *out_why)
{
	struct rig *r = arg;
	SYNC_SCOPE(&r->mutex);

	if (!r->ready)
		strbuf_adds(out_why, "secrets are not listed yet");
	return r->ready;
}

static void check_line(void *arg, const char *line, size_t len)
{
	(void)arg;
	CHECK_MSG(!memmem(line, len, "CANARY", 6), "a token in the log: %.*s", (int)len, line);
}

/* A port that was free a moment ago. */
static int free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	CHECK(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
	close(fd);
	return ntohs(address.sin_port);
}

static void write_kubeconfig(struct rig *r)
{
	FILE *f;
	int fd;

	snprintf(r->kubeconfig, sizeof(r->kubeconfig), "/tmp/ops_test-XXXXXX");
	fd = mkstemp(r->kubeconfig);
	CHECK(fd >= 0);
	f = fdopen(fd, "w");
	fprintf(f,
		"apiVersion: v1\nkind: Config\ncurrent-context: c\n"
		"contexts: [{name: c, context: {cluster: k, user: u}}]\n"
		"clusters: [{name: k, cluster: {server: \"http://127.0.0.1:%d\"}}]\n"
		"users: [{name: u, user: {token: t}}]\n",
		http_server_port(r->api));
	fclose(f);
}

static void rig_init(struct rig *r)
{
	static const char *const environment[] = {NULL};
	const struct http_server_options options = {.name = "api", .address = "127.0.0.1", .workers = 1};

	*r = (struct rig){.alive = true, .ready = true, .metrics = metrics_new()};
	log_configure(LOG_DEBUG, LOG_JSON);
	log_set_sink(check_line, NULL);
	http_client_global_init();
	sync_mutex_init(&r->mutex);
	CHECK_OK(http_server_start(&options, serve_api, r, &r->api));
	write_kubeconfig(r);
	CHECK_OK(kube_config_load(r->kubeconfig, environment, &r->kube));
	metric_add(metrics_counter(r->metrics, "test_total", "A test.", ""), METRIC_NO_LABELS, 7);
}

static void rig_release(struct rig *r)
{
	ops_stop(r->ops);
	http_server_stop(r->api, 1000);
	kube_config_free(r->kube);
	unlink(r->kubeconfig);
	metrics_free(r->metrics);
	strv_release(&r->asked);
	sync_mutex_destroy(&r->mutex);
	http_client_global_release();
	log_set_sink(NULL, NULL);
	CHECK_INT(err_live(), 0);
}

static err_t begin(struct rig *r, const char *health, const char *metrics, bool secure)
{
	const struct ops_options options = {.health_address = health,
					    .metrics_address = metrics,
					    .metrics_secure = secure,
					    .metrics = r->metrics,
					    .kube = r->kube,
					    .is_alive = is_alive,
					    .is_ready = is_ready,
					    .arg = r};

	return ops_start(&options, &r->ops);
}

static void rig_start(struct rig *r, bool secure)
{
	char health[32], metrics[32];

	rig_init(r);
	r->health_port = free_port();
	r->metrics_port = free_port();
	snprintf(health, sizeof(health), "127.0.0.1:%d", r->health_port);
	snprintf(metrics, sizeof(metrics), "127.0.0.1:%d", r->metrics_port);
	CHECK_OK(begin(r, health, metrics, secure));
}

static void ask(const char *scheme, int port, const char *method, const char *path, const char *token,
		struct http_response *out)
{
	struct secret *bearer CLEANUP(secret_freep) = token ? secret_from_str(token) : NULL;
	char *url CLEANUP(mem_freep) = mem_printf("%s://127.0.0.1:%d", scheme, port);
	const struct http_client_options options = {
		.base_url = url, .allow_http = true, .insecure = true, .user_agent = "test"};
	const struct http_request req = {
		.method = method, .path = path, .bearer = bearer, .timeout_ms = 20000, .max_bytes = 1u << 20};
	struct http_transport *client CLEANUP(http_transport_freep) = NULL;

	http_response_release(out);
	CHECK_OK(http_client_new(&options, &client));
	CHECK_OK(http_request(client, &req, NULL, out));
}

static void check_health(struct rig *r, const char *method, const char *path, int status, const char *text)
{
	struct http_response answer CLEANUP(http_response_release) = {0};

	ask("http", r->health_port, method, path, NULL, &answer);
	CHECK_MSG(answer.status == status, "%s %s: %d", method, path, answer.status);
	CHECK_STR(secret_bytes(answer.body), text);
}

TEST(ops, health_says_why_not)
{
	struct rig r;

	rig_start(&r, false);
	check_health(&r, "GET", "/healthz", 200, "ok");
	check_health(&r, "GET", "/readyz", 200, "ok");
	sync_mutex_lock(&r.mutex);
	r.alive = r.ready = false;
	sync_mutex_unlock(&r.mutex);
	check_health(&r, "GET", "/healthz", 503, "leadership lost");
	check_health(&r, "GET", "/readyz", 503, "secrets are not listed yet");
	check_health(&r, "GET", "/metrics", 404, "not found; there are /healthz and /readyz");
	check_health(&r, "DELETE", "/healthz", 405, "only GET");
	rig_release(&r);
}

TEST(ops, metrics_without_tls_are_for_everyone)
{
	struct rig r;
	struct http_response answer CLEANUP(http_response_release) = {0};

	rig_start(&r, false);
	ask("http", r.metrics_port, "GET", "/metrics", NULL, &answer);
	CHECK_INT(answer.status, 200);
	CHECK(strstr(secret_bytes(answer.body), "test_total 7\n"));
	CHECK_STR(answer.content_type, "text/plain; version=0.0.4; charset=utf-8");
	ask("http", r.metrics_port, "GET", "/healthz", NULL, &answer);
	CHECK_INT(answer.status, 404);
	ask("http", r.metrics_port, "DELETE", "/metrics", NULL, &answer);
	CHECK_INT(answer.status, 405);
	CHECK_INT(r.asked.n, 0);
	rig_release(&r);
}

TEST(ops, metrics_with_tls_are_for_whom_the_api_server_lets)
{
	static const struct {
		const char *name, *token;
		bool api_is_down;
		int status;
		size_t asked;
	} cases[] = {
		{"no token", NULL, false, 401, 0},
		{"a token of nobody", TOKEN_OF_NOBODY, false, 401, 1},
		{"a token without the right", TOKEN_WITHOUT_RIGHT, false, 403, 2},
		{"a token with the right", TOKEN, false, 200, 2},
		{"the API server is down, but has said so before", TOKEN, true, 200, 0},
		{"nobody knows", "a-new-one", true, 500, 1},
	};
	struct rig r;

	rig_start(&r, true);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct http_response answer CLEANUP(http_response_release) = {0};

		sync_mutex_lock(&r.mutex);
		r.api_is_down = cases[i].api_is_down;
		strv_release(&r.asked);
		sync_mutex_unlock(&r.mutex);
		ask("https", r.metrics_port, "GET", "/metrics", cases[i].token, &answer);
		CHECK_MSG(answer.status == cases[i].status, "%s: %d", cases[i].name, answer.status);
		CHECK_MSG(r.asked.n == cases[i].asked, "%s: %zu", cases[i].name, r.asked.n);
		CHECK_MSG(!!strstr(secret_bytes(answer.body), "test_total") == (answer.status == 200), "%s",
			  cases[i].name);
	}
	rig_release(&r);
}

TEST(ops, the_api_server_is_asked_about_the_path_and_all_of_the_user)
{
	struct rig r;
	struct http_response answer CLEANUP(http_response_release) = {0};

	rig_start(&r, true);
	ask("https", r.metrics_port, "GET", "/metrics", TOKEN, &answer);
	CHECK_INT(r.asked.n, 2);
	CHECK_STR(r.asked.v[0], "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenReview\","
				"\"spec\":{\"token\":\"" TOKEN "\"}}");
	CHECK_STR(r.asked.v[1],
		  "{\"apiVersion\":\"authorization.k8s.io/v1\",\"kind\":\"SubjectAccessReview\","
		  "\"spec\":{\"nonResourceAttributes\":{\"path\":\"/metrics\",\"verb\":\"get\"},"
		  "\"user\":\"prometheus\",\"uid\":\"u\",\"groups\":[\"scrapers\"]}}");
	rig_release(&r);
}

static void put(const char *path, const void *p, size_t len)
{
	CHECK_OK(file_write_atomic(path, p, len, 0600));
}

TEST(ops, metrics_have_the_certificate_of_the_files)
{
	struct rig r;
	char folder[] = "/tmp/ops_test-XXXXXX";
	char *cert_path CLEANUP(mem_freep) = NULL;
	char *key_path CLEANUP(mem_freep) = NULL;
	char *url CLEANUP(mem_freep) = NULL;
	struct strv hosts CLEANUP(strv_release) = {0};
	struct secret *key CLEANUP(secret_freep) = NULL;
	struct strbuf cert CLEANUP(strbuf_release) = {0};
	struct http_response answer CLEANUP(http_response_release) = {0};
	struct http_transport *client CLEANUP(http_transport_freep) = NULL;
	const struct http_request req = {
		.method = "GET", .path = "/metrics", .timeout_ms = 20000, .max_bytes = 1u << 20};
	err_t missing;

	rig_init(&r);
	CHECK(mkdtemp(folder));
	cert_path = mem_printf("%s/tls.crt", folder);
	key_path = mem_printf("%s/tls.key", folder);
	r.metrics_port = free_port();
	url = mem_printf("127.0.0.1:%d", r.metrics_port);
	struct ops_options options = {.health_address = "0",
				      .metrics_address = url,
				      .metrics_secure = true,
				      .metrics_cert_path = cert_path,
				      .metrics_key_path = key_path,
				      .metrics = r.metrics,
				      .kube = r.kube,
				      .is_alive = is_alive,
				      .is_ready = is_ready,
				      .arg = &r};
	missing = ops_start(&options, &r.ops);
	CHECK(missing && strstr(err_text(missing), "--metrics-cert-path: ") &&
	      strstr(err_text(missing), cert_path));
	err_free(missing);

	strbuf_init(&cert, 65536);
	strv_add(&hosts, "127.0.0.1");
	CHECK_OK(crypto_self_signed(&hosts, &key, &cert));
	put(cert_path, cert.p, cert.len);
	put(key_path, secret_bytes(key), secret_len(key));
	CHECK_OK(ops_start(&options, &r.ops));
	char *base CLEANUP(mem_freep) = mem_printf("https://%s", url);
	CHECK_OK(http_client_new(
		&(struct http_client_options){.base_url = base, .ca_pem = cert.p, .user_agent = "test"},
		&client));
	CHECK_OK(http_request(client, &req, NULL, &answer));
	CHECK_INT(answer.status, 401);
	rig_release(&r);
	unlink(cert_path);
	unlink(key_path);
	rmdir(folder);
}

TEST(ops, an_address_that_is_none_is_refused_by_the_name_of_its_flag)
{
	static const char *const wrong[] = {"8080", "host", ":", ":x", ":70000", ":-1", "[::1]"};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct rig r;
		err_t e;

		rig_init(&r);
		e = begin(&r, wrong[i], "0", false);
		CHECK_MSG(err_is(e, ERR_INVALID) &&
				  str_has_prefix(err_text(e), "--health-probe-bind-address: address "),
			  "%s", wrong[i]);
		err_free(e);
		e = begin(&r, "0", wrong[i], false);
		CHECK_MSG(err_is(e, ERR_INVALID) &&
				  str_has_prefix(err_text(e), "--metrics-bind-address: address "),
			  "%s", wrong[i]);
		err_free(e);
		rig_release(&r);
	}
}

TEST(ops, an_address_in_use_is_an_error)
{
	struct rig r, other;
	char address[32];
	err_t e;

	rig_start(&r, false);
	rig_init(&other);
	snprintf(address, sizeof(address), "127.0.0.1:%d", r.health_port);
	e = begin(&other, address, "0", false);
	CHECK_MSG(e && str_has_prefix(err_text(e), "--health-probe-bind-address 127.0.0.1:"), "%s",
		  e ? err_text(e) : "");
	err_free(e);
	e = begin(&other, "0", address, true);
	CHECK_MSG(e && str_has_prefix(err_text(e), "--metrics-bind-address 127.0.0.1:"), "%s",
		  e ? err_text(e) : "");
	err_free(e);
	http_server_stop(other.api, 1000);
	kube_config_free(other.kube);
	unlink(other.kubeconfig);
	metrics_free(other.metrics);
	sync_mutex_destroy(&other.mutex);
	http_client_global_release();
	rig_release(&r);
}

TEST(ops, zero_serves_nothing)
{
	struct rig r;

	rig_init(&r);
	CHECK_OK(begin(&r, "0", "0", true));
	rig_release(&r);
}
