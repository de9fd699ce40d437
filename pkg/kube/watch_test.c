#include "kube/watch.h"

#include "base/mem.h"
#include "base/test.h"
#include <string.h>

static err_t parse(const char *line, struct watch_event *out)
{
	return watch_event_parse(line, strlen(line), "Secret", out);
}

TEST(watch, knows_the_types_of_events)
{
	static const struct {
		const char *name;
		enum watch_type type;
	} cases[] = {{"ADDED", WATCH_ADDED},
		     {"MODIFIED", WATCH_MODIFIED},
		     {"DELETED", WATCH_DELETED},
		     {"BOOKMARK", WATCH_BOOKMARK}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(watch_event_release) struct watch_event e = {0};
		CLEANUP(mem_freep)
		char *line =
			mem_printf("{\"type\":\"%s\",\"object\":{\"kind\":\"Secret\",\"metadata\":{\"name\":"
				   "\"db\",\"resourceVersion\":\"42\"}}}",
				   cases[i].name);

		CHECK_OK(parse(line, &e));
		CHECK_INT(e.type, cases[i].type);
		CHECK_STR(e.version, "42");
		CHECK_STR(jsonx_get_str(jsonx_get(e.object, "metadata"), "name"), "db");
	}
}

TEST(watch, a_bookmark_may_be_of_any_kind)
{
	CLEANUP(watch_event_release) struct watch_event e = {0};

	CHECK_OK(parse("{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"9\"}}}", &e));
	CHECK_STR(e.version, "9");
}

TEST(watch, errors_are_what_they_carry)
{
	static const struct {
		const char *status;
		enum err_kind kind;
	} cases[] = {{"{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\"}", ERR_GONE},
		     {"{\"kind\":\"Status\",\"code\":429}", ERR_THROTTLED},
		     {"{\"kind\":\"Status\",\"code\":500}", ERR_UNAVAILABLE},
		     {"null", ERR_UNAVAILABLE}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct watch_event e = {0};
		CLEANUP(mem_freep)
		char *line = mem_printf("{\"type\":\"ERROR\",\"object\":%s}", cases[i].status);

		CHECK_ERR(parse(line, &e), cases[i].kind);
		CHECK(!e.doc);
	}
}

TEST(watch, what_is_no_event_is_refused)
{
	static const char *const lines[] = {
		"",
		"{",
		"[]",
		"{\"type\":\"ADDED\"",
		"{\"type\":\"ADDED\"}",
		"{\"type\":7,\"object\":{}}",
		"{\"object\":{\"kind\":\"Secret\",\"metadata\":{\"resourceVersion\":\"1\"}}}",
		"{\"type\":\"added\",\"object\":{\"kind\":\"Secret\",\"metadata\":{\"resourceVersion\":\"1\"}"
		"}}",
		"{\"type\":\"ADDED\",\"object\":{\"kind\":\"Table\",\"metadata\":{\"resourceVersion\":\"1\"}}"
		"}",
		"{\"type\":\"ADDED\",\"object\":{\"kind\":\"Secret\",\"metadata\":{\"resourceVersion\":\"\"}}"
		"}",
		"{\"type\":\"ADDED\",\"object\":{\"kind\":\"Secret\",\"metadata\":{\"resourceVersion\":1}}}",
		"{\"type\":\"BOOKMARK\",\"object\":{}}",
	};

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct watch_event e = {0};
		CLEANUP(err_freep) err_t error = parse(lines[i], &e);

		CHECK_MSG(err_is(error, ERR_PROTOCOL), "%s", lines[i]);
	}
}

TEST(watch, a_version_has_a_longest_length)
{
	for (size_t len = 128; len <= 129; len++) {
		char version[130] = {0};
		CLEANUP(watch_event_release) struct watch_event e = {0};

		memset(version, '7', len);
		CLEANUP(mem_freep)
		char *line = mem_printf(
			"{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"%s\"}}}",
			version);
		CLEANUP(err_freep) err_t error = parse(line, &e);
		CHECK_INT(!error, len == 128);
	}
}
