#include "base/log.h"
#include "base/sync.h"
#include "base/test.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct captured {
	struct strbuf text;
	int lines;
	int whole; /* lines that end in a newline and hold no other */
};

static void capture(void *arg, const char *line, size_t len)
{
	struct captured *c = arg;

	strbuf_add(&c->text, line, len);
	c->lines++;
	c->whole += memchr(line, '\n', len) == line + len - 1;
}

static void captured_init(struct captured *c)
{
	strbuf_init(&c->text, 1 << 22);
	c->lines = c->whole = 0;
	log_configure(LOG_INFO, LOG_CONSOLE);
	log_set_sink(capture, c);
}

static void captured_release(struct captured *c)
{
	log_set_sink(NULL, NULL);
	log_configure(LOG_INFO, LOG_JSON);
	strbuf_release(&c->text);
}

static const struct logger test_logger = {.name = "test"};

TEST(log, writes_enabled_levels_only)
{
	CLEANUP(captured_release) struct captured c;

	captured_init(&c);
	log_debug(&test_logger, "levels");
	CHECK_INT(c.lines, 0);
	log_info(&test_logger, "levels");
	log_warn(&test_logger, "levels");
	log_error(&test_logger, "levels", F_INT("n", 1));
	CHECK_INT(c.lines, 3);
	log_set_level(LOG_ERROR);
	log_warn(&test_logger, "levels");
	CHECK_INT(c.lines, 3);
	CHECK(!log_enabled(LOG_WARN) && log_enabled(LOG_ERROR));
	log_set_level(LOG_DEBUG);
	log_debug(NULL, "no logger");
	CHECK_INT(c.lines, 4);
	CHECK(strstr(c.text.p, "ERROR test levels n=1\n"));
	CHECK(strstr(c.text.p, "DEBUG no logger\n"));
}

static int evaluated;

static const char *evaluate(void)
{
	evaluated++;
	return "value";
}

TEST(log, does_not_evaluate_fields_of_a_disabled_level)
{
	CLEANUP(captured_release) struct captured c;

	captured_init(&c);
	evaluated = 0;
	log_debug(&test_logger, "fields", F_STR("v", evaluate()));
	CHECK_INT(evaluated, 0);
	log_info(&test_logger, "fields", F_STR("v", evaluate()));
	CHECK_INT(evaluated, 1);
}

TEST(log, writes_json_when_configured)
{
	CLEANUP(captured_release) struct captured c;

	captured_init(&c);
	log_configure(LOG_INFO, LOG_JSON);
	log_info(&test_logger, "in json", F_STR("k", "v"));
	CHECK(str_has_suffix(c.text.p,
			     "\"level\":\"info\",\"logger\":\"test\",\"msg\":\"in json\",\"k\":\"v\"}\n"));
	CHECK(str_has_prefix(c.text.p, "{\"ts\":\"20"));
}

TEST(log, loggers_inherit_fields)
{
	CLEANUP(captured_release) struct captured c;
	struct logger l = logger_with(&test_logger, F_STR("namespace", "a"));

	l = logger_with(&l, F_STR("name", "b"));
	captured_init(&c);
	log_info(&l, "inherit", F_INT("n", 1));
	CHECK(str_has_suffix(c.text.p, "INFO test inherit namespace=a name=b n=1\n"));
	CHECK_INT(test_logger.n, 0);
	for (int i = 0; i < 2 * LOG_FIELDS_MAX; i++)
		l = logger_with(&l, F_INT("i", i));
	CHECK_INT(l.n, LOG_FIELDS_MAX);
}

TEST(log, limits_equal_lines)
{
	const struct logger nameless = {0};
	CLEANUP(captured_release) struct captured c;

	captured_init(&c);
	for (int i = 0; i < 100; i++)
		log_warn(&test_logger, "flood", F_INT("i", i), F_STR("name", "a"));
	CHECK_INT(c.lines, 60);
	log_warn(&test_logger, "flood", F_STR("name", "b"));
	log_warn(&test_logger, "flood", F_STR("name", "a"), F_STR("namespace", "n"));
	log_warn(&test_logger, "other", F_STR("name", "a"));
	log_warn(NULL, "flood", F_STR("name", "a"));
	log_warn(&nameless, "flood", F_STR("name", NULL));
	CHECK_INT(c.lines, 65);
	log_set_level(LOG_DEBUG);
	for (int i = 0; i < 100; i++)
		log_debug(&test_logger, "flood");
	CHECK_INT(c.lines, 165);
}

static void *flood(void *arg)
{
	const struct logger l = logger_with(&test_logger, F_STR("name", arg));

	for (int i = 0; i < 200; i++)
		log_debug(&l, "from a thread", F_INT("i", i));
	return NULL;
}

TEST(log, lines_of_threads_do_not_mix)
{
	CLEANUP(captured_release) struct captured c;
	pthread_t threads[4];
	char names[4][2] = {"a", "b", "c", "d"};

	captured_init(&c);
	log_set_level(LOG_DEBUG);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		sync_thread_start(&threads[i], "flood", flood, names[i]);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		sync_thread_join(threads[i]);
	CHECK_INT(c.lines, 800);
	CHECK_INT(c.whole, 800);
}

TEST(log, goes_to_stderr_in_one_write)
{
	char line[256] = "";
	int ends[2];
	const int before = dup(STDERR_FILENO);

	/* Packet mode: a read gives what one write gave. */
	CHECK_INT(pipe2(ends, O_DIRECT), 0);
	CHECK(dup2(ends[1], STDERR_FILENO) >= 0);
	log_info(&test_logger, "to stderr", F_INT("n", 1));
	CHECK(dup2(before, STDERR_FILENO) >= 0);
	CHECK(read(ends[0], line, sizeof(line) - 1) > 0);
	CHECK(str_has_suffix(line, "\"msg\":\"to stderr\",\"n\":1}\n"));
	(void)close(before);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

TEST(log, parses_levels)
{
	enum log_level level = LOG_DEBUG;

	CHECK(log_parse_level("error", &level) && level == LOG_ERROR);
	CHECK(log_parse_level("warn", &level) && level == LOG_WARN);
	CHECK(log_parse_level("info", &level) && level == LOG_INFO);
	CHECK(log_parse_level("debug", &level) && level == LOG_DEBUG);
	CHECK(!log_parse_level("verbose", &level) && !log_parse_level("", &level) &&
	      !log_parse_level("INFO", &level));
}
