#include "base/clock.h"
#include "base/mem.h"
#include "base/sync.h"
#include "base/test.h"
#include "metrics/metrics.h"
#include <fcntl.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double buckets[] = {0.1, 1, 10};

/* The rendering; the caller frees. */
static char *render(struct metrics *m)
{
	struct strbuf out;

	strbuf_init(&out, 4 << 20);
	metrics_render(m, &out);
	CHECK_OK(strbuf_check(&out, "metrics"));
	return strbuf_take(&out);
}

static void check_text(struct metrics *m, const char *want)
{
	CLEANUP(mem_freep) char *text = render(m);

	CHECK_STR(text, want);
}

TEST(metrics, counters_and_gauges_render_with_their_labels)
{
	struct metrics *m = metrics_new();
	struct metric *requests = metrics_counter(m, "requests_total", "Requests.", "method code");
	struct metric *depth = metrics_gauge(m, "depth", "Depth.", "");

	metric_add(requests, METRIC_LABELS("GET", "200"), 1);
	metric_add(requests, METRIC_LABELS("GET", "200"), 2);
	metric_add(requests, METRIC_LABELS("DELETE", "404"), 0.5);
	metric_set(depth, METRIC_NO_LABELS, 7);
	metric_add(depth, METRIC_NO_LABELS, -9.5);
	check_text(m, "# HELP requests_total Requests.\n"
		      "# TYPE requests_total counter\n"
		      "requests_total{method=\"DELETE\",code=\"404\"} 0.5\n"
		      "requests_total{method=\"GET\",code=\"200\"} 3\n"
		      "# HELP depth Depth.\n"
		      "# TYPE depth gauge\n"
		      "depth -2.5\n");
	CHECK(metric_value(requests, METRIC_LABELS("GET", "200")) == 3);
	CHECK(metric_value(requests, METRIC_LABELS("PUT", "200")) == 0);
	CHECK(metric_value(depth, METRIC_NO_LABELS) == -2.5);
	metrics_free(m);
}

TEST(metrics, histograms_count_up_to_infinity)
{
	struct metrics *m = metrics_new();
	struct metric *h = metrics_histogram(m, "h", "H.", "k", buckets, ARRAY_LEN(buckets));
	struct metric *plain = metrics_histogram(m, "plain", "P.", "", buckets, 1);

	metric_observe(h, METRIC_LABELS("v"), 0.1);
	metric_observe(h, METRIC_LABELS("v"), 0.5);
	metric_observe(h, METRIC_LABELS("v"), 0.5);
	metric_observe(h, METRIC_LABELS("v"), 100);
	CHECK(metric_value(h, METRIC_LABELS("v")) == 101.1);
	(void)plain;
	check_text(m, "# HELP h H.\n"
		      "# TYPE h histogram\n"
		      "h_bucket{k=\"v\",le=\"0.1\"} 1\n"
		      "h_bucket{k=\"v\",le=\"1\"} 3\n"
		      "h_bucket{k=\"v\",le=\"10\"} 3\n"
		      "h_bucket{k=\"v\",le=\"+Inf\"} 4\n"
		      "h_sum{k=\"v\"} 101.1\n"
		      "h_count{k=\"v\"} 4\n"
		      "# HELP plain P.\n"
		      "# TYPE plain histogram\n"
		      "plain_bucket{le=\"0.1\"} 0\n"
		      "plain_bucket{le=\"+Inf\"} 0\n"
		      "plain_sum 0\n"
		      "plain_count 0\n");
	metrics_free(m);
}

TEST(metrics, a_family_shows_at_zero_only_without_labels)
{
	struct metrics *m = metrics_new();

	(void)metrics_counter(m, "with_total", "With.", "a");
	(void)metrics_counter(m, "without_total", "Without.", "");
	check_text(m, "# HELP without_total Without.\n# TYPE without_total counter\nwithout_total 0\n");
	metrics_free(m);
}

TEST(metrics, what_the_type_does_not_have_changes_nothing)
{
	struct metrics *m = metrics_new();
	struct metric *counter = metrics_counter(m, "c_total", "C.", "");
	struct metric *gauge = metrics_gauge(m, "g", "G.", "");
	struct metric *h = metrics_histogram(m, "h", "H.", "", buckets, 1);
	CLEANUP(mem_freep) char *before = render(m);

	metric_add(counter, METRIC_NO_LABELS, -1);
	metric_add(counter, METRIC_NO_LABELS, (double)NAN);
	metric_set(counter, METRIC_NO_LABELS, 5);
	metric_observe(counter, METRIC_NO_LABELS, 5);
	metric_observe(gauge, METRIC_NO_LABELS, 5);
	metric_add(h, METRIC_NO_LABELS, 5);
	metric_set(h, METRIC_NO_LABELS, 5);
	metric_observe(h, METRIC_NO_LABELS, (double)NAN);
	check_text(m, before);
	metrics_free(m);
}

TEST(metrics, no_registry_and_no_metric_are_fine)
{
	CHECK(!metrics_counter(NULL, "c", "C.", "") && !metrics_gauge(NULL, "g", "G.", ""));
	CHECK(!metrics_histogram(NULL, "h", "H.", "", buckets, 1));
	metrics_add_process(NULL, "p_build_info", "1");
	metric_add(NULL, METRIC_NO_LABELS, 1);
	metric_set(NULL, METRIC_NO_LABELS, 1);
	metric_observe(NULL, METRIC_NO_LABELS, 1);
	metric_remove(NULL, METRIC_NO_LABELS);
	CHECK(metric_value(NULL, METRIC_NO_LABELS) == 0);
	metrics_free(NULL);
}

TEST(metrics, a_name_that_is_taken_gives_the_same_family)
{
	struct metrics *m = metrics_new();
	struct metric *first = metrics_counter(m, "c_total", "C.", "a");

	CHECK(metrics_counter(m, "c_total", "C.", "a") == first);
	metrics_free(m);
}

TEST(metrics, text_from_outside_is_escaped_and_cut)
{
	struct metrics *m = metrics_new();
	struct metric *g = metrics_gauge(m, "g", "A \"quoted\" back\\slash\nand newline.", "a b");
	char longer[METRICS_LABEL_BYTES_MAX + 10], cut[METRICS_LABEL_BYTES_MAX + 1], want[1000];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	memcpy(cut, longer, sizeof(cut) - 1);
	cut[sizeof(cut) - 1] = '\0';
	metric_set(g, METRIC_LABELS("q\"b\\n\nu\xc3\xa9\xff"), 1);
	metric_set(g, METRIC_LABELS(longer, "\"} 1\nevil 1"), 2);
	snprintf(want, sizeof(want),
		 "# HELP g A \"quoted\" back\\\\slash\\nand newline.\n# TYPE g gauge\n"
		 "g{a=\"q\\\"b\\\\n?u\xc3\xa9?\",b=\"\"} 1\n"
		 "g{a=\"%s\",b=\"\\\"} 1?evil 1\"} 2\n",
		 cut);
	check_text(m, want);
	metrics_free(m);
}

TEST(metrics, numbers_render_as_prometheus_reads_them)
{
	static const struct {
		double in;
		const char *want;
	} cases[] = {{0, "0"},
		     {0.1, "0.1"},
		     {1e21, "1e+21"},
		     {123456789012, "123456789012"},
		     {(double)INFINITY, "+Inf"},
		     {-(double)INFINITY, "-Inf"},
		     {(double)NAN, "NaN"},
		     {-(double)NAN, "NaN"}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct metrics *m = metrics_new();
		char want[200];

		metric_set(metrics_gauge(m, "g", "G.", ""), METRIC_NO_LABELS, cases[i].in);
		snprintf(want, sizeof(want), "# HELP g G.\n# TYPE g gauge\ng %s\n", cases[i].want);
		check_text(m, want);
		metrics_free(m);
	}
}

TEST(metrics, removed_series_are_gone)
{
	struct metrics *m = metrics_new();
	struct metric *g = metrics_gauge(m, "g", "G.", "a");

	metric_set(g, METRIC_LABELS("x"), 1);
	metric_set(g, METRIC_LABELS("y"), 2);
	metric_remove(g, METRIC_LABELS("x"));
	metric_remove(g, METRIC_LABELS("never"));
	check_text(m, "# HELP g G.\n# TYPE g gauge\ng{a=\"y\"} 2\n");
	metric_remove(g, METRIC_LABELS("y"));
	check_text(m, "");
	metrics_free(m);
}

TEST(metrics, series_over_the_ceiling_become_other)
{
	struct metrics *m = metrics_new();
	struct metric *c = metrics_counter(m, "c_total", "C.", "a b");
	char name[24];
	size_t lines = 0;

	for (int i = 0; i < METRICS_SERIES_MAX + 5; i++) {
		snprintf(name, sizeof(name), "%d", i);
		metric_add(c, METRIC_LABELS(name, "x"), 1);
	}
	metric_add(c, METRIC_LABELS("0", "x"), 1);
	CHECK(metric_value(c, METRIC_LABELS("other", "other")) == 5);
	CHECK(metric_value(c, METRIC_LABELS("0", "x")) == 2);
	CHECK(metric_value(c, METRIC_LABELS(name, "x")) == 0);

	CLEANUP(mem_freep) char *text = render(m);
	for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	CHECK_INT(lines, 2 + METRICS_SERIES_MAX + 1);
	metrics_free(m);
}

struct asked {
	struct metric *other;
	double value;
};

/* May itself count, since no lock is held. */
static double ask(void *arg)
{
	struct asked *asked = arg;

	metric_add(asked->other, METRIC_NO_LABELS, 1);
	return asked->value;
}

TEST(metrics, callbacks_are_asked_at_each_rendering)
{
	struct metrics *m = metrics_new();
	struct asked asked = {.other = metrics_counter(m, "asked_total", "A.", "")};

	metrics_callback(m, "now", "N.", "gauge", ask, &asked);
	metrics_callback(m, "now_total", "T.", "counter", ask, &asked);
	mem_free(render(m));
	asked.value = 3;
	check_text(m, "# HELP asked_total A.\n# TYPE asked_total counter\nasked_total 2\n"
		      "# HELP now N.\n# TYPE now gauge\nnow 3\n"
		      "# HELP now_total T.\n# TYPE now_total counter\nnow_total 3\n");
	metrics_free(m);
}

#define THREADS 4
#define ROUNDS 2000

static void *count(void *arg)
{
	struct metrics *m = arg;
	struct metric *c = metrics_counter(m, "c_total", "C.", "a");
	struct metric *h = metrics_histogram(m, "h", "H.", "", buckets, ARRAY_LEN(buckets));
	struct metric *g = metrics_gauge(m, "g", "G.", "a");

	for (int i = 0; i < ROUNDS; i++) {
		metric_add(c, METRIC_LABELS(i % 2 ? "odd" : "even"), 1);
		metric_observe(h, METRIC_NO_LABELS, 1);
		metric_set(g, METRIC_LABELS("x"), i);
		metric_remove(g, METRIC_LABELS("x"));
	}
	return NULL;
}

TEST(metrics, updates_from_many_threads_are_all_there)
{
	struct metrics *m = metrics_new();
	pthread_t threads[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		sync_thread_start(&threads[i], "count", count, m);
	for (int i = 0; i < 20; i++)
		mem_free(render(m));
	for (size_t i = 0; i < THREADS; i++)
		sync_thread_join(threads[i]);
	CHECK(metric_value(metrics_counter(m, "c_total", "C.", "a"), METRIC_LABELS("odd")) ==
	      THREADS * ROUNDS / 2);
	CHECK(metric_value(metrics_histogram(m, "h", "H.", "", buckets, ARRAY_LEN(buckets)),
			   METRIC_NO_LABELS) == THREADS * ROUNDS);
	metrics_free(m);
}

/* The number behind a name without labels. */
static double sample(const char *text, const char *name)
{
	CLEANUP(mem_freep) char *start = mem_printf("\n%s ", name);
	const char *found = strstr(text, start);

	CHECK_MSG(found, "no %s in %s", name, text);
	return strtod(found + strlen(start), NULL);
}

TEST(metrics, process_tells_about_this_process)
{
	struct metrics *m = metrics_new();
	const double now = (double)clock_wall_ms() / 1000;
	const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	metrics_add_process(m, "op_build_info", "1.2.3");
	CLEANUP(mem_freep) char *text = render(m);
	CHECK_INT(close(fd), 0);
	CLEANUP(mem_freep) char *later = render(m);

	CHECK(sample(text, "process_cpu_seconds_total") > 0);
	CHECK(sample(text, "process_cpu_seconds_total") < sample(later, "process_cpu_seconds_total"));
	CHECK(sample(text, "process_resident_memory_bytes") > 100000);
	CHECK(sample(text, "process_virtual_memory_bytes") > sample(text, "process_resident_memory_bytes"));
	CHECK(sample(text, "process_open_fds") == sample(later, "process_open_fds") + 1);
	CHECK(sample(text, "process_max_fds") >= sample(text, "process_open_fds"));
	CHECK(sample(text, "process_start_time_seconds") <= now + 1);
	CHECK(sample(text, "process_start_time_seconds") > now - 600);
	CHECK(strstr(text, "\nop_build_info{version=\"1.2.3\"} 1\n"));
	metrics_free(m);
}

#define NAME "[a-zA-Z_:][a-zA-Z0-9_:]*"
#define LABEL "[a-zA-Z_][a-zA-Z0-9_]*=\"([^\"\\\n]|\\\\[n\"\\\\])*\""
#define NUMBER "(NaN|[+-]Inf|-?[0-9]+(\\.[0-9]+)?(e[+-][0-9]+)?)"

static bool matches(const char *pattern, const char *line)
{
	regex_t re;
	bool found;

	CHECK_INT(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB), 0);
	found = regexec(&re, line, 0, NULL, 0) == 0;
	regfree(&re);
	return found;
}

TEST(metrics, every_line_is_of_the_text_format)
{
	struct metrics *m = metrics_new();
	struct metric *h = metrics_histogram(m, "h", "H \\ \n.", "a b c d", buckets, ARRAY_LEN(buckets));
	CLEANUP(strv_release) struct strv lines = {0};

	metrics_add_process(m, "op_build_info", "1.2.3");
	metric_observe(h, METRIC_LABELS("\"", "\\", "\n", "}"), 3e-9);
	metric_observe(h, METRIC_LABELS("", "\xff", "{a=\"b\"} 1", ","), -(double)INFINITY);

	CLEANUP(mem_freep) char *text = render(m);
	CHECK(str_has_suffix(text, "\n"));
	text[strlen(text) - 1] = '\0';
	strv_split(&lines, text, '\n');
	CHECK(lines.n > 30);
	for (size_t i = 0; i < lines.n; i++) {
		const char *line = lines.v[i];

		CHECK_MSG(matches("^# HELP " NAME " .*$", line) ||
				  matches("^# TYPE " NAME " (counter|gauge|histogram)$", line) ||
				  matches("^" NAME "(\\{" LABEL "(," LABEL ")*\\})? " NUMBER "$", line),
			  "line %zu: %s", i, line);
		/* Each HELP is followed by the TYPE of the same name, and no name comes twice. */
		if (str_has_prefix(line, "# HELP ")) {
			CHECK(i + 1 < lines.n && str_has_prefix(lines.v[i + 1], "# TYPE "));
			CHECK(strncmp(line + 7, lines.v[i + 1] + 7, strcspn(line + 7, " ") + 1) == 0);
			for (size_t j = 0; j < i; j++)
				CHECK_MSG(strncmp(lines.v[j], line, 8 + strcspn(line + 7, " ")) != 0, "%s",
					  line);
		}
	}
	metrics_free(m);
}

TEST(metrics, a_full_buffer_is_reported)
{
	struct metrics *m = metrics_new();
	CLEANUP(strbuf_release) struct strbuf out = {0};

	metrics_add_process(m, "op_build_info", "1.2.3");
	strbuf_init(&out, 100);
	metrics_render(m, &out);
	CHECK_ERR(strbuf_check(&out, "metrics"), ERR_TOO_LARGE);
	CHECK_INT(err_live(), 0);
	metrics_free(m);
}
