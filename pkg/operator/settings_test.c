#include "operator/settings.h"

#include "base/mem.h"
#include "base/test.h"

#include <string.h>

#define TOKEN "t0ken-canary"
#define ARGS_MAX 4

/* Flags and variables of one start, besides what every start needs. As in main: read, then checked. */
struct given {
	const char *args[ARGS_MAX];
	const char *env[ARGS_MAX];
};

static err_t parse(const struct given *g, bool with_connect, struct settings *out, bool *out_help)
{
	const char *argv[ARGS_MAX + 2] = {"onepassword-operator"};
	const char *environment[ARGS_MAX + 4] = {"HOME=/root"};
	int argc = 1;
	size_t n = 1;
	err_t e;

	for (size_t i = 0; i < ARGS_MAX && g->args[i]; i++)
		argv[argc++] = g->args[i];
	for (size_t i = 0; i < ARGS_MAX && g->env[i]; i++)
		environment[n++] = g->env[i];
	if (with_connect) {
		environment[n++] = "OP_CONNECT_HOST=http://connect:8080";
		environment[n++] = "OP_CONNECT_TOKEN=" TOKEN;
	}
	TRY_(settings_parse(argc, argv, environment, out, out_help));
	if (*out_help)
		return NULL;
	e = settings_check(out);
	if (e)
		settings_release(out);
	return e;
}

static void parse_ok(const struct given *g, struct settings *out)
{
	bool help = true;

	CHECK_OK(parse(g, true, out, &help));
	CHECK(!help);
}

TEST(settings, defaults_are_those_of_the_original)
{
	struct settings s;

	parse_ok(&(struct given){0}, &s);
	CHECK_STR(s.connect_host, "http://connect:8080");
	CHECK_STR(secret_bytes(s.connect_token), TOKEN);
	CHECK(!s.service_account_token);
	CHECK_INT(s.poll_ns, 600 * NS_PER_S);
	CHECK_INT(s.watch_namespaces.n, 0);
	CHECK(!s.auto_restart && !s.manage_connect);
	CHECK_STR(s.pod_namespace, "");
	CHECK_STR(s.kubeconfig, "");
	CHECK_STR(s.metrics_address, ":8080");
	CHECK_STR(s.health_address, ":8081");
	CHECK(s.metrics_secure);
	CHECK_STR(s.metrics_cert_path, "");
	CHECK_STR(s.metrics_cert_name, "tls.crt");
	CHECK_STR(s.metrics_cert_key, "tls.key");
	CHECK_INT(s.leader_elect, CONFIG_AUTO_UNSET);
	CHECK(!s.http2 && !s.copy_annotations && !s.allow_empty_values);
	CHECK(s.zap_devel);
	CHECK_INT(s.workers, 8);
	CHECK_INT(s.restart_window_ns, 2 * NS_PER_S);
	settings_release(&s);
}

TEST(settings, variables_of_the_original_are_taken)
{
	struct settings s;

	parse_ok(&(struct given){.env = {"POLLING_INTERVAL=10", "WATCH_NAMESPACE= team-a, ,team-b,",
					 "AUTO_RESTART=True", "MANAGE_CONNECT=F"}},
		 &s);
	CHECK_INT(s.poll_ns, 10 * NS_PER_S);
	CHECK_INT(s.watch_namespaces.n, 2);
	CHECK_STR(s.watch_namespaces.v[0], "team-a");
	CHECK_STR(s.watch_namespaces.v[1], "team-b");
	CHECK(s.auto_restart && !s.manage_connect);
	settings_release(&s);
	parse_ok(&(struct given){.env = {"POLLING_INTERVAL=", "WATCH_NAMESPACE=", "AUTO_RESTART=",
					 "POD_NAMESPACE=op"}},
		 &s);
	CHECK_INT(s.poll_ns, 600 * NS_PER_S); /* empty is not set */
	CHECK_INT(s.watch_namespaces.n, 0);
	CHECK_STR(s.pod_namespace, "op");
	settings_release(&s);
}

/* What the Helm chart and the manifests of the original start it with. */
TEST(settings, command_lines_of_the_original_are_taken)
{
	struct settings s;

	parse_ok(&(struct given){.args = {"--zap-log-level=info", "--health-probe-bind-address=:9081",
					  "--enable-annotations", "--allow-empty-values"},
				 .env = {"POD_NAME=x", "OPERATOR_NAME=onepassword-connect-operator"}},
		 &s);
	CHECK_INT(settings_log_level(&s), LOG_INFO);
	CHECK_STR(s.health_address, ":9081");
	CHECK(s.copy_annotations && s.allow_empty_values);
	settings_release(&s);
	parse_ok(&(struct given){.args = {"--leader-elect", "--metrics-bind-address=:8443",
					  "-metrics-secure=false"}},
		 &s);
	CHECK_INT(s.leader_elect, CONFIG_AUTO_ON);
	CHECK_STR(s.metrics_address, ":8443");
	CHECK(!s.metrics_secure);
	settings_release(&s);
	parse_ok(&(struct given){.args = {"--leader-elect=false", "--metrics-cert-path=/c",
					  "--metrics-cert-name=a", "--metrics-cert-key=b"}},
		 &s);
	CHECK_INT(s.leader_elect, CONFIG_AUTO_OFF);
	CHECK_STR(s.metrics_cert_path, "/c");
	CHECK_STR(s.metrics_cert_name, "a");
	CHECK_STR(s.metrics_cert_key, "b");
	settings_release(&s);
	parse_ok(&(struct given){.args = {"--kubeconfig", "/k", "--enable-http2=false",
					  "--zap-stacktrace-level=panic"}},
		 &s);
	CHECK_STR(s.kubeconfig, "/k");
	settings_release(&s);
	parse_ok(&(struct given){.args = {"--workers=8", "--restart-window=0s",
					  "--zap-time-encoding=rfc3339nano"}},
		 &s);
	CHECK_INT(s.workers, 8);
	CHECK_INT(s.restart_window_ns, 0);
	settings_release(&s);
}

TEST(settings, the_log_follows_the_zap_flags)
{
	static const struct {
		struct given given;
		enum log_level level;
		enum log_format format;
	} cases[] = {
		{{{NULL}, {NULL}}, LOG_DEBUG, LOG_CONSOLE},
		{{{"--zap-devel=false"}, {NULL}}, LOG_INFO, LOG_JSON},
		{{{"--zap-devel", "--zap-encoder=json"}, {NULL}}, LOG_DEBUG, LOG_JSON},
		{{{"--zap-devel=false", "--zap-encoder=console"}, {NULL}}, LOG_INFO, LOG_CONSOLE},
		{{{"--zap-log-level=debug", "--zap-devel=false"}, {NULL}}, LOG_DEBUG, LOG_JSON},
		{{{"--zap-log-level=info"}, {NULL}}, LOG_INFO, LOG_CONSOLE},
		{{{"--zap-log-level=INFO"}, {NULL}}, LOG_INFO, LOG_CONSOLE},
		{{{"--zap-log-level=Debug", "--zap-devel=false"}, {NULL}}, LOG_DEBUG, LOG_JSON},
		{{{"--zap-log-level=error"}, {NULL}}, LOG_ERROR, LOG_CONSOLE},
		{{{"--zap-log-level=panic"}, {NULL}}, LOG_ERROR, LOG_CONSOLE},
		{{{"--zap-log-level=1"}, {NULL}}, LOG_DEBUG, LOG_CONSOLE},
		{{{"--zap-log-level=127"}, {NULL}}, LOG_DEBUG, LOG_CONSOLE},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct settings s;

		parse_ok(&cases[i].given, &s);
		CHECK_MSG(settings_log_level(&s) == cases[i].level, "row %zu", i);
		CHECK_MSG(settings_log_format(&s) == cases[i].format, "row %zu", i);
		settings_release(&s);
	}
}

/* Each refusal names the option, and never the token. */
TEST(settings, what_is_wrong_or_not_supported_is_refused_by_name)
{
	static const struct {
		struct given given;
		const char *name;
	} cases[] = {
		{{{NULL}, {"POLLING_INTERVAL=0"}}, "POLLING_INTERVAL"},
		{{{NULL}, {"POLLING_INTERVAL=-1"}}, "POLLING_INTERVAL"},
		{{{NULL}, {"POLLING_INTERVAL=31536001"}}, "POLLING_INTERVAL"},
		{{{NULL}, {"AUTO_RESTART=maybe"}}, "AUTO_RESTART"},
		{{{NULL}, {"MANAGE_CONNECT=maybe"}}, "MANAGE_CONNECT"},
		{{{NULL}, {"OP_SERVICE_ACCOUNT_TOKEN=" TOKEN}}, "OP_SERVICE_ACCOUNT_TOKEN"},
		{{{"--item-selector=a like b"}, {NULL}}, "--item-selector: after a, \"like\""},
		{{{"--namespace-selector=-x"}, {NULL}}, "--namespace-selector: \"-x\""},
		{{{"--namespace-selector=a"}, {"WATCH_NAMESPACE=team"}}, "keep one of them"},
		{{{"--leader-election-id=A_b"}, {NULL}}, "--leader-election-id: \"A_b\""},
		{{{"--leader-election-id="}, {NULL}}, "--leader-election-id"},
		{{{"--enable-http2=maybe"}, {NULL}}, "--enable-http2"},
		{{{"--metrics-secure=maybe"}, {NULL}}, "--metrics-secure"},
		{{{"--leader-elect=maybe"}, {NULL}}, "--leader-elect"},
		{{{"--enable-annotations=2"}, {NULL}}, "--enable-annotations"},
		{{{"--allow-empty-values=2"}, {NULL}}, "--allow-empty-values"},
		{{{"--zap-devel=2"}, {NULL}}, "--zap-devel"},
		{{{"--zap-encoder=xml"}, {NULL}}, "--zap-encoder"},
		{{{"--zap-log-level=loud"}, {NULL}}, "--zap-log-level"},
		{{{"--zap-log-level=0"}, {NULL}}, "--zap-log-level"},
		{{{"--zap-log-level=-1"}, {NULL}}, "--zap-log-level"},
		{{{"--zap-log-level=128"}, {NULL}}, "--zap-log-level"},
		{{{"--zap-stacktrace-level=debug"}, {NULL}}, "--zap-stacktrace-level"},
		{{{"--zap-time-encoding=unix"}, {NULL}}, "--zap-time-encoding"},
		{{{"--workers=0"}, {NULL}}, "--workers"},
		{{{"--workers=65"}, {NULL}}, "--workers"},
		{{{"--workers=x"}, {NULL}}, "--workers"},
		{{{"--restart-window=-1s"}, {NULL}}, "--restart-window"},
		{{{"--restart-window=11m"}, {NULL}}, "--restart-window"},
		{{{"--restart-window=2"}, {NULL}}, "--restart-window"},
		{{{"--kubeconfig"}, {NULL}}, "--kubeconfig"},
		{{{"--leader-elekt"}, {NULL}}, "--leader-elect"},
		{{{"--webhook-cert-path=x"}, {NULL}}, "--webhook-cert-path"},
		{{{"--leader-elect", "false"}, {NULL}}, "false"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct settings s;
		bool help = false;
		err_t e CLEANUP(err_freep) = parse(&cases[i].given, true, &s, &help);

		CHECK_MSG(err_is(e, ERR_INVALID), "row %zu: %s", i, cases[i].name);
		CHECK_MSG(strstr(err_text(e), cases[i].name), "row %zu: %s", i, err_text(e));
		CHECK_MSG(!strstr(err_text(e), TOKEN), "row %zu", i);
	}
}

TEST(settings, times_of_the_log_are_those_of_zap)
{
	static const struct {
		const char *flag;
		enum log_time want;
	} rows[] = {
		{"--zap-time-encoding=", LOG_TIME_RFC3339_MS},
		{"--zap-time-encoding=rfc3339", LOG_TIME_RFC3339},
		{"--zap-time-encoding=rfc3339nano", LOG_TIME_RFC3339NANO},
		{"--zap-time-encoding=iso8601", LOG_TIME_ISO8601},
		{"--zap-time-encoding=epoch", LOG_TIME_EPOCH},
		{"--zap-time-encoding=millis", LOG_TIME_MILLIS},
		{"--zap-time-encoding=nano", LOG_TIME_NANOS},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct settings s;

		parse_ok(&(struct given){.args = {rows[i].flag}}, &s);
		CHECK_MSG(settings_log_time(&s) == rows[i].want, "%s", rows[i].flag);
		settings_release(&s);
	}
}

TEST(settings, both_parts_of_connect_are_needed)
{
	static const struct {
		struct given given;
		const char *name;
	} cases[] = {
		{{{NULL}, {NULL}}, "OP_CONNECT_HOST"},
		{{{NULL}, {"OP_CONNECT_TOKEN=" TOKEN}}, "OP_CONNECT_HOST"},
		{{{NULL}, {"OP_CONNECT_HOST=", "OP_CONNECT_TOKEN=" TOKEN}}, "OP_CONNECT_HOST"},
		{{{NULL}, {"OP_CONNECT_HOST=http://c"}}, "OP_CONNECT_TOKEN"},
		{{{NULL}, {"OP_CONNECT_HOST=connect:8080", "OP_CONNECT_TOKEN=" TOKEN}}, "OP_CONNECT_HOST"},
		{{{NULL}, {"OP_CONNECT_HOST=http://c", "OP_CONNECT_TOKEN="}}, "OP_CONNECT_TOKEN"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct settings s;
		bool help = false;
		err_t e CLEANUP(err_freep) = parse(&cases[i].given, false, &s, &help);

		CHECK_MSG(err_is(e, ERR_INVALID) && strstr(err_text(e), cases[i].name), "row %zu", i);
		CHECK_MSG(!strstr(err_text(e), TOKEN), "row %zu", i);
	}
}

static char *namespaces(int n)
{
	struct strbuf text CLEANUP(strbuf_release) = {0};

	strbuf_init(&text, 4096);
	strbuf_adds(&text, "WATCH_NAMESPACE=");
	for (int i = 0; i < n; i++)
		strbuf_addf(&text, "%sns-%d", i ? "," : "", i);
	return strbuf_take(&text);
}

TEST(settings, the_number_of_namespaces_has_a_limit)
{
	char *fits CLEANUP(mem_freep) = namespaces(64);
	char *over CLEANUP(mem_freep) = namespaces(65);
	struct settings s;
	bool help = false;
	err_t e CLEANUP(err_freep) = NULL;

	parse_ok(&(struct given){.env = {fits}}, &s);
	CHECK_INT(s.watch_namespaces.n, 64);
	settings_release(&s);
	e = parse(&(struct given){.env = {over}}, true, &s, &help);
	CHECK(err_is(e, ERR_INVALID) && strstr(err_text(e), "WATCH_NAMESPACE"));
}

TEST(settings, a_namespace_that_comes_twice_counts_once)
{
	struct settings s;

	parse_ok(&(struct given){.env = {"WATCH_NAMESPACE=b,a,b, a,a,c"}}, &s);
	CHECK_INT(s.watch_namespaces.n, 3);
	CHECK_STR(s.watch_namespaces.v[0], "b");
	CHECK_STR(s.watch_namespaces.v[1], "a");
	CHECK_STR(s.watch_namespaces.v[2], "c");
	settings_release(&s);
}

TEST(settings, help_needs_nothing_and_names_every_option)
{
	static const char *const names[] = {"OP_CONNECT_HOST",    "OP_CONNECT_TOKEN",
					    "POLLING_INTERVAL",   "WATCH_NAMESPACE",
					    "AUTO_RESTART",       "POD_NAMESPACE",
					    "kubeconfig",         "metrics-bind-address",
					    "metrics-secure",     "leader-elect",
					    "zap-log-level",      "enable-annotations",
					    "allow-empty-values", "workers",
					    "restart-window",     "MANAGE_CONNECT",
					    "item-selector",      "namespace-selector",
					    "leader-election-id", "OP_SERVICE_ACCOUNT_TOKEN"};
	struct strbuf text CLEANUP(strbuf_release) = {0};
	struct settings s;
	bool help = false;

	CHECK_OK(parse(&(struct given){.args = {"--help"}}, false, &s, &help));
	CHECK(help);
	strbuf_init(&text, 65536);
	settings_help(&text);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		CHECK_MSG(strstr(text.p, names[i]), "%s", names[i]);
	CHECK_INT(err_live(), 0);
}

TEST(settings, an_interval_that_is_no_number_is_the_default)
{
	static const char *const texts[] = {"10s", "often", "1.5", "99999999999999999999"};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		char *variable CLEANUP(mem_freep) = mem_printf("POLLING_INTERVAL=%s", texts[i]);
		struct settings s CLEANUP(settings_release);

		parse_ok(&(struct given){.env = {variable}}, &s);
		CHECK_INT(s.poll_ns, 600 * NS_PER_S);
		CHECK(s.poll_is_default);
	}
}

TEST(settings, flags_that_are_wrong_are_told_from_variables_that_are)
{
	const char *const fine[] = {"manager", "--leader-elect", NULL};
	const char *const wrong[] = {"manager", "--no-such-flag", NULL};

	CHECK(settings_flags_are_fine(2, fine));
	CHECK(!settings_flags_are_fine(2, wrong));
}
