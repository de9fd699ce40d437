#include "kube/client.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/test.h"
#include "http/fake.h"
#include <stdio.h>
#include <string.h>

#define OBJECT(kind, name)                                                                                   \
	"{\"kind\":\"" kind "\",\"metadata\":{\"name\":\"" name "\",\"uid\":\"u\",\"resourceVersion\":"      \
	"\"7\"}}"

static const struct kube_target db = {&kube_secrets, "team", "db", NULL};
static const struct kube_target all_secrets = {&kube_secrets, NULL, NULL, NULL};

/* What the server of a test answers, and what it was asked. */
struct server {
	struct http_fake *fake;
	struct kube_client *client;
	int status;
	const char *body;
	int64_t retry_after_ms;
	int failures; /* answers with status before 200 is given; -1: all */
	char *accept, *content_type;
	int codes[8];
	size_t n_codes;
};

static err_t answer(void *arg, const struct http_request *req, struct http_response *out)
{
	struct server *s = arg;

	mem_free(s->accept);
	mem_free(s->content_type);
	s->accept = mem_strdup(req->n_headers ? req->headers[0].value : NULL);
	s->content_type = mem_strdup(req->content_type);
	http_fake_answer(out, s->failures == 0 ? 200 : s->status, s->body);
	out->server_time_ms = 4711;
	if (s->failures != 0)
		out->retry_after_ms = s->retry_after_ms;
	if (s->failures > 0)
		s->failures--;
	return NULL;
}

static void server_init(struct server *s, int status, const char *body)
{
	*s = (struct server){.status = status, .body = body, .failures = -1};
	s->fake = http_fake_new(answer, s);
	s->client = kube_client_new_on(http_fake_transport(s->fake));
}

static void server_release(struct server *s)
{
	kube_client_free(s->client);
	http_fake_free(s->fake);
	mem_free(s->accept);
	mem_free(s->content_type);
}

TEST(client, get_asks_for_the_view_and_checks_it)
{
	static const struct {
		enum kube_view view;
		const char *accept, *body;
		bool ok;
	} cases[] = {
		{KUBE_FULL, "application/json", OBJECT("Secret", "db"), true},
		{KUBE_FULL, "application/json", OBJECT("Table", "db"), false},
		{KUBE_METADATA_ONLY, "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
		 OBJECT("PartialObjectMetadata", "db"), true},
		{KUBE_METADATA_ONLY, "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
		 OBJECT("Secret", "db"), false},
		{KUBE_FULL, "application/json", "<html>", false},
		{KUBE_FULL, "application/json", "", false},
		{KUBE_FULL, "application/json", "[]", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(server_release) struct server s;
		CLEANUP(kube_object_release) struct kube_object o = {0};

		server_init(&s, 200, cases[i].body);
		err_t e = kube_get(s.client, &db, cases[i].view, NULL, &o);
		CHECK_MSG(cases[i].ok ? !e : err_is(e, ERR_PROTOCOL), "case %zu: %s", i,
			  e ? err_text(e) : "");
		err_free(e);
		CHECK_STR(s.accept, cases[i].accept);
		CHECK_STR(http_fake_line(s.fake, 0), "GET /api/v1/namespaces/team/secrets/db");
		CHECK_INT(o.server_time_ms, cases[i].ok ? 4711 : 0);
		CHECK(!o.created);
	}
	CHECK_INT(err_live(), 0);
}

static err_t write_apply(struct kube_client *c, struct kube_object *o)
{
	return kube_apply(c, &db, "1p op", "{}", 2, NULL, o);
}

static err_t write_json_patch(struct kube_client *c, struct kube_object *o)
{
	return kube_patch(c, &db, KUBE_PATCH_JSON, "m", "[]", 2, NULL, o);
}

static err_t write_merge_patch(struct kube_client *c, struct kube_object *o)
{
	return kube_patch(c, &db, KUBE_PATCH_MERGE, NULL, "{}", 2, NULL, o);
}

static err_t write_create(struct kube_client *c, struct kube_object *o)
{
	return kube_create(c, &db, "m", "{}", 2, NULL, o);
}

static err_t write_replace(struct kube_client *c, struct kube_object *o)
{
	return kube_replace(c, &db, "m", "{}", 2, NULL, o);
}

#define DB_PATH "/api/v1/namespaces/team/secrets/db"

TEST(client, each_write_has_its_method_path_and_type)
{
	static const struct {
		err_t (*write)(struct kube_client *c, struct kube_object *o);
		const char *line, *content_type;
	} cases[] = {
		{write_apply, "PATCH " DB_PATH "?fieldManager=1p%20op&force=true",
		 "application/apply-patch+yaml"},
		{write_json_patch, "PATCH " DB_PATH "?fieldManager=m", "application/json-patch+json"},
		{write_merge_patch, "PATCH " DB_PATH, "application/merge-patch+json"},
		{write_create, "POST /api/v1/namespaces/team/secrets?fieldManager=m", "application/json"},
		{write_replace, "PUT " DB_PATH "?fieldManager=m", "application/json"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(server_release) struct server s;
		CLEANUP(kube_object_release) struct kube_object o = {0};

		server_init(&s, 201, OBJECT("Secret", "db"));
		CHECK_OK(cases[i].write(s.client, &o));
		CHECK_STR(http_fake_line(s.fake, 0), cases[i].line);
		CHECK_STR(s.content_type, cases[i].content_type);
		CHECK(o.created);
		CHECK_STR(jsonx_get_str(jsonx_get(o.json, "metadata"), "name"), "db");
	}
}

TEST(client, raw_takes_any_kind)
{
	CLEANUP(server_release) struct server s;
	CLEANUP(kube_object_release) struct kube_object version = {0}, review = {0};

	server_init(&s, 200, "{\"gitVersion\":\"v1.34.0\"}");
	CHECK_OK(kube_raw(s.client, "GET", "/version", NULL, 0, NULL, &version));
	CHECK_STR(jsonx_get_str(version.json, "gitVersion"), "v1.34.0");
	CHECK_OK(kube_raw(s.client, "POST", "/apis/x", "{}", 2, NULL, &review));
	CHECK_STR(s.content_type, "application/json");
	CHECK_STR(http_fake_line(s.fake, 1), "POST /apis/x");
}

TEST(client, statuses_become_errors_with_the_request_and_the_message)
{
	CLEANUP(server_release) struct server s;
	CLEANUP(kube_object_release) struct kube_object o = {0};

	server_init(
		&s, 409,
		"{\"kind\":\"Status\",\"code\":409,\"reason\":\"AlreadyExists\",\"message\":\"db exists\"}");
	CLEANUP(err_freep) err_t e = kube_create(s.client, &db, "m", "{}", 2, NULL, &o);
	CHECK(err_is(e, ERR_EXISTS));
	CHECK_STR(err_text(e), "POST /api/v1/namespaces/team/secrets: HTTP 409: db exists");
}

TEST(client, errors_of_writes_to_secrets_hold_nothing_of_what_was_sent)
{
	CLEANUP(server_release) struct server s;
	CLEANUP(kube_object_release) struct kube_object o = {0};
	static const struct kube_target web = {&kube_deployments, "team", "web", NULL};

	server_init(&s, 422,
		    "{\"kind\":\"Status\",\"code\":422,\"reason\":\"Invalid\",\"message\":\"canary\"}");
	CLEANUP(err_freep) err_t e = write_apply(s.client, &o);
	CHECK(!strstr(err_text(e), "canary"));
	CLEANUP(err_freep) err_t other = kube_apply(s.client, &web, "m", "{}", 2, NULL, &o);
	CHECK(strstr(err_text(other), "canary"));
}

TEST(client, a_read_waits_as_long_as_the_server_asks)
{
	static const int codes[] = {429, 503};

	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		CLEANUP(server_release) struct server s;
		CLEANUP(kube_object_release) struct kube_object o = {0};

		server_init(&s, codes[i], OBJECT("Secret", "db"));
		s.failures = 2;
		s.retry_after_ms = 20;
		const int64_t start_ns = clock_now_ns(NULL);
		CHECK_OK(kube_get(s.client, &db, KUBE_FULL, NULL, &o));
		CHECK(clock_now_ns(NULL) - start_ns >= 40 * NS_PER_MS);
		CHECK_INT(http_fake_count(s.fake), 3);
	}
}

TEST(client, a_read_does_not_wait_past_its_deadline_or_without_being_asked)
{
	static const struct {
		int code;
		int64_t retry_after_ms;
		enum err_kind kind;
	} cases[] = {{429, 5000, ERR_THROTTLED},
		     {503, 5000, ERR_UNAVAILABLE},
		     {429, 0, ERR_THROTTLED},
		     {500, 0, ERR_UNAVAILABLE},
		     {404, 10, ERR_NOT_FOUND}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(server_release) struct server s;
		struct kube_object o = {0};

		server_init(&s, cases[i].code, "");
		s.retry_after_ms = cases[i].retry_after_ms;
		kube_client_set_timeout(s.client, 1000);
		CHECK_ERR(kube_get(s.client, &db, KUBE_FULL, NULL, &o), cases[i].kind);
		CHECK_INT(http_fake_count(s.fake), 1);
	}
}

TEST(client, reads_are_not_repeated_for_ever)
{
	CLEANUP(server_release) struct server s;
	struct kube_object o = {0};

	server_init(&s, 429, "");
	s.retry_after_ms = 1;
	CHECK_ERR(kube_get(s.client, &db, KUBE_FULL, NULL, &o), ERR_THROTTLED);
	CHECK_INT(http_fake_count(s.fake), 11);
}

TEST(client, a_write_is_sent_once_and_tells_the_wait)
{
	CLEANUP(server_release) struct server s;
	struct kube_object o = {0};

	server_init(&s, 429, "");
	s.retry_after_ms = 20;
	CLEANUP(err_freep) err_t e = write_apply(s.client, &o);
	CHECK(err_is(e, ERR_THROTTLED));
	CHECK_INT(err_retry_after_ms(e), 20);
	CHECK_INT(http_fake_count(s.fake), 1);
}

TEST(client, cancel_ends_a_wait)
{
	CLEANUP(server_release) struct server s;
	CLEANUP(cancel_freep) struct cancel *cancel = cancel_new(NULL);
	struct kube_object o = {0};

	server_init(&s, 429, "");
	s.retry_after_ms = 20000;
	cancel_set(cancel);
	CHECK_ERR(kube_get(s.client, &db, KUBE_FULL, cancel, &o), ERR_CANCELED);
}

TEST(client, a_body_that_is_too_large_is_not_sent)
{
	CLEANUP(server_release) struct server s;
	CLEANUP(mem_freep) char *body = mem_zalloc(KUBE_REQUEST_MAX + 1);
	struct kube_object o = {0};

	server_init(&s, 200, "{}");
	CHECK_ERR(kube_apply(s.client, &db, "m", body, KUBE_REQUEST_MAX + 1, NULL, &o), ERR_TOO_LARGE);
	CHECK_INT(http_fake_count(s.fake), 0);
	CHECK_INT(err_live(), 0);
}

static err_t count_line(void *arg, const char *line, size_t len)
{
	size_t *n = arg;

	(void)line;
	CHECK(len > 0);
	++*n;
	return NULL;
}

TEST(client, watch_asks_for_bookmarks_and_gives_lines)
{
	CLEANUP(server_release) struct server s;
	size_t n = 0;

	server_init(&s, 200, "{\"a\":1}\n{\"b\":2}\n");
	CHECK_OK(kube_watch(s.client, &all_secrets, KUBE_METADATA_ONLY, "a=b", "42", 300, NULL, count_line,
			    &n));
	CHECK_INT(n, 2);
	CHECK_STR(http_fake_line(s.fake, 0), "GET /api/v1/secrets?watch=1&allowWatchBookmarks=true&"
					     "resourceVersion=42&timeoutSeconds=300&labelSelector=a%3Db");
	CHECK_STR(s.accept, "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
}

TEST(client, a_watch_that_is_refused_is_an_error)
{
	CLEANUP(server_release) struct server s;
	size_t n = 0;

	server_init(&s, 410, "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\"}");
	CHECK_ERR(kube_watch(s.client, &all_secrets, KUBE_FULL, NULL, "42", 300, NULL, count_line, &n),
		  ERR_GONE);
	CHECK_INT(n, 0);
	CHECK_INT(err_live(), 0);
}
