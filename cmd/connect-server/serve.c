#include "command.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "connect/connect.h"
#include "connect/listen.h"
#include "http/server.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>

#define CERTIFICATE_MAX ((size_t)1 << 20)
#define DRAIN_MS 10000
/* How soon the keys of a revoked token leave memory; it is refused at once. */
#define SWEEP_S 2
#define ADMIN_PORT 8082

struct serve_settings {
	struct place_settings place;
	char *listen, *admin_listen, *audit, *log_level, *log_format;
	int64_t http_port, https_port, workers, max_inline_kb;
	bool allow_cleartext;
	char *cert_file, *key_file, *letsencrypt;
};

static const char *const log_levels[] = {"trace", "debug", "info", "warn", "error", NULL};
static const char *const audits[] = {"normal", "strict", NULL};
static const char *const log_formats[] = {"json", "console", NULL};

#define AT(member) offsetof(struct serve_settings, member)
static const struct config_option options[] = {
	PLACE_DATA(struct serve_settings),
	PLACE_CREDENTIALS(struct serve_settings),
	{"listen", NULL, CONFIG_STR, AT(listen), .otherwise = "127.0.0.1",
	 .help = "Address to listen on, with or without a port: 127.0.0.1:8080, 0.0.0.0, [::1]:8080."},
	{"admin-listen", NULL, CONFIG_STR, AT(admin_listen),
	 .help = "Address of the administration API, such as 127.0.0.1 (port 8082) or 127.0.0.1:9000; with "
		 "the same rules for TLS. Default: it is off."},
	{"audit", NULL, CONFIG_STR, AT(audit), .otherwise = "normal", .allowed = audits,
	 .help = "strict: the row in the usage log is on the disk before the answer is sent. normal: within "
		 "100 ms after it."},
	{"http-port", "OP_HTTP_PORT", CONFIG_INT, AT(http_port), .otherwise = "8080", .max = 65535,
	 .help = "Port without TLS; 0 is any free one."},
	{"https-port", "OP_HTTPS_PORT", CONFIG_INT, AT(https_port), .otherwise = "8443", .max = 65535,
	 .help = "Port with TLS; 0 is any free one."},
	{"tls-cert-file", "OP_TLS_CERT_FILE", CONFIG_STR, AT(cert_file),
	 .help = "Certificate with its chain (PEM). With it the server speaks TLS only."},
	{"tls-key-file", "OP_TLS_KEY_FILE", CONFIG_STR, AT(key_file),
	 .help = "Private key of the certificate (PEM)."},
	{"allow-cleartext", NULL, CONFIG_BOOL, AT(allow_cleartext),
	 .help = "Listen without TLS also where other machines can connect, and others can listen in."},
	{"workers", NULL, CONFIG_INT, AT(workers), .otherwise = "4", .min = 1, .max = 64,
	 .help = "Requests at once."},
	{"max-inline-file-size-kb", "OP_MAX_INLINE_FILE_SIZE_KB", CONFIG_INT, AT(max_inline_kb),
	 .otherwise = "100", .max = 1024, .help = "Largest file that is given within its description."},
	{"log-level", "OP_LOG_LEVEL", CONFIG_STR, AT(log_level), .otherwise = "info", .allowed = log_levels,
	 .help = "What is logged."},
	{"log-format", NULL, CONFIG_STR, AT(log_format), .otherwise = "json", .allowed = log_formats,
	 .help = "How it is logged."},
	{NULL, "OP_TLS_USE_LETSENCRYPT", CONFIG_STR, AT(letsencrypt),
	 .help = "Not supported: must not be set."},
};

/* What the HTTP server gets, and what must live as long as its start. */
struct endpoint {
	struct listen_place place;
	int port;
	char *cert_pem;
	struct secret *key_pem;
};

static void endpoint_release(struct endpoint *e)
{
	listen_place_release(&e->place);
	mem_free(e->cert_pem);
	secret_free(e->key_pem);
}

static NODISCARD err_t read_certificate(const struct serve_settings *s, struct endpoint *out)
{
	size_t len = 0;

	if (!str_empty(s->letsencrypt))
		return err_new(ERR_INVALID,
			       "OP_TLS_USE_LETSENCRYPT is not supported; give OP_TLS_CERT_FILE and "
			       "OP_TLS_KEY_FILE");
	if (str_empty(s->cert_file) != str_empty(s->key_file))
		return err_new(ERR_INVALID, "OP_TLS_CERT_FILE and OP_TLS_KEY_FILE go together");
	if (str_empty(s->cert_file))
		return NULL;
	TRY(file_read(s->cert_file, CERTIFICATE_MAX, &out->cert_pem, &len), "certificate");
	return err_wrap(secret_read_file(s->key_file, CERTIFICATE_MAX, &out->key_pem),
			"key of the certificate");
}

static NODISCARD err_t check_cleartext(const struct serve_settings *s, const struct endpoint *e,
				       const char *flag, const char *text)
{
	if (e->cert_pem || listen_place_is_loopback(&e->place) || s->allow_cleartext)
		return NULL;
	return err_new(ERR_INVALID,
		       "%s %s without TLS would send secrets in the clear; give OP_TLS_CERT_FILE and "
		       "OP_TLS_KEY_FILE, or --allow-cleartext where something in front speaks TLS",
		       flag, text);
}

static NODISCARD err_t plan_endpoint(const struct serve_settings *s, struct endpoint *out)
{
	TRY(listen_place_parse(s->listen, &out->place), "--listen");
	TRY_(read_certificate(s, out));
	TRY_(check_cleartext(s, out, "--listen", s->listen));
	out->port = (int)(out->cert_pem ? s->https_port : s->http_port);
	if (out->place.port >= 0)
		out->port = out->place.port;
	return NULL;
}

/* port -1: there is none. */
static NODISCARD err_t plan_admin(const struct serve_settings *s, struct endpoint *out)
{
	if (str_empty(s->admin_listen))
		return NULL;
	TRY(listen_place_parse(s->admin_listen, &out->place), "--admin-listen");
	TRY_(read_certificate(s, out));
	TRY_(check_cleartext(s, out, "--admin-listen", s->admin_listen));
	out->port = out->place.port >= 0 ? out->place.port : ADMIN_PORT;
	return NULL;
}

static void configure_log(const struct serve_settings *s)
{
	enum log_level level = LOG_INFO;

	if (!log_parse_level(s->log_level, &level))
		level = LOG_DEBUG; /* "trace", of which there is nothing more to tell */
	log_configure(level, streq(s->log_format, "console") ? LOG_CONSOLE : LOG_JSON);
}

/* Blocked before the first thread starts, so that only wait_for_stop gets them. */
static sigset_t block_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	return signals;
}

static int wait_for_stop(const sigset_t *signals, struct vault_store *store)
{
	const struct timespec pause = {.tv_sec = SWEEP_S};

	for (;;) {
		const int signal = sigtimedwait(signals, NULL, &pause);

		if (signal > 0)
			return signal;
		vault_store_sweep(store);
	}
}

static NODISCARD err_t start(const struct serve_settings *s, const struct endpoint *e, const char *name,
			     http_server_fn handler, struct connect *connect, struct http_server **out)
{
	static const struct logger log = {.name = "main"};
	const struct http_server_options http_options = {.name = name,
							 .address = e->place.address,
							 .port = e->port,
							 .cert_pem = e->cert_pem,
							 .key_pem = e->key_pem,
							 .workers = (int)s->workers,
							 .headers = connect_headers,
							 .n_headers = CONNECT_HEADERS};

	TRY_(http_server_start(&http_options, handler, connect, out));
	CLEANUP(mem_freep) char *url = listen_place_url(&e->place, e->cert_pem, http_server_port(*out));
	printf("%s\n", url);
	(void)fflush(stdout);
	log_info(&log, "serving", F_STR("api", name), F_STR("url", url));
	return NULL;
}

static NODISCARD err_t serve_until_stopped(const struct serve_settings *s, struct vault_store *store,
					   struct connect *connect, const sigset_t *signals)
{
	static const struct logger log = {.name = "main"};
	CLEANUP(endpoint_release) struct endpoint api = {.port = -1}, admin = {.port = -1};
	struct http_server *server = NULL, *admin_server = NULL;

	TRY_(plan_endpoint(s, &api));
	TRY_(plan_admin(s, &admin));
	TRY_(start(s, &api, "api", connect_handle, connect, &server));
	if (admin.port >= 0) {
		err_t e = start(s, &admin, "admin", connect_handle_admin, connect, &admin_server);
		if (e) {
			http_server_stop(server, 0);
			return e;
		}
	}
	const int signal = wait_for_stop(signals, store);
	log_info(&log, "stopping", F_INT("signal", signal));
	if (admin_server)
		http_server_stop(admin_server, DRAIN_MS);
	http_server_stop(server, DRAIN_MS);
	return NULL;
}

static NODISCARD err_t check_endpoints(const struct serve_settings *s)
{
	CLEANUP(endpoint_release) struct endpoint api = {.port = -1}, admin = {.port = -1};

	TRY_(plan_endpoint(s, &api));
	return plan_admin(s, &admin);
}

static NODISCARD err_t run(const char *const *names, const void *settings)
{
	const struct serve_settings *s = settings;
	CLEANUP(vault_store_freep) struct vault_store *store = NULL;

	(void)names;
	configure_log(s);
	TRY_(check_endpoints(s));
	TRY_(place_open_store(&s->place, (size_t)s->workers + 1, &store));
	const sigset_t signals = block_signals();
	struct metrics *metrics = metrics_new();
	metrics_add_process(metrics, "connect_server_build_info", VERSION);
	struct usage_log *usage = usage_log_new(store);
	struct connect *connect =
		connect_new(&(struct connect_options){.store = store,
						      .metrics = metrics,
						      .usage = usage,
						      .audit_strict = streq(s->audit, "strict"),
						      .max_inline_bytes = (size_t)s->max_inline_kb * 1024});
	err_t error = serve_until_stopped(s, store, connect, &signals);
	connect_free(connect);
	usage_log_free(usage);
	metrics_free(metrics);
	return error;
}

const struct command command_serve = {
	.name = "serve",
	.arguments = "[--data DIR] [--listen ADDRESS[:PORT]] [--admin-listen ADDRESS[:PORT]]",
	.summary = "Serves the Connect REST API; prints its URL once it does. The default command.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.settings_size = sizeof(struct serve_settings),
	.run = run,
};
