#include "operator/settings.h"

#include "base/mem.h"
#include "kube/selector.h"
#include "onepassword/keyname.h"
#include "operator/names.h"

#include <strings.h>

#define NAMESPACES_MAX 64
#define POLL_DEFAULT_S 600
#define POLL_MAX_S 31536000

static const char *const encoders[] = {"", "json", "console", NULL};
static const char *const stacktraces[] = {"", "info", "error", "panic", NULL};
/* In the order of enum log_time. */
static const char *const times[] = {"", "rfc3339", "rfc3339nano", "iso8601", "epoch", "millis", "nano", NULL};

#define AT(member) offsetof(struct settings, member)

static const struct config_option options[] = {
	{NULL, "OP_CONNECT_HOST", CONFIG_STR, AT(connect_host),
	 .help = "URL of the 1Password Connect server."},
	{NULL, "OP_CONNECT_TOKEN", CONFIG_SECRET, AT(connect_token), .help = "Access token for it."},
	{NULL, "OP_CONNECT_TOKEN_FILE", CONFIG_STR, AT(connect_token_file),
	 .help = "File with the access token, which is read again when it changes; instead of "
		 "OP_CONNECT_TOKEN."},
	{NULL, "OP_SERVICE_ACCOUNT_TOKEN", CONFIG_SECRET, AT(service_account_token),
	 .help = "Refused: service accounts have no documented interface."},
	{NULL, "POLLING_INTERVAL", CONFIG_STR, AT(polling_interval), "600",
	 .help = "Seconds between looks for changed items."},
	{"change-feed", NULL, CONFIG_BOOL, AT(change_feed), "true",
	 .help = "Look as soon as the Connect server tells of a change, where it has a change feed."},
	{NULL, "WATCH_NAMESPACE", CONFIG_LIST, AT(watch_namespaces),
	 .help = "Namespaces to watch; empty: all."},
	{"namespace-selector", NULL, CONFIG_STR, AT(namespace_selector),
	 .help = "Label selector: only namespaces that it matches are served. Needs the right to list and "
		 "watch "
		 "namespaces in the whole cluster."},
	{"item-selector", NULL, CONFIG_STR, AT(item_selector),
	 .help = "Label selector: only OnePasswordItems, and annotations of workloads, that it matches are "
		 "served; others are another operator's."},
	{NULL, "AUTO_RESTART", CONFIG_BOOL, AT(auto_restart), "false",
	 .help = "Restart workloads when values change, where no annotation decides."},
	{NULL, "MANAGE_CONNECT", CONFIG_BOOL, AT(manage_connect), "false",
	 .help = "Deploy 1Password's Connect in the operator's namespace, where it is not there yet."},
	{"connect-manifests", NULL, CONFIG_STR, AT(connect_manifests), "/config/connect",
	 .help = "Folder of service.yaml and deployment.yaml, for MANAGE_CONNECT."},
	{NULL, "POD_NAMESPACE", CONFIG_STR, AT(pod_namespace),
	 .help = "Namespace of the Lease; default: the service account's or the kubeconfig's."},
	{NULL, "POD_NAME", CONFIG_STR, AT(pod_name),
	 .help = "Pod that Events about the operator itself name."},
	{"kubeconfig", NULL, CONFIG_STR, AT(kubeconfig),
	 .help = "Path of a kubeconfig; default: in-cluster."},
	{"metrics-bind-address", NULL, CONFIG_STR, AT(metrics_address), ":8080",
	 .help = "Where /metrics is; 0: nowhere."},
	{"metrics-secure", NULL, CONFIG_BOOL, AT(metrics_secure), "true",
	 .help = "Serve /metrics by HTTPS to whom the API server lets read it."},
	{"metrics-cert-path", NULL, CONFIG_STR, AT(metrics_cert_path),
	 .help = "Folder with the certificate of /metrics; default: self-signed."},
	{"metrics-cert-name", NULL, CONFIG_STR, AT(metrics_cert_name), "tls.crt",
	 .help = "The certificate's file."},
	{"metrics-cert-key", NULL, CONFIG_STR, AT(metrics_cert_key), "tls.key", .help = "The key's file."},
	{"health-probe-bind-address", NULL, CONFIG_STR, AT(health_address), ":8081",
	 .help = "Where /healthz and /readyz are; 0: nowhere."},
	{"leader-elect", NULL, CONFIG_AUTO, AT(leader_elect), "auto",
	 .help = "Work only while holding the Lease; auto: where the rights allow it."},
	{"leader-election-id", NULL, CONFIG_STR, AT(lease_name), NAME_LEASE,
	 .help = "Name of the Lease; several operators in one namespace need one each."},
	{"enable-http2", NULL, CONFIG_BOOL, AT(http2), "false",
	 .help = "Lets clients of /metrics use HTTP/2, which they are not offered: a warning."},
	{"enable-annotations", NULL, CONFIG_BOOL, AT(copy_annotations), "false",
	 .help = "Copy a resource's annotations to its Secret."},
	{"allow-empty-values", NULL, CONFIG_BOOL, AT(allow_empty_values), "false",
	 .help = "Write keys whose value is empty."},
	{"zap-devel", NULL, CONFIG_BOOL, AT(zap_devel), "true",
	 .help = "Defaults for people: console, debug."},
	{"zap-encoder", NULL, CONFIG_STR, AT(zap_encoder), .allowed = encoders,
	 .help = "Log format: json or console."},
	{"zap-log-level", NULL, CONFIG_STR, AT(zap_level), .help = "debug, info, error, panic, or a number."},
	{"zap-stacktrace-level", NULL, CONFIG_STR, AT(zap_stacktrace), .allowed = stacktraces,
	 .help = "Accepted; this program has no stack traces to log."},
	{"zap-time-encoding", NULL, CONFIG_STR, AT(zap_time), .allowed = times,
	 .help = "Log times: epoch, millis, nano, iso8601, rfc3339 or rfc3339nano; default: RFC 3339 to the "
		 "millisecond. Always UTC."},
	{"dry-run", NULL, CONFIG_BOOL, AT(dry_run), "false",
	 .help = "Look at every Secret once, print what would be written (names of keys, no values), write "
		 "nothing, and end: with status 1 if something can't be served."},
	{"workers", NULL, CONFIG_INT, AT(workers), "8", 1, 64, .help = "Secrets that are worked on at once."},
	{"restart-window", NULL, CONFIG_DURATION, AT(restart_window_ns), "2s", 0, 600 * NS_PER_S,
	 .help = "Secrets that change within it give one restart."},
	{"restarts-per-second", NULL, CONFIG_INT, AT(restarts_per_second), "10", 0, 1000,
	 .help = "So many workloads are restarted in a second; 0: no limit."},
	{"restarts-in-progress", NULL, CONFIG_INT, AT(restarts_in_progress), "50", 0, 10000,
	 .help = "So many restarted workloads may be replacing their pods; 0: no limit."},
};

static err_t check_token(const struct settings *s)
{
	const bool has_token = s->connect_token && secret_len(s->connect_token) > 0;

	if (has_token && !str_empty(s->connect_token_file))
		return err_new(ERR_INVALID,
			       "OP_CONNECT_TOKEN and OP_CONNECT_TOKEN_FILE are both set: keep one of them");
	if (!has_token && str_empty(s->connect_token_file))
		return err_new(ERR_INVALID,
			       "OP_CONNECT_TOKEN is not set: an access token of the Connect server (or "
			       "OP_CONNECT_TOKEN_FILE: a file that has it)");
	return NULL;
}

static err_t check_backend(const struct settings *s)
{
	if (s->service_account_token)
		return err_new(
			ERR_INVALID,
			"OP_SERVICE_ACCOUNT_TOKEN: service accounts are not supported, because 1Password "
			"documents "
			"no interface for them but its own SDK; unset it, run 1Password Connect or this "
			"project's connect-server, and set OP_CONNECT_HOST and OP_CONNECT_TOKEN");
	if (str_empty(s->connect_host))
		return err_new(ERR_INVALID,
			       "OP_CONNECT_HOST is not set: the URL of the 1Password Connect server, such "
			       "as http://onepassword-connect:8080");
	if (!str_has_prefix(s->connect_host, "http://") && !str_has_prefix(s->connect_host, "https://"))
		return err_new(ERR_INVALID,
			       "OP_CONNECT_HOST: \"%s\" must be a URL that begins with http:// or https://",
			       s->connect_host);
	return check_token(s);
}

/* In any case, as controller-runtime reads it. */
static bool is_level(const char *text, const char *level)
{
	return strcasecmp(text, level) == 0;
}

static bool is_log_level(const char *text)
{
	static const char *const names[] = {"", "debug", "info", "error", "panic"};
	int64_t number;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (is_level(text, names[i]))
			return true;
	return str_to_int(text, 1, 127, &number);
}

static err_t check_selector(const char *text, const char *flag)
{
	struct kube_selector *s = NULL;

	TRY(kube_selector_parse(text, &s), "%s", flag);
	kube_selector_free(s);
	return NULL;
}

static err_t check_selectors(const struct settings *s)
{
	TRY_(check_selector(s->item_selector, "--item-selector"));
	TRY_(check_selector(s->namespace_selector, "--namespace-selector"));
	if (!str_empty(s->namespace_selector) && s->watch_namespaces.n > 0)
		return err_new(ERR_INVALID,
			       "--namespace-selector and WATCH_NAMESPACE are both set: keep one of them");
	return NULL;
}

static err_t check_lease_name(const char *name)
{
	char *valid CLEANUP(mem_freep) = keyname_for_secret(name);

	if (*valid && streq(name, valid))
		return NULL;
	return err_new(
		ERR_INVALID,
		"--leader-election-id: \"%s\" can't be the name of a Lease: lower-case letters, digits, "
		"- and ., at most 253",
		name);
}

err_t settings_check(const struct settings *s)
{
	TRY_(check_backend(s));
	if (s->watch_namespaces.n > NAMESPACES_MAX)
		return err_new(ERR_INVALID,
			       "WATCH_NAMESPACE names %zu namespaces, at most %d are possible; leave it "
			       "empty to watch all",
			       s->watch_namespaces.n, NAMESPACES_MAX);
	TRY_(check_selectors(s));
	TRY_(check_lease_name(s->lease_name));
	if (!is_log_level(s->zap_level))
		return err_new(
			ERR_INVALID,
			"--zap-log-level must be debug, info, error, panic, or a whole number above 0");
	return NULL;
}

/* Each name is watched by connections of its own. */
static void drop_doubles(struct strv *l)
{
	struct strv names = {0};

	for (size_t i = 0; i < l->n; i++)
		if (!strv_has(&names, l->v[i]))
			strv_add(&names, l->v[i]);
	strv_release(l);
	*l = names;
}

/* What is no number means the default, as it does to the original; with 0 and less that one dies. */
static err_t read_interval(struct settings *s)
{
	int64_t seconds = POLL_DEFAULT_S;

	s->poll_is_default = !str_to_int(s->polling_interval, INT64_MIN, INT64_MAX, &seconds);
	if (seconds < 1 || seconds > POLL_MAX_S)
		return err_new(ERR_INVALID,
			       "POLLING_INTERVAL: \"%s\" must be a whole number of seconds from 1 to %d",
			       s->polling_interval, POLL_MAX_S);
	s->poll_ns = seconds * NS_PER_S;
	return NULL;
}

err_t settings_parse(int argc, const char *const *argv, const char *const *environment, struct settings *out,
		     bool *out_help)
{
	TRY_(config_parse(options, ARRAY_LEN(options), argc, argv, environment, out, out_help));
	if (*out_help)
		return NULL;
	err_t e = read_interval(out);
	if (e)
		settings_release(out);
	else
		drop_doubles(&out->watch_namespaces);
	return e;
}

bool settings_flags_are_fine(int argc, const char *const *argv)
{
	const char *const no_environment[] = {NULL};
	struct settings s;
	bool help = false;
	err_t e CLEANUP(err_freep) =
		config_parse(options, ARRAY_LEN(options), argc, argv, no_environment, &s, &help);

	if (!e && !help)
		settings_release(&s);
	return !e;
}

void settings_release(struct settings *s)
{
	config_release(options, ARRAY_LEN(options), s);
}

void settings_help(struct strbuf *out)
{
	config_help(options, ARRAY_LEN(options), out);
}

enum log_level settings_log_level(const struct settings *s)
{
	int64_t number;

	if (str_empty(s->zap_level))
		return s->zap_devel ? LOG_DEBUG : LOG_INFO;
	if (is_level(s->zap_level, "info"))
		return LOG_INFO;
	if (is_level(s->zap_level, "debug") || str_to_int(s->zap_level, 1, 127, &number))
		return LOG_DEBUG;
	return LOG_ERROR;
}

enum log_time settings_log_time(const struct settings *s)
{
	size_t i = 0;

	while (times[i] && !streq(times[i], s->zap_time ? s->zap_time : ""))
		i++;
	return times[i] ? (enum log_time)i : LOG_TIME_RFC3339_MS;
}

enum log_format settings_log_format(const struct settings *s)
{
	if (str_empty(s->zap_encoder))
		return s->zap_devel ? LOG_CONSOLE : LOG_JSON;
	return streq(s->zap_encoder, "json") ? LOG_JSON : LOG_CONSOLE;
}
