#include "base/log_line.h"
#include "base/mem.h"
#include "base/test.h"

#include <string.h>

#define TS "2024-02-29T12:34:56.789Z"
#define WALL_MS INT64_C(1709210096789)

static void check_line(const struct log_event *event, enum log_format format, const char *want)
{
	CLEANUP(strbuf_release) struct strbuf out;

	strbuf_init(&out, LOG_LINE_MAX);
	log_line_format(event, format, &out);
	CHECK_STR(out.p, want);
}

TEST(log_line, has_all_kinds_of_fields)
{
	CLEANUP(err_freep) err_t e = err_wrap(err_new(ERR_UNAVAILABLE, "HTTP 503"), "fetch item");
	const struct log_field fields[] = {
		F_STR("name", "db"), F_STR("left_out", NULL), F_INT("attempt", -3),
		F_BOOL("yes", true), F_BOOL("no", false),     F_ERR(e),
		F_ERR(NULL),
	};
	const struct logger logger = {.name = "controller", .fields = {F_STR("namespace", "team-a")}, .n = 1};
	const struct log_event event = {.wall_ms = WALL_MS,
					.level = LOG_ERROR,
					.logger = &logger,
					.msg = "reconcile failed",
					.fields = fields,
					.n = ARRAY_LEN(fields),
					.suppressed = 12};

	check_line(&event, LOG_JSON,
		   "{\"ts\":\"" TS
		   "\",\"level\":\"error\",\"logger\":\"controller\",\"msg\":\"reconcile failed\","
		   "\"namespace\":\"team-a\",\"name\":\"db\",\"attempt\":-3,\"yes\":true,\"no\":false,"
		   "\"kind\":\"unavailable\",\"error\":\"fetch item: HTTP 503\",\"suppressed\":12}\n");
	check_line(&event, LOG_CONSOLE,
		   TS
		   " ERROR controller reconcile failed namespace=team-a name=db attempt=-3 yes=true no=false "
		   "kind=unavailable error=\"fetch item: HTTP 503\" suppressed=12\n");
}

TEST(log_line, writes_times_as_zap_does)
{
	static const struct {
		enum log_time time;
		const char *json, *console;
	} rows[] = {
		{LOG_TIME_RFC3339_MS, "\"" TS "\"", TS},
		{LOG_TIME_RFC3339, "\"2024-02-29T12:34:56Z\"", "2024-02-29T12:34:56Z"},
		{LOG_TIME_RFC3339NANO, "\"" TS "\"", TS},
		{LOG_TIME_ISO8601, "\"2024-02-29T12:34:56.789+0000\"", "2024-02-29T12:34:56.789+0000"},
		{LOG_TIME_EPOCH, "1709210096.789", "1709210096.789"},
		{LOG_TIME_MILLIS, "1709210096789", "1709210096789"},
		{LOG_TIME_NANOS, "1709210096789000000", "1709210096789000000"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct log_event event = {
			.wall_ms = WALL_MS, .time = rows[i].time, .level = LOG_INFO, .msg = "m"};
		CLEANUP(mem_freep)
		char *in_json = mem_printf("{\"ts\":%s,\"level\":\"info\",\"msg\":\"m\"}\n", rows[i].json);
		CLEANUP(mem_freep) char *in_console = mem_printf("%s INFO m\n", rows[i].console);

		check_line(&event, LOG_JSON, in_json);
		check_line(&event, LOG_CONSOLE, in_console);
	}
}

TEST(log_line, names_each_level)
{
	static const char *const json[] = {"debug", "info", "warn", "error"};
	static const char *const console[] = {"DEBUG", "INFO", "WARN", "ERROR"};

	for (size_t i = 0; i < ARRAY_LEN(json); i++) {
		const struct log_event event = {.wall_ms = WALL_MS, .level = (enum log_level)i, .msg = "m"};
		CLEANUP(mem_freep)
		char *in_json = mem_printf("{\"ts\":\"" TS "\",\"level\":\"%s\",\"msg\":\"m\"}\n", json[i]);
		CLEANUP(mem_freep) char *in_console = mem_printf(TS " %s m\n", console[i]);

		check_line(&event, LOG_JSON, in_json);
		check_line(&event, LOG_CONSOLE, in_console);
	}
}

TEST(log_line, escapes_what_acts_on_a_terminal_or_parser)
{
	static const struct {
		const char *in, *json, *console;
	} cases[] = {
		{"plain", "plain", "plain"},
		{"", "", "\"\""},
		{"two words", "two words", "\"two words\""},
		{"a=b", "a=b", "\"a=b\""},
		{"say \"x\"", "say \\\"x\\\"", "\"say \\\"x\\\"\""},
		{"back\\slash", "back\\\\slash", "\"back\\\\slash\""},
		{"a\nb\tc\rd", "a\\nb\\tc\\rd", "\"a\\nb\\tc\\rd\""},
		{"\x1b[31m", "\\u001b[31m", "\"\\u001b[31m\""},
		{"\x7f", "\\u007f", "\"\\u007f\""},
		{"\xc2\x85", "\\u0085", "\"\\u0085\""},
		{"\u2028\u202e", "\\u2028\\u202e", "\"\\u2028\\u202e\""},
		{"\u00e4\U0001f600", "\u00e4\U0001f600", "\"\u00e4\U0001f600\""},
		{"\xff", "\\ufffd", "\"\\xff\""},
		{"a\xc3", "a\\ufffd", "\"a\\xc3\""},
		{"x\",\"level\":\"info", "x\\\",\\\"level\\\":\\\"info", "\"x\\\",\\\"level\\\":\\\"info\""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct log_field field = F_STR("v", cases[i].in);
		const struct log_event event = {
			.wall_ms = WALL_MS, .level = LOG_INFO, .msg = "m", .fields = &field, .n = 1};
		CLEANUP(mem_freep)
		char *json = mem_printf("{\"ts\":\"" TS "\",\"level\":\"info\",\"msg\":\"m\",\"v\":\"%s\"}\n",
					cases[i].json);
		CLEANUP(mem_freep) char *console = mem_printf(TS " INFO m v=%s\n", cases[i].console);

		check_line(&event, LOG_JSON, json);
		check_line(&event, LOG_CONSOLE, console);
	}
}

TEST(log_line, escapes_message_and_logger)
{
	const struct logger logger = {.name = "a\nb"};
	const struct log_event event = {
		.wall_ms = WALL_MS, .level = LOG_INFO, .logger = &logger, .msg = "c\x1b\"d"};

	check_line(&event, LOG_JSON,
		   "{\"ts\":\"" TS "\",\"level\":\"info\",\"logger\":\"a\\nb\",\"msg\":\"c\\u001b\\\"d\"}\n");
	check_line(&event, LOG_CONSOLE, TS " INFO a\\nb c\\u001b\"d\n");
}

/* Values of every length around the ceiling, and of characters of all widths. */
TEST(log_line, is_cut_at_its_maximum_and_says_so)
{
	static const char *const units[] = {"x", "\u20ac", "\x1b", "\""};

	for (size_t u = 0; u < ARRAY_LEN(units); u++) {
		CLEANUP(strbuf_release) struct strbuf value;

		strbuf_init(&value, 20000);
		while (value.len < 12000)
			strbuf_adds(&value, units[u]);
		const struct log_field fields[] = {F_STR("long", value.p), F_STR("after", "x"),
						   F_INT("n", 1)};
		const struct log_event event = {.wall_ms = WALL_MS,
						.msg = "m",
						.fields = fields,
						.n = ARRAY_LEN(fields),
						.suppressed = INT64_MAX};
		for (int format = LOG_JSON; format <= LOG_CONSOLE; format++) {
			const char *end = format == LOG_JSON
						  ? "\",\"suppressed\":9223372036854775807,\"cut\":true}\n"
						  : "suppressed=9223372036854775807 cut=true\n";
			CLEANUP(strbuf_release) struct strbuf out;

			strbuf_init(&out, LOG_LINE_MAX);
			log_line_format(&event, (enum log_format)format, &out);
			CHECK_OK(strbuf_check(&out, "line"));
			CHECK(out.len > LOG_LINE_MAX - 200 && out.len <= LOG_LINE_MAX);
			CHECK(str_has_suffix(out.p, end));
			CHECK(!strstr(out.p, "after"));
			CHECK(str_is_utf8(out.p, out.len));
		}
	}
}

TEST(log_line, leaves_out_the_fields_that_do_not_fit)
{
	char text[LOG_LINE_MAX];

	for (size_t len = LOG_LINE_MAX - 300; len < LOG_LINE_MAX; len++) {
		CLEANUP(strbuf_release) struct strbuf out;
		const struct log_field fields[] = {F_STR("a", text), F_INT("b", INT64_MIN), F_STR("c", "d")};
		const struct log_event event = {
			.wall_ms = WALL_MS, .msg = "m", .fields = fields, .n = ARRAY_LEN(fields)};

		memset(text, 'x', len);
		text[len] = '\0';
		strbuf_init(&out, LOG_LINE_MAX);
		log_line_format(&event, LOG_JSON, &out);
		CHECK_OK(strbuf_check(&out, "line"));
		const bool whole = str_has_suffix(out.p, "x\",\"b\":-9223372036854775808,\"c\":\"d\"}\n");
		CHECK_MSG(whole || str_has_suffix(out.p, ",\"cut\":true}\n"), "%zu: %s", len,
			  out.p + out.len - 60);
		CHECK(!whole || strlen(strstr(out.p, "\"a\"")) >= len);
	}
	CHECK_INT(err_live(), 0);
}
