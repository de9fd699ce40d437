#include "kube/event.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/sync.h"
#include "base/test.h"
#include "http/fake.h"
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static const struct event_about db = {&kube_secrets, "team", "db", "u-1"};

/* A server that takes events, or does not. */
struct server {
	struct http_fake *fake;
	struct event_recorder *recorder;
	struct metrics *metrics;
	struct metric *dropped;
	struct cancel *pause;
	atomic_int patch_status, post_status;
	atomic_bool hold; /* no answer for now */
	atomic_int asked;
};

static err_t answer(void *arg, const struct http_request *req, struct http_response *out)
{
	struct server *s = arg;

	atomic_fetch_add(&s->asked, 1);
	while (atomic_load(&s->hold))
		cancel_sleep_ms(s->pause, 1);
	http_fake_answer(out, atomic_load(streq(req->method, "POST") ? &s->post_status : &s->patch_status),
			 "{\"kind\":\"Event\"}");
	return NULL;
}

static void server_init(struct server *s)
{
	*s = (struct server){.patch_status = 200, .post_status = 201};
	s->pause = cancel_new(NULL);
	s->fake = http_fake_new(answer, s);
	s->metrics = metrics_new();
	s->dropped = metrics_counter(s->metrics, "dropped_total", "", "");
	s->recorder = event_recorder_start_on(kube_client_new_on(http_fake_transport(s->fake)),
					      &(struct event_recorder_options){.component = "operator",
									       .instance = "pod-1",
									       .dropped = s->dropped});
}

static void server_release(struct server *s)
{
	http_fake_free(s->fake);
	metrics_free(s->metrics);
	cancel_free(s->pause);
}

static void wait_for_requests(struct server *s, int want)
{
	const int64_t deadline_ns = clock_now_ns(NULL) + 30 * NS_PER_S;

	while (atomic_load(&s->asked) < want && clock_now_ns(NULL) < deadline_ns)
		cancel_sleep_ms(s->pause, 1);
	CHECK(atomic_load(&s->asked) >= want);
}

TEST(event, says_what_happened_to_which_object)
{
	CLEANUP(server_release) struct server s;
	CLEANUP(jsonx_freep) struct jsonx *body = NULL;

	server_init(&s);
	event_record(s.recorder, &db, "Warning", "SyncFailed", "no such item\nsecond line");
	event_recorder_stop(s.recorder);
	CHECK_INT(http_fake_count(s.fake), 1);
	CHECK_STR(http_fake_line(s.fake, 0), "POST /api/v1/namespaces/team/events");
	const char *text = http_fake_body(s.fake, 0);
	CHECK_OK(jsonx_parse(text, strlen(text), &body));
	const struct jsonx *involved = jsonx_get(body, "involvedObject");
	CHECK_STR(jsonx_get_str(involved, "apiVersion"), "v1");
	CHECK_STR(jsonx_get_str(involved, "kind"), "Secret");
	CHECK_STR(jsonx_get_str(involved, "namespace"), "team");
	CHECK_STR(jsonx_get_str(involved, "name"), "db");
	CHECK_STR(jsonx_get_str(involved, "uid"), "u-1");
	CHECK_STR(jsonx_get_str(body, "type"), "Warning");
	CHECK_STR(jsonx_get_str(body, "reason"), "SyncFailed");
	CHECK(!strchr(jsonx_get_str(body, "message"), '\n'));
	CHECK(str_has_prefix(jsonx_get_str(body, "message"), "no such item"));
	CHECK_INT(jsonx_get_int(body, "count", 0), 1);
	CHECK_STR(jsonx_get_str(body, "firstTimestamp"), jsonx_get_str(body, "lastTimestamp"));
	CHECK_STR(jsonx_get_str(jsonx_get(body, "source"), "component"), "operator");
	CHECK_STR(jsonx_get_str(body, "reportingComponent"), "operator");
	CHECK_STR(jsonx_get_str(body, "reportingInstance"), "pod-1");
	CHECK(str_has_prefix(jsonx_get_str(jsonx_get(body, "metadata"), "name"), "db."));
}

TEST(event, group_and_cluster_scope_are_named)
{
	static const struct event_about web = {&kube_deployments, "team", "web", "u-2"};
	static const struct event_about team = {&kube_namespaces, NULL, "team", NULL};
	CLEANUP(server_release) struct server s;

	server_init(&s);
	event_record(s.recorder, &web, "Normal", "Restarted", "x");
	event_record(s.recorder, &team, "Normal", "Seen", "x");
	event_recorder_stop(s.recorder);
	CHECK(strstr(http_fake_body(s.fake, 0), "\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\""));
	CHECK_STR(http_fake_line(s.fake, 1), "POST /api/v1/namespaces/default/events");
	CHECK(!strstr(http_fake_body(s.fake, 1), "uid"));
}

TEST(event, equal_events_are_counted_up)
{
	CLEANUP(server_release) struct server s;

	server_init(&s);
	for (int i = 0; i < 3; i++)
		event_record(s.recorder, &db, "Normal", "Synced", "x");
	event_record(s.recorder, &db, "Normal", "Synced", "y");
	event_recorder_stop(s.recorder);
	CHECK_INT(http_fake_count(s.fake), 4);
	CHECK(str_has_prefix(http_fake_line(s.fake, 1), "PATCH /api/v1/namespaces/team/events/db."));
	CHECK(str_has_prefix(http_fake_body(s.fake, 1), "{\"count\":2,\"lastTimestamp\":\""));
	CHECK(str_has_prefix(http_fake_body(s.fake, 2), "{\"count\":3,"));
	CHECK(str_has_prefix(http_fake_line(s.fake, 3), "POST "));
}

TEST(event, one_that_the_server_has_forgotten_is_written_again)
{
	CLEANUP(server_release) struct server s;

	server_init(&s);
	atomic_store(&s.patch_status, 404);
	event_record(s.recorder, &db, "Normal", "Synced", "x");
	event_record(s.recorder, &db, "Normal", "Synced", "x");
	event_recorder_stop(s.recorder);
	CHECK_INT(http_fake_count(s.fake), 3);
	CHECK_STR(http_fake_line(s.fake, 2), "POST /api/v1/namespaces/team/events");
	CHECK(strstr(http_fake_body(s.fake, 2), "\"count\":2"));
}

TEST(event, the_message_is_cut)
{
	CLEANUP(server_release) struct server s;
	CLEANUP(jsonx_freep) struct jsonx *body = NULL;
	char message[4000];

	memset(message, 'x', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	server_init(&s);
	event_record(s.recorder, &db, "Normal", "Synced", message);
	event_recorder_stop(s.recorder);
	CHECK_OK(jsonx_parse(http_fake_body(s.fake, 0), strlen(http_fake_body(s.fake, 0)), &body));
	CHECK_INT(strlen(jsonx_get_str(body, "message")), 1024);
}

TEST(event, what_is_refused_is_dropped_and_counted)
{
	CLEANUP(server_release) struct server s;

	server_init(&s);
	atomic_store(&s.post_status, 403);
	event_record(s.recorder, &db, "Normal", "Synced", "x");
	event_record(s.recorder, &db, "Normal", "Synced", "y");
	wait_for_requests(&s, 2);
	atomic_store(&s.post_status, 201);
	event_record(s.recorder, &db, "Normal", "Synced", "x");
	wait_for_requests(&s, 3);
	CHECK_INT(metric_value(s.dropped, METRIC_NO_LABELS), 2);
	event_recorder_stop(s.recorder);
	CHECK(str_has_prefix(http_fake_line(s.fake, 2), "POST "));
}

TEST(event, one_object_cannot_flood)
{
	CLEANUP(server_release) struct server s;

	server_init(&s);
	for (int i = 0; i < 30; i++) {
		char message[16];

		snprintf(message, sizeof(message), "%d", i);
		event_record(s.recorder, &db, "Normal", "Synced", message);
	}
	event_recorder_stop(s.recorder);
	CHECK_INT(http_fake_count(s.fake), 25);
}

TEST(event, the_queue_is_limited_and_never_blocks)
{
	CLEANUP(server_release) struct server s;

	server_init(&s);
	atomic_store(&s.hold, true);
	event_record(s.recorder, &db, "Normal", "Synced", "x");
	wait_for_requests(&s, 1);
	for (int i = 0; i < 1007; i++)
		event_record(s.recorder, &db, "Normal", "Synced", "x");
	CHECK_INT(metric_value(s.dropped, METRIC_NO_LABELS), 7);
	atomic_store(&s.hold, false);
	event_recorder_stop(s.recorder);
}

TEST(event, a_stop_does_not_wait_for_a_server_that_is_away)
{
	CLEANUP(server_release) struct server s;

	server_init(&s);
	atomic_store(&s.post_status, 503);
	event_record(s.recorder, &db, "Normal", "Synced", "x");
	wait_for_requests(&s, 1);
	const int64_t start_ns = clock_now_ns(NULL);
	event_recorder_stop(s.recorder);
	CHECK(clock_now_ns(NULL) - start_ns < 8 * NS_PER_S);
	event_record(NULL, &db, "Normal", "Synced", "x");
	event_recorder_stop(NULL);
	CHECK_INT(err_live(), 0);
}
