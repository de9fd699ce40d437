#include "kube/reflector.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/sync.h"
#include "base/test.h"
#include "http/fake.h"
#include "kube/pack.h"
#include <stdatomic.h>
#include <string.h>

/* The annotation "is" tells what the program makes of an object: "bad" cannot be decoded, "skip" is of no
 * interest.
 */
#define OBJECT_IS(name, uid, version, is)                                                                    \
	"{\"kind\":\"PartialObjectMetadata\",\"metadata\":{\"namespace\":\"team\",\"name\":\"" name          \
	"\",\"uid\":\"" uid "\",\"resourceVersion\":\"" version "\",\"annotations\":{\"is\":\"" is "\"}}}"
#define OBJECT(name, uid, version) OBJECT_IS(name, uid, version, "")
#define LIST(version, items)                                                                                 \
	"{\"kind\":\"PartialObjectMetadataList\",\"metadata\":{\"resourceVersion\":\"" version               \
	"\"},\"items\":[" items "]}"
#define EVENT(type, object) "{\"type\":\"" type "\",\"object\":" object "}\n"
#define BOOKMARK(version) EVENT("BOOKMARK", "{\"metadata\":{\"resourceVersion\":\"" version "\"}}")
#define EXPIRED "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\"}"
#define TOO_LARGE_VERSION                                                                                    \
	"{\"kind\":\"Status\",\"code\":504,\"reason\":\"Timeout\",\"details\":{\"causes\":[{\"reason\":"     \
	"\"ResourceVersionTooLarge\"}]}}"

#define FROM(version)                                                                                        \
	"GET /api/v1/secrets?limit=100&resourceVersion=" version "&resourceVersionMatch=NotOlderThan"
#define CONSISTENT "GET /api/v1/secrets?limit=100"
#define WATCH(version)                                                                                       \
	"GET /api/v1/secrets?watch=1&allowWatchBookmarks=true&resourceVersion=" version "&timeout"

/* One request that is expected, and its answer. */
struct step {
	const char *want;
	int status;
	const char *body;
};

struct fixture {
	struct http_fake *fake;
	struct kube_client *client;
	struct kstore *store;
	struct metrics *metrics;
	struct reflector_metrics counts;
	struct reflector *r;
	const struct step *steps;
	size_t n_steps, at;
	struct strbuf changes, troubles;
};

static err_t answer(void *arg, const struct http_request *req, struct http_response *out)
{
	struct fixture *f = arg;
	CLEANUP(mem_freep) char *line = mem_printf("%s %s", req->method, req->path);

	CHECK_MSG(f->at < f->n_steps, "unexpected %s", line);
	const struct step *step = &f->steps[f->at++];
	CHECK_MSG(strncmp(line, step->want, strlen(step->want)) == 0, "%s, not %s", line, step->want);
	http_fake_answer(out, step->status, step->body);
	return NULL;
}

static err_t decode(void *arg, const struct jsonx *object, struct kobj **out)
{
	const char *is = jsonx_get_str(kube_annotations(object), "is");
	struct kobj *o = MEM_NEW(struct kobj);

	(void)arg;
	kobj_init(o, NULL);
	err_t e = streq(is, "bad") ? err_new(ERR_INVALID, "bad") : kube_meta_parse(object, &o->meta);
	if (e || streq(is, "skip")) {
		kobj_unref(o);
		return e;
	}
	*out = o;
	return NULL;
}

static void no_members(struct pack *p, struct kobj *o)
{
	(void)p;
	(void)o;
}

static const struct kobj_form form = {sizeof(struct kobj), no_members, NULL};

static void on_change(void *arg, const struct kobj *old, const struct kobj *now)
{
	struct fixture *f = arg;
	char key[KUBE_KEY_SIZE];
	const struct kube_meta *m = now ? &now->meta : &old->meta;

	kube_key_format(m->namespace, m->name, key);
	struct kobj *stored = kstore_get(f->store, key);
	CHECK_STR(stored ? stored->meta.resource_version : NULL, now ? now->meta.resource_version : NULL);
	kobj_unref(stored);
	strbuf_addf(&f->changes, "%s%s@%s ", !old ? "+" : !now ? "-" : "~", m->name, m->resource_version);
}

static void on_trouble(void *arg, const struct kube_resource *resource, const char *namespace,
		       const struct err *e)
{
	struct fixture *f = arg;

	CHECK(resource == &kube_secrets && !namespace);
	strbuf_addf(&f->troubles, "%s ", e ? err_kind_name(err_kind(e)) : "fine");
}

static struct reflector_options options_of(struct fixture *f)
{
	return (struct reflector_options){
		.resource = &kube_secrets,
		.view = KUBE_METADATA_ONLY,
		.store = f->store,
		.thread_name = "refl-test",
		.decode = decode,
		.metrics = f->counts,
		.on_change = on_change,
		.on_trouble = on_trouble,
		.arg = f,
	};
}

static void fixture_init(struct fixture *f)
{
	*f = (struct fixture){0};
	strbuf_init(&f->changes, 4096);
	strbuf_init(&f->troubles, 4096);
	f->fake = http_fake_new(answer, f);
	f->client = kube_client_new_on(http_fake_transport(f->fake));
	f->store = kstore_new_packed(&form);
	f->metrics = metrics_new();
	f->counts = (struct reflector_metrics){
		.skipped = metrics_counter(f->metrics, "skipped_total", "", "resource"),
		.lists = metrics_counter(f->metrics, "lists_total", "", "resource"),
		.watches = metrics_counter(f->metrics, "watches_total", "", "resource"),
		.last_event = metrics_gauge(f->metrics, "last_event", "", "resource"),
	};
	const struct reflector_options options = options_of(f);
	f->r = reflector_new(&options);
}

static void fixture_release(struct fixture *f)
{
	CHECK_INT(f->at, f->n_steps);
	reflector_free(f->r);
	kstore_free(f->store);
	metrics_free(f->metrics);
	kube_client_free(f->client);
	http_fake_free(f->fake);
	strbuf_release(&f->changes);
	strbuf_release(&f->troubles);
}

static void script(struct fixture *f, const struct step *steps, size_t n)
{
	CHECK_INT(f->at, f->n_steps);
	f->steps = steps;
	f->n_steps = n;
	f->at = 0;
}

#define SCRIPT(f, ...)                                                                                       \
	static const struct step steps_[] = {__VA_ARGS__};                                                   \
	script(f, steps_, ARRAY_LEN(steps_))

static void round_ok(struct fixture *f)
{
	CHECK_OK(reflector_round(f->r, f->client, NULL));
}

static void round_fails(struct fixture *f, enum err_kind kind)
{
	CHECK_ERR(reflector_round(f->r, f->client, NULL), kind);
}

static void check_changes(struct fixture *f, const char *want)
{
	CHECK_STR(f->changes.p, want);
	strbuf_reset(&f->changes);
}

/* What a writer does with the answer to its write. */
static bool put(struct fixture *f, const char *text)
{
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;
	struct kobj *o = NULL, *old = NULL;

	CHECK_OK(jsonx_parse(text, strlen(text), &doc));
	CHECK_OK(decode(NULL, doc, &o));
	const bool taken = kstore_put(f->store, &o, &old);
	kobj_unref(old);
	return taken;
}

static void check_version(struct fixture *f, const char *key, const char *uid, const char *version)
{
	struct kobj *o = kstore_get(f->store, key);

	CHECK_STR(o ? o->meta.uid : NULL, uid);
	CHECK_STR(o ? o->meta.resource_version : NULL, version);
	kobj_unref(o);
}

TEST(reflector, lists_from_the_cache_and_watches_from_there)
{
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	SCRIPT(&f, {CONSISTENT, 200, LIST("10", OBJECT("a", "ua", "5") "," OBJECT("b", "ub", "6"))},
	       {WATCH("10"), 200,
		EVENT("ADDED", OBJECT("c", "uc", "11")) EVENT("MODIFIED", OBJECT("a", "ua", "12"))
			EVENT("DELETED", OBJECT("b", "ub", "13")) BOOKMARK("20")},
	       {WATCH("20"), 200, BOOKMARK("21")});
	CHECK(!reflector_is_synced(f.r));
	round_ok(&f);
	CHECK(reflector_is_synced(f.r));
	CHECK_INT(reflector_trouble(f.r), 0);
	CHECK(strstr(f.changes.p, "+a@5") && strstr(f.changes.p, "+b@6"));
	CHECK(str_has_suffix(f.changes.p, " +c@11 ~a@12 -b@6 "));
	round_ok(&f);
	CHECK_INT(kstore_len(f.store), 2);
	CHECK_STR(f.troubles.p, "");
}

TEST(reflector, what_is_known_already_changes_nothing)
{
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	SCRIPT(&f, {CONSISTENT, 200, LIST("10", OBJECT("a", "ua", "5"))},
	       {WATCH("10"), 200,
		EVENT("MODIFIED", OBJECT("a", "ua", "5")) EVENT("MODIFIED", OBJECT("a", "ua", "4"))
			EVENT("ADDED", OBJECT("a", "ua", "5"))});
	round_ok(&f);
	check_changes(&f, "+a@5 ");
	check_version(&f, "team/a", "ua", "5");
}

TEST(reflector, an_expired_version_lists_again_and_finds_what_was_missed)
{
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	SCRIPT(&f, {CONSISTENT, 200, LIST("10", OBJECT("a", "ua", "5") "," OBJECT("b", "ub", "6"))},
	       {WATCH("10"), 410, EXPIRED},
	       {FROM("10"), 200, LIST("30", OBJECT("b", "ub", "6") "," OBJECT("c", "uc", "20"))},
	       {WATCH("30"), 200, EVENT("ERROR", EXPIRED)},
	       {FROM("30"), 200, LIST("40", OBJECT("b", "ub", "35") "," OBJECT("c", "uc2", "36"))},
	       {WATCH("40"), 200, BOOKMARK("41")});
	round_fails(&f, ERR_GONE);
	strbuf_reset(&f.changes);
	round_fails(&f, ERR_GONE);
	check_changes(&f, "-a@5 +c@20 ");
	round_ok(&f);
	CHECK(strstr(f.changes.p, "~b@35") && strstr(f.changes.p, "~c@36"));
	CHECK_STR(f.troubles.p, "");
}

TEST(reflector, counts_its_lists_and_watches_and_says_when_something_came)
{
	const char *const *labels = METRIC_LABELS("secrets");
	CLEANUP(fixture_release) struct fixture f;
	const double begin = (double)clock_wall_ms() / 1000;

	fixture_init(&f);
	SCRIPT(&f, {CONSISTENT, 200, LIST("10", OBJECT("a", "ua", "5"))}, {WATCH("10"), 410, EXPIRED},
	       {FROM("10"), 200, LIST("30", OBJECT("a", "ua", "5"))}, {WATCH("30"), 200, BOOKMARK("31")},
	       {WATCH("31"), 500, "{}"});
	CHECK(metric_value(f.counts.last_event, labels) == 0);
	round_fails(&f, ERR_GONE);
	CHECK_INT(metric_value(f.counts.lists, labels), 1);
	round_ok(&f);
	CHECK_INT(metric_value(f.counts.lists, labels), 2);
	CHECK_INT(metric_value(f.counts.watches, labels), 2);
	CHECK(metric_value(f.counts.last_event, labels) >= begin);
	round_fails(&f, ERR_UNAVAILABLE);
	CHECK_INT(metric_value(f.counts.lists, labels), 2);
	CHECK_INT(metric_value(f.counts.watches, labels), 3);
}

TEST(reflector, a_version_that_the_server_does_not_have_leads_to_a_consistent_list)
{
	static const struct {
		int status;
		const char *body;
	} answers[] = {{410, EXPIRED}, {504, TOO_LARGE_VERSION}};

	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		CLEANUP(fixture_release) struct fixture f;
		const struct step steps[] = {{CONSISTENT, 200, LIST("10", "")},
					     {WATCH("10"), 410, EXPIRED},
					     {FROM("10"), answers[i].status, answers[i].body},
					     {CONSISTENT, 200, LIST("30", OBJECT("a", "ua", "20"))},
					     {WATCH("30"), 200, BOOKMARK("31")}};

		fixture_init(&f);
		script(&f, steps, ARRAY_LEN(steps));
		round_fails(&f, ERR_GONE);
		round_ok(&f);
		check_changes(&f, "+a@20 ");
		CHECK_STR(http_fake_line(f.fake, 3), CONSISTENT);
	}
}

TEST(reflector, a_history_that_went_back_counts)
{
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	SCRIPT(&f, {CONSISTENT, 200, LIST("900", OBJECT("a", "ua", "800") "," OBJECT("b", "ub", "850"))},
	       {WATCH("900"), 410, EXPIRED}, {FROM("900"), 504, TOO_LARGE_VERSION},
	       {CONSISTENT, 200, LIST("500", OBJECT("a", "ua", "400"))},
	       {WATCH("500"), 200, EVENT("MODIFIED", OBJECT("a", "ua", "501"))});
	round_fails(&f, ERR_GONE);
	strbuf_reset(&f.changes);
	round_ok(&f);
	check_changes(&f, "-b@850 ~a@400 ~a@501 ");
}

TEST(reflector, an_overloaded_server_is_not_asked_for_a_list)
{
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	SCRIPT(&f, {CONSISTENT, 200, LIST("10", "")}, {WATCH("10"), 429, ""}, {WATCH("10"), 503, ""},
	       {WATCH("10"), 200, EVENT("ERROR", "{\"kind\":\"Status\",\"code\":500}")},
	       {WATCH("10"), 200, ""}, {WATCH("10"), 200, EVENT("ADDED", OBJECT("a", "ua", "11"))});
	round_fails(&f, ERR_THROTTLED);
	round_fails(&f, ERR_UNAVAILABLE);
	round_fails(&f, ERR_UNAVAILABLE);
	round_fails(&f, ERR_UNAVAILABLE); /* ended at once */
	CHECK_STR(f.troubles.p, "unavailable ");
	CHECK_INT(reflector_trouble(f.r), ERR_UNAVAILABLE);
	round_ok(&f);
	CHECK_STR(f.troubles.p, "unavailable fine ");
	CHECK_INT(reflector_trouble(f.r), 0);
	check_changes(&f, "+a@11 ");
}

TEST(reflector, answers_that_make_no_sense_lead_to_a_list)
{
	static const char *const bodies[] = {
		"{\"type\":\"ADDED\",\"obj",
		"<html>\n",
		EVENT("ADDED", "{\"kind\":\"Table\",\"metadata\":{\"resourceVersion\":\"11\"}}"),
		EVENT("WHAT", OBJECT("a", "ua", "11")),
		EVENT("ADDED",
		      "{\"kind\":\"PartialObjectMetadata\",\"metadata\":{\"resourceVersion\":\"11\"}}"),
	};

	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		CLEANUP(fixture_release) struct fixture f;
		const struct step steps[] = {{CONSISTENT, 200, LIST("10", "")},
					     {WATCH("10"), 200, bodies[i]},
					     {FROM("10"), 200, LIST("20", OBJECT("a", "ua", "11"))},
					     {WATCH("20"), 200, BOOKMARK("21")}};

		fixture_init(&f);
		script(&f, steps, ARRAY_LEN(steps));
		round_fails(&f, ERR_PROTOCOL);
		round_ok(&f);
		check_changes(&f, "+a@11 ");
	}
}

TEST(reflector, a_list_that_is_denied_is_told_once_until_it_changes)
{
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	SCRIPT(&f, {CONSISTENT, 403, ""}, {CONSISTENT, 403, ""}, {CONSISTENT, 404, ""}, {CONSISTENT, 404, ""},
	       {CONSISTENT, 200, LIST("10", "")}, {WATCH("10"), 200, BOOKMARK("11")});
	round_fails(&f, ERR_DENIED);
	CHECK_INT(reflector_trouble(f.r), ERR_DENIED);
	round_fails(&f, ERR_DENIED);
	round_fails(&f, ERR_NOT_FOUND);
	round_fails(&f, ERR_NOT_FOUND);
	CHECK(!reflector_is_synced(f.r));
	round_ok(&f);
	CHECK(reflector_is_synced(f.r));
	CHECK_STR(f.troubles.p, "denied not_found fine ");
}

TEST(reflector, a_watch_that_is_denied_is_told_once_although_lists_work)
{
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	SCRIPT(&f, {CONSISTENT, 200, LIST("10", "")}, {WATCH("10"), 403, ""},
	       {FROM("10"), 200, LIST("20", "")}, {WATCH("20"), 403, ""}, {FROM("20"), 200, LIST("30", "")},
	       {WATCH("30"), 200, BOOKMARK("31")});
	round_fails(&f, ERR_DENIED);
	round_fails(&f, ERR_DENIED);
	CHECK_STR(f.troubles.p, "denied ");
	round_ok(&f);
	CHECK_STR(f.troubles.p, "denied fine ");
}

TEST(reflector, a_failed_list_leaves_the_store_as_it_is)
{
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	SCRIPT(&f, {CONSISTENT, 200, LIST("10", OBJECT("a", "ua", "5"))}, {WATCH("10"), 410, EXPIRED},
	       {FROM("10"), 403, ""}, {FROM("10"), 404, ""}, {FROM("10"), 200, "{}"}, {FROM("10"), 200, ""});
	round_fails(&f, ERR_GONE);
	round_fails(&f, ERR_DENIED);
	round_fails(&f, ERR_NOT_FOUND);
	round_fails(&f, ERR_PROTOCOL);
	round_fails(&f, ERR_PROTOCOL);
	check_changes(&f, "+a@5 ");
	check_version(&f, "team/a", "ua", "5");
	CHECK(reflector_is_synced(f.r));
}

static int skipped(const struct fixture *f)
{
	return (int)metric_value(f->counts.skipped, METRIC_LABELS("secrets"));
}

TEST(reflector, an_object_that_cannot_be_decoded_stays_as_it_was_known)
{
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	SCRIPT(&f, {CONSISTENT, 200, LIST("10", OBJECT("a", "ua", "5") "," OBJECT_IS("x", "ux", "6", "bad"))},
	       {WATCH("10"), 200,
		EVENT("MODIFIED", OBJECT_IS("a", "ua", "11", "bad")) EVENT("ERROR", EXPIRED)},
	       {FROM("11"), 200, LIST("20", OBJECT_IS("a", "ua", "11", "bad"))},
	       {WATCH("20"), 200, EVENT("DELETED", OBJECT_IS("a", "ua", "21", "bad"))});
	round_fails(&f, ERR_GONE);
	CHECK_INT(skipped(&f), 2);
	round_ok(&f);
	CHECK_INT(skipped(&f), 3);
	check_changes(&f, "+a@5 -a@5 ");
}

TEST(reflector, what_is_of_no_interest_any_more_is_gone)
{
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	SCRIPT(&f,
	       {CONSISTENT, 200, LIST("10", OBJECT("a", "ua", "5") "," OBJECT_IS("x", "ux", "6", "skip"))},
	       {WATCH("10"), 200,
		EVENT("MODIFIED", OBJECT_IS("a", "ua", "11", "skip"))
			EVENT("MODIFIED", OBJECT("x", "ux", "12"))});
	round_ok(&f);
	check_changes(&f, "+a@5 -a@5 +x@12 ");
	CHECK_INT(skipped(&f), 0);
}

TEST(reflector, the_writers_newer_state_is_kept)
{
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	SCRIPT(&f, {CONSISTENT, 200, LIST("10", OBJECT("a", "ua", "5") "," OBJECT("b", "ub", "6"))},
	       {WATCH("10"), 410, EXPIRED},
	       /* the list is from before the writes at 15 to 17 */
	       {FROM("10"), 200, LIST("14", OBJECT("a", "ua", "5") "," OBJECT("b", "ub", "6"))},
	       {WATCH("14"), 200,
		EVENT("MODIFIED", OBJECT("a", "ua", "13")) EVENT("MODIFIED", OBJECT("a", "ua", "15"))
			EVENT("DELETED", OBJECT("b", "ub", "16")) EVENT("ADDED", OBJECT("b", "ub2", "17"))
				EVENT("ADDED", OBJECT("c", "uc", "18"))});
	round_fails(&f, ERR_GONE);
	strbuf_reset(&f.changes);
	CHECK(put(&f, OBJECT("a", "ua", "15")));
	CHECK(put(&f, OBJECT("b", "ub2", "17")));
	CHECK(put(&f, OBJECT("c", "uc", "18")));
	round_ok(&f);
	check_changes(&f, "");
	check_version(&f, "team/a", "ua", "15");
	check_version(&f, "team/b", "ub2", "17");
	check_version(&f, "team/c", "uc", "18");
}

TEST(reflector, a_writer_that_comes_late_does_not_bring_back_what_is_gone)
{
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	SCRIPT(&f, {CONSISTENT, 200, LIST("10", OBJECT("a", "ua", "5"))},
	       {WATCH("10"), 200, EVENT("DELETED", OBJECT("a", "ua", "12"))});
	round_ok(&f);
	CHECK(!put(&f, OBJECT("a", "ua", "11")));
	CHECK_INT(kstore_len(f.store), 0);
	CHECK(put(&f, OBJECT("a", "ua2", "13")));
}

TEST(reflector, another_namespace_in_the_store_is_left_alone)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(cancel_freep) struct cancel *cancel = cancel_new(NULL);

	fixture_init(&f);
	CHECK(put(&f, OBJECT("a", "ua", "5")));
	struct reflector_options options = options_of(&f);
	options.namespace = "other";
	options.label_selector = "l=x";
	options.on_trouble = NULL;
	struct reflector *r = reflector_new(&options);
	SCRIPT(&f,
	       {"GET /api/v1/namespaces/other/secrets?limit=100&labelSelector=l%3Dx", 200, LIST("10", "")},
	       {"GET /api/v1/namespaces/other/secrets?watch=1", 200, BOOKMARK("11")});
	CHECK_OK(reflector_round(r, f.client, cancel));
	reflector_free(r);
	check_version(&f, "team/a", "ua", "5");
	check_changes(&f, "");
}

/* A server in a known state that answers any list and watch. */
static err_t answer_any(void *arg, const struct http_request *req, struct http_response *out)
{
	(void)arg;
	http_fake_answer(out, 200,
			 strstr(req->path, "watch=1") ? EVENT("ADDED", OBJECT("b", "ub", "11"))
								EVENT("DELETED", OBJECT("a", "ua", "12"))
						      : LIST("10", OBJECT("a", "ua", "5")));
	return NULL;
}

TEST(reflector, survives_every_fault_at_every_request)
{
	for (int fault = HTTP_FAULT_REFUSED; fault < HTTP_FAULT_END; fault++)
		for (size_t at = 0; at < 4; at++) {
			CLEANUP(fixture_release) struct fixture f;

			fixture_init(&f);
			struct http_fake *fake = http_fake_new(answer_any, NULL);
			struct kube_client *client = kube_client_new_on(http_fake_transport(fake));
			kube_client_set_timeout(client, 1000);
			http_fake_fault(fake, at, 1, (enum http_fault)fault);
			for (int i = 0; i < 8; i++)
				err_free(reflector_round(f.r, client, NULL));
			CHECK_MSG(reflector_is_synced(f.r) && kstore_len(f.store) == 1, "fault %d at %zu",
				  fault, at);
			check_version(&f, "team/b", "ub", "11");
			kube_client_free(client);
			http_fake_free(fake);
		}
	CHECK_INT(err_live(), 0);
}

/* A server whose watch stays open until the reflector is told to stop. */
struct patient {
	struct cancel *cancel;
	atomic_int watches;
};

static err_t answer_patiently(void *arg, const struct http_request *req, struct http_response *out)
{
	struct patient *p = arg;

	http_fake_answer(out, 200, LIST("10", OBJECT("a", "ua", "5")));
	if (strstr(req->path, "watch=1")) {
		atomic_fetch_add(&p->watches, 1);
		cancel_sleep_ms(p->cancel, 60000);
	}
	return NULL;
}

TEST(reflector, its_thread_syncs_and_stops_promptly)
{
	CLEANUP(fixture_release) struct fixture f;
	struct patient p = {.cancel = cancel_new(NULL)};
	CLEANUP(cancel_freep) struct cancel *pause = cancel_new(NULL);

	fixture_init(&f);
	struct http_fake *fake = http_fake_new(answer_patiently, &p);
	const struct reflector_options options = options_of(&f);
	struct reflector *r =
		reflector_start_on(kube_client_new_on(http_fake_transport(fake)), &options, p.cancel);
	const int64_t deadline_ns = clock_now_ns(NULL) + 20 * NS_PER_S;
	while (atomic_load(&p.watches) == 0 && clock_now_ns(NULL) < deadline_ns)
		cancel_sleep_ms(pause, 1);
	CHECK(reflector_is_synced(r));
	const int64_t stop_ns = clock_now_ns(NULL);
	cancel_set(p.cancel);
	reflector_join(r);
	CHECK(clock_now_ns(NULL) - stop_ns < 10 * NS_PER_S);
	CHECK_INT(atomic_load(&p.watches), 1);
	check_changes(&f, "+a@5 ");
	cancel_free(p.cancel);
	http_fake_free(fake);
	CHECK_INT(err_live(), 0);
}
