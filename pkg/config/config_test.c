#include "base/secret.h"
#include "base/test.h"
#include "config/config.h"
#include "config/nearest.h"
#include <string.h>

struct settings {
	char *format;
	char *host;
	int64_t workers;
	int64_t offset;
	bool elect;
	int64_t lease_ns;
	int64_t grace_ns;
	int64_t poll_ns;
	int64_t skew_ns;
	struct strv namespaces;
	struct strv files;
	struct secret *token;
};

static const char *const formats[] = {"json", "console", NULL};

#define MEMBER(name) .offset = offsetof(struct settings, name)
static const struct config_option options[] = {
	{"log-format", "LOG_FORMAT", CONFIG_STR, MEMBER(format), .otherwise = "json", .allowed = formats,
	 .help = "How lines look."},
	{"host", "HOST", CONFIG_STR, MEMBER(host), .help = "Where to listen."},
	{"workers", "WORKERS", CONFIG_INT, MEMBER(workers), .otherwise = "4", .min = 1, .max = 64,
	 .help = "How many at once."},
	{"offset", NULL, CONFIG_INT, MEMBER(offset), .help = "Any number."},
	{"leader-elect", "LEADER_ELECT", CONFIG_BOOL, MEMBER(elect), .help = "Elect a leader."},
	{"lease", "LEASE", CONFIG_DURATION, MEMBER(lease_ns), .otherwise = "15s", .min = 500 * NS_PER_MS,
	 .max = 3600 * NS_PER_S, .help = "How long a lease lasts."},
	{"grace", NULL, CONFIG_DURATION, MEMBER(grace_ns), .help = "How long to wait."},
	{NULL, "POLLING_INTERVAL", CONFIG_SECONDS, MEMBER(poll_ns), .otherwise = "600", .min = 1,
	 .max = INT64_MAX, .help = "How often to poll."},
	{"skew", "SKEW", CONFIG_SECONDS, MEMBER(skew_ns), .help = "How far clocks differ."},
	{"namespaces", "WATCH_NAMESPACE", CONFIG_LIST, MEMBER(namespaces), .help = "Which to watch."},
	{"file", NULL, CONFIG_REPEATED, MEMBER(files), .help = "A file."},
	{NULL, "TOKEN", CONFIG_SECRET, MEMBER(token), .help = "The token."},
};

/* One more than any list below has, so that each ends with NULL. */
#define ARGS_MAX 10

static err_t parse(const char *const args[ARGS_MAX], const char *const *environment, struct settings *out,
		   bool *out_help)
{
	const char *argv[ARGS_MAX + 2] = {"program"};
	int argc = 1;

	for (; args[argc - 1]; argc++)
		argv[argc] = args[argc - 1];
	return config_parse(options, ARRAY_LEN(options), argc, argv, environment, out, out_help);
}

static void release(struct settings *s)
{
	config_release(options, ARRAY_LEN(options), s);
}

#define ARGS(...) ((const char *const[ARGS_MAX]){__VA_ARGS__})
#define NO_ARGS ((const char *const[ARGS_MAX]){NULL})

TEST(config, defaults_without_flags_and_environment)
{
	struct settings s = {0};
	bool help = true;

	CHECK_OK(parse(NO_ARGS, NO_ARGS, &s, &help));
	CHECK(!help);
	CHECK_STR(s.format, "json");
	CHECK_STR(s.host, "");
	CHECK_INT(s.workers, 4);
	CHECK_INT(s.offset, 0);
	CHECK(!s.elect);
	CHECK_INT(s.lease_ns, 15 * NS_PER_S);
	CHECK_INT(s.grace_ns, 0);
	CHECK_INT(s.poll_ns, 600 * NS_PER_S);
	CHECK_INT(s.skew_ns, 0);
	CHECK_INT(s.namespaces.n, 0);
	CHECK(!s.token);
	release(&s);
}

TEST(config, flags_in_every_syntax_of_go)
{
	struct settings s = {0};
	bool help = true;

	CHECK_OK(parse(ARGS("-log-format=console", "--host", "-x=y", "--workers", "7", "-leader-elect",
			    "--grace=-1m30s", "--offset=-9223372036854775808"),
		       NO_ARGS, &s, &help));
	CHECK(!help);
	CHECK_STR(s.format, "console");
	CHECK_STR(s.host, "-x=y");
	CHECK_INT(s.workers, 7);
	CHECK(s.elect);
	CHECK_INT(s.grace_ns, -90 * NS_PER_S);
	CHECK_INT(s.offset, INT64_MIN);
	release(&s);
}

TEST(config, of_a_flag_given_twice_the_last_wins)
{
	struct settings s = {0};
	bool help;

	CHECK_OK(parse(ARGS("--host=a", "--host=", "--leader-elect", "--leader-elect=false", "--namespaces=a",
			    "--namespaces=b", "--workers=64"),
		       NO_ARGS, &s, &help));
	CHECK_STR(s.host, "");
	CHECK(!s.elect);
	CHECK_INT(s.namespaces.n, 1);
	CHECK_STR(s.namespaces.v[0], "b");
	release(&s);
}

TEST(config, environment_is_below_flags_and_above_defaults)
{
	struct settings s = {0};
	bool help;

	CHECK_OK(parse(ARGS("--workers=3"),
		       ARGS("WORKERS=5", "LOG_FORMAT=console", "LOG_FORMAT=json", "LEADER_ELECT=TRUE",
			    "HOST=", "LEASE=", "POLLING_INTERVAL=30", "TOKEN=a=b"),
		       &s, &help));
	CHECK_INT(s.workers, 3);
	CHECK_STR(s.format, "console");
	CHECK(s.elect);
	CHECK_STR(s.host, "");
	CHECK_INT(s.lease_ns, 15 * NS_PER_S);
	CHECK_INT(s.poll_ns, 30 * NS_PER_S);
	CHECK_STR(secret_bytes(s.token), "a=b");
	release(&s);
}

TEST(config, lists_are_trimmed_and_lose_empty_elements)
{
	static const struct {
		const char *variable;
		size_t n;
		const char *first, *last;
	} cases[] = {
		{"WATCH_NAMESPACE=", 0, NULL, NULL},
		{"WATCH_NAMESPACE= , ,", 0, NULL, NULL},
		{"WATCH_NAMESPACE=a", 1, "a", "a"},
		{"WATCH_NAMESPACE= a b ,\tc,,d\n", 3, "a b", "d"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct settings s = {0};
		bool help;

		CHECK_OK(parse(NO_ARGS, ARGS("WATCH_NAMESPACES=x", "WATCH=y", cases[i].variable), &s, &help));
		CHECK_INT(s.namespaces.n, cases[i].n);
		CHECK_STR(s.namespaces.n ? s.namespaces.v[0] : NULL, cases[i].first);
		CHECK_STR(s.namespaces.n ? s.namespaces.v[s.namespaces.n - 1] : NULL, cases[i].last);
		release(&s);
	}
}

TEST(config, repeated_flags_keep_each_value_as_it_is)
{
	struct settings s = {0};
	bool help;

	CHECK_OK(parse(ARGS("--file", "a, b", "--workers=2", "-file= c", "--file="), NO_ARGS, &s, &help));
	CHECK_INT(s.files.n, 3);
	CHECK_STR(s.files.v[0], "a, b");
	CHECK_STR(s.files.v[1], " c");
	CHECK_STR(s.files.v[2], "");
	release(&s);
	CHECK_OK(parse(NO_ARGS, NO_ARGS, &s, &help));
	CHECK_INT(s.files.n, 0);
	release(&s);
	CHECK_ERR(parse(ARGS("--file", "a", "--nothing"), NO_ARGS, &s, &help), ERR_INVALID);
}

TEST(config, edges_of_ranges_are_allowed)
{
	static const char *const args[] = {"--workers=1",
					   "--workers=64",
					   "--lease=500ms",
					   "--lease=1h",
					   "--skew=-5",
					   "--skew=9223372036",
					   "--offset=9223372036854775807",
					   "--grace=0"};

	for (size_t i = 0; i < ARRAY_LEN(args); i++) {
		struct settings s = {0};
		bool help;

		CHECK_OK(parse(ARGS(args[i]), NO_ARGS, &s, &help));
		release(&s);
	}
}

TEST(config, errors_name_the_option_and_what_would_be_right)
{
	static const struct {
		const char *args[ARGS_MAX];
		const char *environment[ARGS_MAX];
		const char *want;
	} cases[] = {
		{{"--workers=0"}, {0}, "--workers: \"0\" must be a whole number from 1 to 64"},
		{{"--workers=65"}, {0}, "--workers: \"65\" must be a whole number from 1 to 64"},
		{{"--workers", "a\nb"}, {0}, "--workers: \"a?b\" must be a whole number from 1 to 64"},
		{{"--workers="}, {0}, "--workers: \"\" must be a whole number from 1 to 64"},
		{{"--offset=1.5"}, {0}, "--offset: \"1.5\" must be a whole number"},
		{{"--workers"}, {0}, "--workers needs a value"},
		{{"--leader-elect=maybe"}, {0}, "--leader-elect: \"maybe\" must be true or false"},
		{{"--leader-elect", "false"}, {0}, "unexpected argument false; only flags are taken"},
		{{"--log-format=xml"}, {0}, "--log-format: \"xml\" must be one of json, console"},
		{{"--log-format="}, {0}, "--log-format: \"\" must be one of json, console"},
		{{"--lease=1"},
		 {0},
		 "--lease: \"1\" must be a duration such as 90s or 1h30m from 500ms to 1h"},
		{{"--lease=499ms"},
		 {0},
		 "--lease: \"499ms\" must be a duration such as 90s or 1h30m from 500ms to 1h"},
		{{"--lease=61m"},
		 {0},
		 "--lease: \"61m\" must be a duration such as 90s or 1h30m from 500ms to 1h"},
		{{"--grace=x"}, {0}, "--grace: \"x\" must be a duration such as 90s or 1h30m"},
		{{"--skew=9223372037"}, {0}, "--skew: \"9223372037\" must be a whole number of seconds"},
		{{"--skew=-9223372037"}, {0}, "--skew: \"-9223372037\" must be a whole number of seconds"},
		{{0},
		 {"POLLING_INTERVAL=0"},
		 "POLLING_INTERVAL: \"0\" must be a whole number of seconds of at least 1"},
		{{0},
		 {"POLLING_INTERVAL=-5"},
		 "POLLING_INTERVAL: \"-5\" must be a whole number of seconds of at least 1"},
		{{0},
		 {"POLLING_INTERVAL=10m"},
		 "POLLING_INTERVAL: \"10m\" must be a whole number of seconds of at least 1"},
		{{0}, {"WORKERS=many"}, "WORKERS: \"many\" must be a whole number from 1 to 64"},
		{{0}, {"LEADER_ELECT=ja"}, "LEADER_ELECT: \"ja\" must be true or false"},
		{{"--wrokers=3"}, {0}, "unknown flag --wrokers; did you mean --workers?"},
		{{"-leader_elect"}, {0}, "unknown flag -leader_elect; did you mean --leader-elect?"},
		{{"--token=hunter2"}, {0}, "unknown flag --token; --help lists all flags"},
		{{"---workers=1"}, {0}, "unknown flag ---workers; did you mean --workers?"},
		{{"-=1"}, {0}, "unknown flag -; --help lists all flags"},
		{{"-"}, {0}, "unexpected argument -; only flags are taken"},
		{{""}, {0}, "unexpected argument ; only flags are taken"},
		{{"--", "--workers=1"}, {0}, "unexpected argument --; only flags are taken"},
		{{"--workers=1", "run"}, {0}, "unexpected argument run; only flags are taken"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct settings s = {0};
		bool help = true;
		err_t e = parse(cases[i].args, cases[i].environment, &s, &help);

		CHECK_MSG(err_is(e, ERR_INVALID), "%s: accepted", cases[i].want);
		CHECK_STR(err_text(e), cases[i].want);
		CHECK(help && !s.format && !s.host && !s.namespaces.v && !s.token);
		err_free(e);
	}
	CHECK_INT(err_live(), 0);
}

TEST(config, an_error_frees_what_was_set_before)
{
	static const struct config_option two[] = {
		{NULL, "TOKEN", CONFIG_SECRET, offsetof(struct settings, token), .help = ""},
		{"workers", NULL, CONFIG_INT, offsetof(struct settings, workers), .help = ""},
	};
	const char *const argv[] = {"program", "--workers=x", NULL};
	struct settings s = {0};
	bool help;

	CHECK_ERR(config_parse(two, 2, 2, argv, ARGS("TOKEN=hunter2"), &s, &help), ERR_INVALID);
	CHECK(!s.token);
}

TEST(config, a_bad_default_is_an_error_too)
{
	static const struct config_option bad = {NULL, "WORKERS",           CONFIG_INT,
						 0,    .otherwise = "four", .help = ""};
	const char *const argv[] = {"program", NULL};
	int64_t workers = 0;
	bool help;

	CHECK_ERR(config_parse(&bad, 1, 1, argv, NO_ARGS, &workers, &help), ERR_INVALID);
}

TEST(config, help_leaves_the_rest_alone)
{
	static const char *const flags[] = {"-h", "--h", "-help", "--help", "--help=true"};

	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		struct settings s = {0};
		bool help = false;

		CHECK_OK(parse(ARGS("--workers=1000", flags[i], "--nonsense"), NO_ARGS, &s, &help));
		CHECK(help && !s.format && s.workers == 0);
	}
}

TEST(config, help_text_lists_flags_variables_and_defaults)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};
	static const char *const want[] = {
		"\n  --workers, WORKERS\n      How many at once. (a whole number from 1 to 64; default: 4)\n",
		"(a whole number of seconds of at least 1; default: 600)\n",
		"\n  --grace\n      How long to wait. (a duration such as 90s or 1h30m)\n",
		"\n  --log-format, LOG_FORMAT\n      How lines look. (one of json, console; default: json)\n",
		"\n  --host, HOST\n      Where to listen. (text)\n",
		"\n  --namespaces, WATCH_NAMESPACE\n      Which to watch. (a comma-separated list)\n",
		"\n  TOKEN\n      The token. (secret text)\n",
		"\n  --leader-elect, LEADER_ELECT\n      Elect a leader. (true or false)\n",
	};

	strbuf_init(&out, 1 << 16);
	config_help(options, ARRAY_LEN(options), &out);
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		CHECK_MSG(strstr(out.p, want[i]), "no \"%s\" in \"%s\"", want[i], out.p);
}

TEST(config, durations_in_ranges_are_readable)
{
	static const struct {
		int64_t min, max;
		const char *want;
	} cases[] = {
		{NS_PER_S, 90 * NS_PER_S, "from 1s to 90s"},
		{0, 1500 * NS_PER_MS, "from 0s to 1500ms"},
		{60 * NS_PER_S, 7200 * NS_PER_S, "from 1m to 2h"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(strbuf_release) struct strbuf out = {0};
		const struct config_option o = {
			"x", NULL, CONFIG_DURATION, 0, .min = cases[i].min, .max = cases[i].max, .help = ""};

		strbuf_init(&out, 1000);
		config_help(&o, 1, &out);
		CHECK_MSG(strstr(out.p, cases[i].want), "%s", out.p);
	}
}

TEST(config, nearest_flag_is_within_a_third_of_the_letters)
{
	static const struct {
		const char *typed, *want;
	} cases[] = {
		{"worker", "workers"},
		{"wrkers", "workers"},
		{"name-spaces", "namespaces"},
		{"hots", NULL},
		{"hosts", "host"},
		{"polling-interval", NULL},
		{"", NULL},
		{"x", NULL},
		{"workersworkersworkersworkersworkersworkersworkersworkersworkersworkers", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		CHECK_STR(config_nearest(options, ARRAY_LEN(options), cases[i].typed), cases[i].want);
}
