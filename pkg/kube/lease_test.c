#include "kube/lease.h"

#include "base/mem.h"
#include "base/sync.h"
#include "base/test.h"
#include "http/fake.h"
#include "json/jsonw.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* An API server with one Lease. */
struct api {
	pthread_mutex_t mutex;
	struct http_fake *fake;
	int version; /* 0: there is no Lease */
	char *labels, *spec;
	struct strbuf log;    /* "GET PUT" */
	atomic_bool away;     /* answers 503 */
	atomic_bool homeless; /* there is no such namespace */
	atomic_int asked;
	bool lose_answer;   /* the next write is done, but its answer is lost */
	bool touch_at_read; /* somebody else writes a label after each GET */
	int64_t timeout_ms; /* of the last request */
};

static void answer_lease(struct api *api, int status, struct http_response *out)
{
	CLEANUP(mem_freep)
	char *body =
		mem_printf("{\"kind\":\"Lease\",\"metadata\":{\"name\":\"op\",\"namespace\":\"team\",\"uid\":"
			   "\"u\",\"resourceVersion\":\"%d\",\"labels\":%s},\"spec\":%s}",
			   api->version, api->labels ? api->labels : "{}", api->spec);

	http_fake_answer(out, status, body);
}

static void answer_conflict(const char *reason, struct http_response *out)
{
	CLEANUP(mem_freep)
	char *body = mem_printf("{\"kind\":\"Status\",\"code\":409,\"reason\":\"%s\"}", reason);

	http_fake_answer(out, 409, body);
}

static char *json_dup(const struct jsonx *v)
{
	struct strbuf text;
	struct jsonw w;

	strbuf_init(&text, 4096);
	jsonw_init_str(&w, &text);
	jsonw_value(&w, v);
	CHECK_OK(jsonw_done(&w));
	return strbuf_take(&text);
}

static void store(struct api *api, const struct jsonx *body)
{
	const struct jsonx *labels = jsonx_get(jsonx_get(body, "metadata"), "labels");

	mem_free(api->labels);
	mem_free(api->spec);
	api->labels = labels ? json_dup(labels) : NULL;
	api->spec = json_dup(jsonx_get(body, "spec"));
	api->version++;
}

static void answer_write(struct api *api, const struct http_request *req, struct http_response *out)
{
	CLEANUP(jsonx_freep) struct jsonx *body = NULL;
	const bool post = streq(req->method, "POST");

	CHECK_OK(jsonx_parse(req->body, req->body_len, &body));
	const char *version = jsonx_get_str(jsonx_get(body, "metadata"), "resourceVersion");
	if (post ? api->version != 0 : !version || strtol(version, NULL, 10) != api->version) {
		answer_conflict(post ? "AlreadyExists" : "Conflict", out);
		return;
	}
	store(api, body);
	answer_lease(api, post ? 201 : 200, out);
}

static err_t answer(void *arg, const struct http_request *req, struct http_response *out)
{
	struct api *api = arg;

	SYNC_SCOPE(&api->mutex);
	api->timeout_ms = req->timeout_ms;
	atomic_fetch_add(&api->asked, 1);
	strbuf_addf(&api->log, "%s ", req->method);
	if (atomic_load(&api->away)) {
		http_fake_answer(out, 503, "");
	} else if (atomic_load(&api->homeless)) {
		http_fake_answer(out, 404,
				 "{\"kind\":\"Status\",\"message\":\"namespaces \\\"team\\\" not found\"}");
	} else if (!streq(req->method, "GET")) {
		answer_write(api, req, out);
		if (api->lose_answer) {
			api->lose_answer = false;
			return err_new(ERR_TIMEOUT, "lost");
		}
	} else if (api->version == 0) {
		http_fake_answer(out, 404, "");
	} else {
		answer_lease(api, 200, out);
		if (api->touch_at_read)
			api->version++;
	}
	return NULL;
}

static void api_init(struct api *api)
{
	*api = (struct api){0};
	sync_mutex_init(&api->mutex);
	strbuf_init(&api->log, 65536);
	api->fake = http_fake_new(answer, api);
}

static void api_release(struct api *api)
{
	http_fake_free(api->fake);
	strbuf_release(&api->log);
	mem_free(api->labels);
	mem_free(api->spec);
	sync_mutex_destroy(&api->mutex);
}

static void check_log(struct api *api, const char *want)
{
	CHECK_STR(api->log.p, want);
	strbuf_reset(&api->log);
}

static void check_spec(const struct api *api, const char *holder, int64_t duration_s, int64_t transitions)
{
	CLEANUP(jsonx_freep) struct jsonx *spec = NULL;

	CHECK_OK(jsonx_parse(api->spec, strlen(api->spec), &spec));
	CHECK_STR(jsonx_get_str(spec, "holderIdentity"), holder);
	CHECK_INT(jsonx_get_int(spec, "leaseDurationSeconds", -1), duration_s);
	CHECK_INT(jsonx_get_int(spec, "leaseTransitions", -1), transitions);
}

static char *spec_text(const struct api *api, const char *key)
{
	CLEANUP(jsonx_freep) struct jsonx *spec = NULL;

	CHECK_OK(jsonx_parse(api->spec, strlen(api->spec), &spec));
	return mem_strdup(jsonx_get_str(spec, key));
}

static int64_t now(void *arg)
{
	return *(int64_t *)arg;
}

/* One program with a clock of its own. */
struct candidate {
	struct metrics *metrics;
	struct metric *slow;
	int64_t now_ns;
	struct clock clock;
	struct lease *lease;
	struct kube_client *client;
};

static void candidate_init(struct candidate *c, struct api *api, const char *identity)
{
	*c = (struct candidate){.now_ns = 5 * NS_PER_S, .clock = {now, NULL}, .metrics = metrics_new()};
	c->clock.arg = &c->now_ns;
	c->slow = metrics_counter(c->metrics, "slowpath_total", "", "name");
	const struct lease_options options = {
		.namespace = "team",
		.name = "op",
		.identity = identity,
		.duration_ms = 15000,
		.renew_ms = 10000,
		.retry_ms = 2000,
		.clock = &c->clock,
		.slow = c->slow,
	};
	c->lease = lease_new(&options);
	c->client = kube_client_new_on(http_fake_transport(api->fake));
}

static void candidate_release(struct candidate *c)
{
	lease_free(c->lease);
	kube_client_free(c->client);
	metrics_free(c->metrics);
}

static bool try(struct candidate *c)
{
	const int64_t wall_ms = clock_wall_ms();
	bool leader = false;

	/* Real renewals are seconds apart; two within a millisecond would read alike. */
	while (clock_wall_ms() == wall_ms)
		;
	CHECK_OK(lease_try(c->lease, c->client, NULL, &leader));
	CHECK_INT(lease_is_held(c->lease), leader);
	return leader;
}

static void pass_s(struct candidate *c, int64_t s)
{
	c->now_ns += s * NS_PER_S;
}

TEST(lease, the_first_creates_it)
{
	CLEANUP(api_release) struct api api;
	CLEANUP(candidate_release) struct candidate a;

	api_init(&api);
	candidate_init(&a, &api, "a");
	CHECK(!lease_is_held(a.lease));
	CHECK(try(&a));
	check_log(&api, "GET POST ");
	check_spec(&api, "a", 15, 0);
	CHECK_STR(http_fake_line(api.fake, 1), "POST /apis/coordination.k8s.io/v1/namespaces/team/leases");
	CLEANUP(mem_freep) char *renewed = spec_text(&api, "renewTime");
	int64_t wall_ms;
	CHECK(clock_parse_rfc3339(renewed, &wall_ms));
	CHECK_INT(strlen(renewed), strlen("2026-01-02T03:04:05.678901Z"));
}

TEST(lease, the_holder_renews_with_one_write_and_keeps_what_others_put_there)
{
	CLEANUP(api_release) struct api api;
	CLEANUP(candidate_release) struct candidate a;

	api_init(&api);
	candidate_init(&a, &api, "a");
	CHECK(try(&a));
	CLEANUP(mem_freep) char *acquired = spec_text(&api, "acquireTime");
	api.labels = mem_strdup("{\"team\":\"x\"}");
	api.version++; /* kubectl label */
	strbuf_reset(&api.log);
	pass_s(&a, 2);
	CHECK(try(&a));
	check_log(&api, "PUT GET PUT ");
	pass_s(&a, 2);
	CHECK(try(&a));
	check_log(&api, "PUT ");
	check_spec(&api, "a", 15, 0);
	CHECK_STR(api.labels, "{\"team\":\"x\"}");
	CLEANUP(mem_freep) char *still = spec_text(&api, "acquireTime");
	CHECK_STR(still, acquired);
}

TEST(lease, another_takes_over_only_what_it_has_seen_unchanged_for_the_duration)
{
	CLEANUP(api_release) struct api api;
	CLEANUP(candidate_release) struct candidate a, b;

	api_init(&api);
	candidate_init(&a, &api, "a");
	candidate_init(&b, &api, "b");
	CHECK(try(&a));
	pass_s(&b, 100000); /* what the record's times say does not matter */
	CHECK(!try(&b));
	pass_s(&b, 14);
	CHECK(!try(&b));
	pass_s(&a, 2);
	CHECK(try(&a));
	pass_s(&b, 2);
	CHECK(!try(&b)); /* sees a new record */
	pass_s(&b, 14);
	CHECK(!try(&b));
	api.version++; /* a label is no sign of life */
	pass_s(&b, 1);
	CHECK(try(&b));
	check_spec(&api, "b", 15, 1);
	strbuf_reset(&api.log);
	pass_s(&a, 2);
	CHECK(!try(&a)); /* finds out by the conflict */
	check_log(&api, "PUT GET ");
}

TEST(lease, of_two_that_come_at_once_one_wins)
{
	CLEANUP(api_release) struct api api;
	CLEANUP(candidate_release) struct candidate a;

	api_init(&api);
	candidate_init(&a, &api, "a");
	api.version = 1;
	api.spec = mem_strdup("{\"holderIdentity\":\"\",\"leaseTransitions\":4}");
	api.touch_at_read = true;
	CHECK(!try(&a));
	check_log(&api, "GET PUT ");
	api.touch_at_read = false;
	CHECK(try(&a));
	check_spec(&api, "a", 15, 5);
}

TEST(lease, it_is_held_only_until_the_renew_deadline)
{
	CLEANUP(api_release) struct api api;
	CLEANUP(candidate_release) struct candidate a;
	bool leader = false;

	api_init(&api);
	candidate_init(&a, &api, "a");
	CHECK(try(&a));
	atomic_store(&api.away, true);
	pass_s(&a, 9);
	CHECK_ERR(lease_try(a.lease, a.client, NULL, &leader), ERR_UNAVAILABLE);
	CHECK(lease_is_held(a.lease));
	pass_s(&a, 1);
	CHECK(!lease_is_held(a.lease));
}

TEST(lease, requests_end_before_the_deadline)
{
	CLEANUP(api_release) struct api api;
	CLEANUP(candidate_release) struct candidate a;

	api_init(&api);
	candidate_init(&a, &api, "a");
	CHECK(try(&a));
	CHECK(api.timeout_ms <= 5000);
	pass_s(&a, 2);
	CHECK(try(&a));
	CHECK(api.timeout_ms <= 5000);
	pass_s(&a, 8);
	CHECK(try(&a));
	CHECK(api.timeout_ms <= 2001);
}

TEST(lease, a_write_whose_answer_was_lost_is_not_taken_for_anothers)
{
	CLEANUP(api_release) struct api api;
	CLEANUP(candidate_release) struct candidate a;
	bool leader = false;

	api_init(&api);
	candidate_init(&a, &api, "a");
	api.lose_answer = true;
	CHECK_ERR(lease_try(a.lease, a.client, NULL, &leader), ERR_TIMEOUT);
	CHECK(!lease_is_held(a.lease));
	CHECK(try(&a));
	check_spec(&api, "a", 15, 0);
	api.lose_answer = true;
	pass_s(&a, 2);
	CHECK_ERR(lease_try(a.lease, a.client, NULL, &leader), ERR_TIMEOUT);
	CHECK(lease_is_held(a.lease));
	pass_s(&a, 2);
	CHECK(try(&a));
	check_spec(&api, "a", 15, 0);
}

TEST(lease, a_deleted_lease_is_made_again)
{
	CLEANUP(api_release) struct api api;
	CLEANUP(candidate_release) struct candidate a;

	api_init(&api);
	candidate_init(&a, &api, "a");
	CHECK(try(&a));
	api.version = 0;
	strbuf_reset(&api.log);
	CHECK(try(&a));
	check_log(&api, "PUT GET POST ");
	CHECK_INT(metric_value(a.slow, METRIC_LABELS("op")), 1);
	CHECK(try(&a));
	CHECK_INT(metric_value(a.slow, METRIC_LABELS("op")), 1);
}

TEST(lease, released_it_is_free_at_once)
{
	CLEANUP(api_release) struct api api;
	CLEANUP(candidate_release) struct candidate a, b;

	api_init(&api);
	candidate_init(&a, &api, "a");
	candidate_init(&b, &api, "b");
	CHECK(try(&a));
	CHECK(!try(&b));
	api.version++; /* the first try of the release meets a conflict */
	strbuf_reset(&api.log);
	CHECK_OK(lease_release(a.lease, a.client));
	check_log(&api, "PUT GET PUT ");
	CHECK(!lease_is_held(a.lease));
	check_spec(&api, "", 1, 0);
	CHECK(try(&b));
	check_spec(&api, "b", 15, 1);
	strbuf_reset(&api.log);
	CHECK_OK(lease_release(a.lease, a.client));
	check_log(&api, "");
	check_spec(&api, "b", 15, 1);
}

TEST(lease, a_release_spares_the_lease_of_another)
{
	CLEANUP(api_release) struct api api;
	CLEANUP(candidate_release) struct candidate a, b;

	api_init(&api);
	candidate_init(&a, &api, "a");
	candidate_init(&b, &api, "b");
	CHECK(try(&a));
	CHECK(!try(&b));
	pass_s(&b, 15);
	CHECK(try(&b));
	CHECK_OK(lease_release(a.lease, a.client));
	check_spec(&api, "b", 15, 1);
}

TEST(lease, records_that_make_no_sense_do_no_harm)
{
	static const char *const specs[] = {
		"{\"holderIdentity\":\"x\",\"leaseDurationSeconds\":-5,\"leaseTransitions\":-1}",
		"{\"holderIdentity\":\"x\",\"leaseDurationSeconds\":9223372036854775807}",
		"{\"holderIdentity\":\"x\",\"acquireTime\":7}",
	};

	for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
		CLEANUP(api_release) struct api api;
		CLEANUP(candidate_release) struct candidate a;

		api_init(&api);
		candidate_init(&a, &api, "a");
		api.version = 1;
		api.spec = mem_strdup(specs[i]);
		CHECK(!try(&a));
		pass_s(&a, 86400);
		CHECK(try(&a));
	}
	CLEANUP(api_release) struct api api;
	CLEANUP(candidate_release) struct candidate a;
	api_init(&api);
	candidate_init(&a, &api, "a");
	api.version = 1;
	api.spec = mem_strdup("null");
	CHECK(try(&a));
	CHECK_INT(err_live(), 0);
}

TEST(lease, survives_every_fault_at_every_request)
{
	for (int fault = HTTP_FAULT_REFUSED; fault < HTTP_FAULT_END; fault++)
		for (size_t at = 0; at < 4; at++) {
			CLEANUP(api_release) struct api api;
			CLEANUP(candidate_release) struct candidate a;
			bool leader = false;

			api_init(&api);
			candidate_init(&a, &api, "a");
			http_fake_fault(api.fake, at, 1, (enum http_fault)fault);
			for (int i = 0; i < 6; i++) {
				pass_s(&a, 1);
				err_free(lease_try(a.lease, a.client, NULL, &leader));
			}
			CHECK_MSG(try(&a), "fault %d at %zu", fault, at);
			check_spec(&api, "a", 15, 0);
		}
	CHECK_INT(err_live(), 0);
}

/* A lease that runs in its own thread, with times that a test can wait for. */
struct runner {
	struct lease *lease;
	atomic_int gains, losses, troubles, recoveries;
	enum err_kind trouble; /* the last one; read it after lease_stop */
	atomic_llong passed_ns;
	struct clock clock;
};

static void on_gain(void *arg)
{
	atomic_fetch_add(&((struct runner *)arg)->gains, 1);
}

static void on_loss(void *arg)
{
	struct runner *r = arg;

	CHECK(!lease_is_held(r->lease));
	atomic_fetch_add(&r->losses, 1);
}

static void on_trouble(void *arg, const struct err *e)
{
	struct runner *r = arg;

	if (e)
		r->trouble = err_kind(e);
	atomic_fetch_add(e ? &r->troubles : &r->recoveries, 1);
}

static int64_t faster_clock(void *arg)
{
	return clock_now_ns(NULL) + (int64_t)atomic_load(&((struct runner *)arg)->passed_ns);
}

static void runner_start(struct runner *r, struct api *api, const char *identity)
{
	const struct lease_options options = {.namespace = "team",
					      .name = "op",
					      .identity = identity,
					      .duration_ms = 1000,
					      .renew_ms = 600,
					      .retry_ms = 20,
					      .clock = &r->clock};
	const struct lease_calls calls = {on_gain, on_loss, on_trouble, r};

	*r = (struct runner){.lease = lease_new(&options), .clock = {faster_clock, r}};
	lease_start_on(r->lease, kube_client_new_on(http_fake_transport(api->fake)), &calls);
}

static void wait_for(const atomic_int *n, int want)
{
	CLEANUP(cancel_freep) struct cancel *pause = cancel_new(NULL);
	const int64_t deadline_ns = clock_now_ns(NULL) + 30 * NS_PER_S;

	while (atomic_load(n) < want && clock_now_ns(NULL) < deadline_ns)
		cancel_sleep_ms(pause, 1);
	CHECK(atomic_load(n) >= want);
}

TEST(lease, the_next_takes_over_when_the_leader_stops)
{
	CLEANUP(api_release) struct api api;
	struct runner a, b;

	api_init(&api);
	runner_start(&a, &api, "a");
	wait_for(&a.gains, 1);
	runner_start(&b, &api, "b");
	CHECK(lease_is_held(a.lease) && !lease_is_held(b.lease));
	lease_stop(a.lease);
	wait_for(&b.gains, 1);
	CHECK(lease_is_held(b.lease));
	lease_stop(b.lease);
	check_spec(&api, "", 1, 1);
	CHECK_INT(a.losses + b.losses, 0);
	lease_free(a.lease);
	lease_free(b.lease);
}

TEST(lease, a_leader_whose_server_is_away_says_so_once)
{
	CLEANUP(api_release) struct api api;
	struct runner a;

	api_init(&api);
	runner_start(&a, &api, "a");
	wait_for(&a.gains, 1);
	atomic_store(&api.away, true);
	wait_for(&a.losses, 1);
	CHECK(!lease_is_held(a.lease));
	lease_stop(a.lease);
	CHECK_INT(a.gains, 1);
	CHECK_INT(a.losses, 1);
	check_spec(&api, "a", 1, 0);
	lease_free(a.lease);
}

TEST(lease, a_namespace_that_does_not_exist_is_no_lost_election)
{
	CLEANUP(api_release) struct api api;
	CLEANUP(candidate_release) struct candidate a;
	bool leader = false;

	api_init(&api);
	candidate_init(&a, &api, "a");
	atomic_store(&api.homeless, true);
	CLEANUP(err_freep) err_t e = lease_try(a.lease, a.client, NULL, &leader);
	CHECK(err_is(e, ERR_NOT_FOUND));
	CHECK(strstr(err_text(e), "namespaces \"team\" not found"));
	CHECK(!leader);
	check_log(&api, "GET POST ");
}

TEST(lease, what_does_not_pass_by_itself_is_told_at_once_and_once)
{
	CLEANUP(api_release) struct api api;
	struct runner a;

	api_init(&api);
	atomic_store(&api.homeless, true);
	runner_start(&a, &api, "a");
	wait_for(&a.troubles, 1);
	wait_for(&api.asked, atomic_load(&api.asked) + 6);
	CHECK_INT(a.recoveries, 0);
	atomic_store(&api.homeless, false);
	wait_for(&a.gains, 1);
	lease_stop(a.lease);
	CHECK_INT(a.troubles, 1);
	CHECK_INT(a.recoveries, 1);
	CHECK_INT(a.trouble, ERR_NOT_FOUND);
	lease_free(a.lease);
}

TEST(lease, what_may_pass_is_told_after_a_minute)
{
	CLEANUP(api_release) struct api api;
	struct runner a;

	api_init(&api);
	atomic_store(&api.away, true);
	runner_start(&a, &api, "a");
	wait_for(&api.asked, 3);
	CHECK_INT(a.troubles, 0);
	atomic_store(&a.passed_ns, LEASE_TROUBLE_MS * NS_PER_MS);
	wait_for(&a.troubles, 1);
	wait_for(&api.asked, atomic_load(&api.asked) + 3);
	lease_stop(a.lease);
	CHECK_INT(a.troubles, 1);
	CHECK_INT(a.trouble, ERR_UNAVAILABLE);
	lease_free(a.lease);
}

TEST(lease, times_that_do_not_fit_together_are_refused)
{
	static const struct {
		int64_t duration_ms, renew_ms, retry_ms;
	} cases[] = {{10000, 10000, 2000}, {15000, 2400, 2000}, {15000, 10000, 0}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct lease_options options = {.namespace = "team",
						      .name = "op",
						      .identity = "a",
						      .duration_ms = cases[i].duration_ms,
						      .renew_ms = cases[i].renew_ms,
						      .retry_ms = cases[i].retry_ms};
		struct lease *l = lease_new(&options);

		CHECK_ERR(lease_start(l, NULL, NULL, &(struct lease_calls){on_gain, on_loss, NULL, NULL}),
			  ERR_INVALID);
		lease_stop(l);
		lease_free(l);
	}
	CHECK_INT(err_live(), 0);
}
