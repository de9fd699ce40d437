#include "certificate.h"
#include "command.h"
#include "confine.h"
#include "notify.h"
#include "unused.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "connect/connect.h"
#include "connect/listen.h"
#include "http/server.h"
#include "vault/token_text.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>

#define DRAIN_MS 10000
/* Each may have one request, which waits for its turn: who got in is not sent away. */
#define CONNECTIONS_MAX 320
/* How soon the keys of a revoked token leave memory; it is refused at once. */
#define SWEEP_S 2
#define SWEEPS_PER_TRIM 1800 /* an hour */
#define ADMIN_PORT 8082
#define CLIENT_CA_MAX ((size_t)1 << 20)

struct serve_settings {
	struct place_settings place;
	char *listen, *admin_listen, *audit, *usage_retention, *log_level, *log_format;
	int64_t http_port, https_port, workers, max_waiting, token_rate, address_rate, max_inline_kb;
	bool allow_cleartext, self_signed, access_log;
	char *cert_file, *key_file, *client_ca_file, *letsencrypt, *notify_socket;
};

static const struct logger main_log = {.name = "main"};

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
	{"usage-retention", NULL, CONFIG_STR, AT(usage_retention),
	 .help = "How long rows of the usage log are kept, such as 365d. Default: until they are removed."},
	{"access-log", NULL, CONFIG_BOOL, AT(access_log),
	 .help = "Log a line for every request: route, status, address, token's id, duration."},
	{"http-port", "OP_HTTP_PORT", CONFIG_INT, AT(http_port), .otherwise = "8080", .max = 65535,
	 .help = "Port without TLS; 0 is any free one."},
	{"https-port", "OP_HTTPS_PORT", CONFIG_INT, AT(https_port), .otherwise = "8443", .max = 65535,
	 .help = "Port with TLS; 0 is any free one."},
	{"tls-cert-file", "OP_TLS_CERT_FILE", CONFIG_STR, AT(cert_file),
	 .help = "Certificate with its chain (PEM). With it the server speaks TLS only."},
	{"tls-key-file", "OP_TLS_KEY_FILE", CONFIG_STR, AT(key_file),
	 .help = "Private key of the certificate (PEM)."},
	{"tls-client-ca-file", NULL, CONFIG_STR, AT(client_ca_file),
	 .help = "Authorities (PEM): only clients with a certificate of theirs may connect."},
	{"self-signed", NULL, CONFIG_BOOL, AT(self_signed),
	 .help = "Speak TLS with a certificate of its own, whose fingerprint is logged; it is made at the "
		 "first "
		 "start."},
	{"allow-cleartext", NULL, CONFIG_BOOL, AT(allow_cleartext),
	 .help = "Listen without TLS also where other machines can connect, and others can listen in."},
	{"workers", NULL, CONFIG_INT, AT(workers), .otherwise = "4", .min = 1, .max = 64,
	 .help = "Requests at once, besides those that wait for the disk."},
	{"max-waiting", NULL, CONFIG_INT, AT(max_waiting), .otherwise = "16", .max = 256,
	 .help = "Requests that may wait for changes, besides those."},
	{"rate-per-token", NULL, CONFIG_INT, AT(token_rate), .otherwise = "1000", .max = 1000000,
	 .help = "Requests a second with one token, twice as many at once; more get a 429. 0: no limit."},
	{"rate-per-address", NULL, CONFIG_INT, AT(address_rate), .otherwise = "2000", .max = 1000000,
	 .help = "The same from one address."},
	{"max-inline-file-size-kb", "OP_MAX_INLINE_FILE_SIZE_KB", CONFIG_INT, AT(max_inline_kb),
	 .otherwise = "100", .max = 1024, .help = "Largest file that is given within its description."},
	{"log-level", "OP_LOG_LEVEL", CONFIG_STR, AT(log_level), .otherwise = "info", .allowed = log_levels,
	 .help = "What is logged."},
	{"log-format", NULL, CONFIG_STR, AT(log_format), .otherwise = "json", .allowed = log_formats,
	 .help = "How it is logged."},
	{NULL, "NOTIFY_SOCKET", CONFIG_STR, AT(notify_socket),
	 .help = "Socket of systemd, which is told when the server answers."},
	{NULL, "OP_TLS_USE_LETSENCRYPT", CONFIG_STR, AT(letsencrypt),
	 .help = "Not supported: must not be set."},
};

static NODISCARD err_t check_tls(const struct serve_settings *s)
{
	if (!str_empty(s->letsencrypt))
		return err_new(ERR_INVALID,
			       "OP_TLS_USE_LETSENCRYPT is not supported; give OP_TLS_CERT_FILE and "
			       "OP_TLS_KEY_FILE");
	if (str_empty(s->cert_file) != str_empty(s->key_file))
		return err_new(ERR_INVALID, "OP_TLS_CERT_FILE and OP_TLS_KEY_FILE go together");
	if (s->self_signed && !str_empty(s->cert_file))
		return err_new(ERR_INVALID, "--self-signed and OP_TLS_CERT_FILE exclude each other");
	return NULL;
}

static bool has_tls(const struct serve_settings *s)
{
	return s->self_signed || !str_empty(s->cert_file);
}

/* Where one of the two APIs listens. */
struct endpoint {
	struct listen_place place;
	int port; /* -1: nowhere */
};

/* What a run of `serve` has. */
struct plan {
	struct endpoint api, admin;
	struct certificate certificate;
	char *client_ca_pem; /* NULL: clients need no certificate */
	int64_t usage_ms;    /* how long rows are kept; 0: for good */
};

static void plan_release(struct plan *p)
{
	listen_place_release(&p->api.place);
	listen_place_release(&p->admin.place);
	certificate_release(&p->certificate);
	mem_free(p->client_ca_pem);
}

static NODISCARD err_t plan_endpoint(const struct serve_settings *s, const char *flag, const char *text,
				     int64_t default_port, struct endpoint *out)
{
	TRY(listen_place_parse(text, &out->place), "%s", flag);
	if (!has_tls(s) && !listen_place_is_loopback(&out->place) && !s->allow_cleartext)
		return err_new(
			ERR_INVALID,
			"%s %s without TLS would send secrets in the clear; give OP_TLS_CERT_FILE and "
			"OP_TLS_KEY_FILE, or --self-signed, or --allow-cleartext where something in front "
			"speaks TLS",
			flag, text);
	out->port = out->place.port >= 0 ? out->place.port : (int)default_port;
	return NULL;
}

static NODISCARD err_t read_client_ca(const struct serve_settings *s, struct plan *p)
{
	size_t len = 0;

	if (str_empty(s->client_ca_file))
		return NULL;
	if (!has_tls(s))
		return err_new(ERR_INVALID, "--tls-client-ca-file needs a certificate of the server's");
	TRY(file_read(s->client_ca_file, CLIENT_CA_MAX, &p->client_ca_pem, &len), "client authorities");
	return NULL;
}

static NODISCARD err_t make_plan(const struct serve_settings *s, struct plan *p)
{
	TRY_(check_tls(s));
	TRY_(plan_endpoint(s, "--listen", s->listen, has_tls(s) ? s->https_port : s->http_port, &p->api));
	if (!str_empty(s->admin_listen))
		TRY_(plan_endpoint(s, "--admin-listen", s->admin_listen, ADMIN_PORT, &p->admin));
	if (!str_empty(s->usage_retention))
		TRY(lifetime_parse_ms(s->usage_retention, &p->usage_ms), "--usage-retention");
	TRY_(read_client_ca(s, p));
	return str_empty(s->cert_file) ? NULL : certificate_read(s->cert_file, s->key_file, &p->certificate);
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

struct servers {
	struct http_server *api, *admin; /* NULL: not started */
};

static void stop(struct servers *l)
{
	if (l->admin)
		http_server_stop(l->admin, DRAIN_MS);
	if (l->api)
		http_server_stop(l->api, DRAIN_MS);
}

static NODISCARD err_t use_new_certificate(struct certificate *c, const struct servers *l)
{
	bool changed = false;

	TRY_(certificate_refresh(c, &changed));
	if (!changed)
		return NULL;
	TRY_(http_server_set_certificate(l->api, c->cert_pem, c->key_pem));
	if (l->admin)
		TRY_(http_server_set_certificate(l->admin, c->cert_pem, c->key_pem));
	log_info(&main_log, "new certificate in use");
	return NULL;
}

static void forget_old_usage(struct vault_store *store, int64_t keep_ms)
{
	int64_t n = 0;
	CLEANUP(err_freep) err_t e = usage_trim(store, clock_wall_ms() - keep_ms, &n);

	if (e)
		log_warn(&main_log, "old rows of the usage log stay", F_ERR(e));
	else if (n > 0)
		log_info(&main_log, "old rows of the usage log removed", F_INT("rows", n));
}

static int wait_for_stop(const sigset_t *signals, struct vault_store *store, struct connect *connect,
			 struct plan *p, const struct servers *l)
{
	const struct timespec pause = {.tv_sec = SWEEP_S};

	for (int64_t i = 0;; i++) {
		if (p->usage_ms > 0 && i % SWEEPS_PER_TRIM == 0)
			forget_old_usage(store, p->usage_ms);
		const int signal = sigtimedwait(signals, NULL, &pause);

		if (signal > 0)
			return signal;
		connect_sweep(connect);
		CLEANUP(err_freep) err_t e = use_new_certificate(&p->certificate, l);
		if (e)
			log_warn(&main_log, "the certificate files can't be used; the old one stays",
				 F_ERR(e));
	}
}

static NODISCARD err_t start(const struct serve_settings *s, const struct endpoint *e, const char *name,
			     const struct plan *p, http_server_fn handler, struct connect *connect,
			     struct http_server **out)
{
	const struct http_server_options http_options = {.name = name,
							 .address = e->place.address,
							 .port = e->port,
							 .cert_pem = p->certificate.cert_pem,
							 .key_pem = p->certificate.key_pem,
							 .client_ca_pem = p->client_ca_pem,
							 .workers = (int)(s->workers + s->max_waiting),
							 .at_once = (int)s->workers,
							 .max_connections = CONNECTIONS_MAX,
							 .max_queue = CONNECTIONS_MAX,
							 .headers = connect_headers,
							 .n_headers = CONNECT_HEADERS};

	TRY_(http_server_start(&http_options, handler, connect, out));
	CLEANUP(mem_freep)
	char *url = listen_place_url(&e->place, p->certificate.cert_pem, http_server_port(*out));
	printf("%s\n", url);
	(void)fflush(stdout);
	log_info(&main_log, "serving", F_STR("api", name), F_STR("url", url));
	return NULL;
}

static NODISCARD err_t start_all(const struct serve_settings *s, const struct plan *p,
				 struct connect *connect, struct servers *out)
{
	TRY_(start(s, &p->api, "api", p, connect_handle, connect, &out->api));
	if (p->admin.port < 0)
		return NULL;
	return start(s, &p->admin, "admin", p, connect_handle_admin, connect, &out->admin);
}

static NODISCARD err_t serve_until_stopped(const struct serve_settings *s, struct plan *p,
					   struct vault_store *store, struct connect *connect,
					   const sigset_t *signals)
{
	const char *const addresses[2] = {p->api.place.address, p->admin.place.address};
	CLEANUP(stop) struct servers servers = {0};

	if (s->self_signed)
		TRY_(certificate_of_store(store, addresses, &p->certificate));
	TRY_(start_all(s, p, connect, &servers));
	confine_calls();
	notify_systemd(s->notify_socket, "READY=1");
	const int signal = wait_for_stop(signals, store, connect, p, &servers);
	notify_systemd(s->notify_socket, "STOPPING=1");
	log_info(&main_log, "stopping", F_INT("signal", signal));
	connect_stop_waiting(connect);
	return NULL;
}

static NODISCARD err_t run(const char *const *names, const void *settings)
{
	const struct serve_settings *s = settings;
	CLEANUP(vault_store_freep) struct vault_store *store = NULL;
	CLEANUP(plan_release) struct plan plan = {.api = {.port = -1}, .admin = {.port = -1}};

	(void)names;
	configure_log(s);
	TRY_(make_plan(s, &plan));
	TRY_(place_open_store(&s->place, (size_t)s->workers + 1, &store));
	TRY_(confine_to_files(&s->place, s->cert_file, s->key_file));
	log_unused_variables();
	const sigset_t signals = block_signals();
	struct metrics *metrics = metrics_new();
	metrics_add_process(metrics, "connect_server_build_info", VERSION);
	struct usage_log *usage = usage_log_new(store);
	struct connect *connect =
		connect_new(&(struct connect_options){.store = store,
						      .metrics = metrics,
						      .usage = usage,
						      .access_log = s->access_log,
						      .audit_strict = streq(s->audit, "strict"),
						      .max_inline_bytes = (size_t)s->max_inline_kb * 1024,
						      .token_rate = s->token_rate,
						      .address_rate = s->address_rate,
						      .max_waiting = (size_t)s->max_waiting});
	err_t error = serve_until_stopped(s, &plan, store, connect, &signals);
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

/* All that `serve` would need, short of listening. */
static NODISCARD err_t check(const char *const *names, const void *settings)
{
	const struct serve_settings *s = settings;
	CLEANUP(vault_store_freep) struct vault_store *store = NULL;
	CLEANUP(plan_release) struct plan plan = {.api = {.port = -1}, .admin = {.port = -1}};

	(void)names;
	TRY_(make_plan(s, &plan));
	TRY_(place_open_store(&s->place, 1, &store));
	TRY_(vault_store_check(store));
	printf("Settings, certificate, credentials file and database are fine: server \"%s\" (%s), %s.\n",
	       vault_store_server_name(store), vault_store_server_id(store), vault_store_path(store));
	return NULL;
}

const struct command command_check_config = {
	.name = "check-config",
	.arguments = "[the flags of serve]",
	.summary = "Says whether `serve` with the same flags and environment could start, and what is wrong "
		   "if not.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.settings_size = sizeof(struct serve_settings),
	.run = check,
};
