#include "kube/client.h"

#include "base/mem.h"
#include "base/test.h"
#include "http/fake.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct kube_target all_secrets = {&kube_secrets, NULL, NULL, NULL};

/* A collection that is served in pages as the API server does it. */
struct server {
	struct http_fake *fake;
	struct kube_client *client;
	int objects;
	size_t object_bytes;
	int expire_at; /* the page with that first object is answered by 410; 0: none */
	bool broken;   /* no resourceVersion */
};

static int number_after(const char *path, const char *key, int otherwise)
{
	const char *p = strstr(path, key);

	return p ? (int)strtol(p + strlen(key), NULL, 10) : otherwise;
}

static err_t answer(void *arg, const struct http_request *req, struct http_response *out)
{
	const struct server *s = arg;
	const int first = number_after(req->path, "continue=", 0),
		  limit = number_after(req->path, "limit=", 0);
	const int end = first + limit < s->objects ? first + limit : s->objects;
	CLEANUP(strbuf_release) struct strbuf body = {0};
	CLEANUP(mem_freep) char *filler = mem_zalloc(s->object_bytes + 1);

	memset(filler, 'x', s->object_bytes);
	if (s->expire_at && first == s->expire_at) {
		http_fake_answer(out, 410, "{\"kind\":\"Status\",\"reason\":\"Expired\"}");
		return NULL;
	}
	strbuf_init(&body, 64u << 20);
	strbuf_adds(&body, "{\"kind\":\"PartialObjectMetadataList\",\"metadata\":{");
	if (!s->broken)
		strbuf_adds(&body, "\"resourceVersion\":\"77\"");
	if (end < s->objects)
		strbuf_addf(&body, ",\"continue\":\"%d+/=\"", end);
	strbuf_adds(&body, "},\"items\":[");
	for (int i = first; i < end; i++)
		strbuf_addf(&body, "%s{\"metadata\":{\"name\":\"n%d\",\"x\":\"%s\"}}", i > first ? "," : "",
			    i, filler);
	strbuf_adds(&body, "]}");
	http_fake_answer(out, 200, body.p);
	return NULL;
}

static void server_init(struct server *s, int objects)
{
	*s = (struct server){.objects = objects};
	s->fake = http_fake_new(answer, s);
	s->client = kube_client_new_on(http_fake_transport(s->fake));
}

static void server_release(struct server *s)
{
	kube_client_free(s->client);
	http_fake_free(s->fake);
}

struct seen {
	int n;
	int fail_at;
};

static err_t on_object(void *arg, const struct jsonx *object)
{
	struct seen *seen = arg;
	char name[16];

	snprintf(name, sizeof(name), "n%d", seen->n);
	CHECK_STR(jsonx_get_str(jsonx_get(object, "metadata"), "name"), name);
	if (++seen->n == seen->fail_at)
		return err_new(ERR_INTERNAL, "enough");
	return NULL;
}

static err_t list(struct server *s, const char *version, struct seen *seen, char **out_version)
{
	return kube_list(s->client, &all_secrets, KUBE_METADATA_ONLY, "a=b", version, NULL, on_object, seen,
			 out_version);
}

TEST(list, goes_through_all_pages)
{
	CLEANUP(server_release) struct server s;
	CLEANUP(mem_freep) char *version = NULL;
	struct seen seen = {0};

	server_init(&s, 1100);
	CHECK_OK(list(&s, "42", &seen, &version));
	CHECK_INT(seen.n, 1100);
	CHECK_STR(version, "77");
	CHECK_INT(http_fake_count(s.fake), 11);
	CHECK_STR(http_fake_line(s.fake, 0), "GET /api/v1/secrets?limit=100&labelSelector=a%3Db&"
					     "resourceVersion=42&resourceVersionMatch=NotOlderThan");
	CHECK_STR(http_fake_line(s.fake, 1),
		  "GET /api/v1/secrets?limit=100&labelSelector=a%3Db&continue=100%2B%2F%3D");
}

TEST(list, a_consistent_read_names_no_version)
{
	CLEANUP(server_release) struct server s;
	struct seen seen = {0};

	server_init(&s, 0);
	CHECK_OK(list(&s, "", &seen, NULL));
	CHECK_INT(seen.n, 0);
	CHECK_STR(http_fake_line(s.fake, 0), "GET /api/v1/secrets?limit=100&labelSelector=a%3Db");
}

TEST(list, pages_that_are_too_large_are_asked_for_again_smaller)
{
	CLEANUP(server_release) struct server s;
	struct seen seen = {0};

	server_init(&s, 300);
	s.object_bytes = 90000;
	CHECK_OK(list(&s, "", &seen, NULL));
	CHECK_INT(seen.n, 300);
	CHECK_INT(http_fake_count(s.fake), 16);
}

TEST(list, what_never_fits_is_an_error)
{
	CLEANUP(server_release) struct server s;
	struct seen seen = {0};

	server_init(&s, 30);
	s.object_bytes = 3u << 20;
	CHECK_ERR(list(&s, "", &seen, NULL), ERR_TOO_LARGE);
	CHECK_INT(http_fake_count(s.fake), 3);
	CHECK_INT(seen.n, 0);
}

TEST(list, an_expired_continuation_is_gone)
{
	CLEANUP(server_release) struct server s;
	CLEANUP(mem_freep) char *version = NULL;
	struct seen seen = {0};

	server_init(&s, 1100);
	s.expire_at = 500;
	CHECK_ERR(list(&s, "", &seen, &version), ERR_GONE);
	CHECK_INT(seen.n, 500);
	CHECK(!version);
}

TEST(list, the_first_error_of_the_receiver_ends_it)
{
	CLEANUP(server_release) struct server s;
	struct seen seen = {.fail_at = 3};

	server_init(&s, 1100);
	CHECK_ERR(list(&s, "", &seen, NULL), ERR_INTERNAL);
	CHECK_INT(seen.n, 3);
	CHECK_INT(http_fake_count(s.fake), 1);
}

TEST(list, an_answer_that_is_no_list_is_refused)
{
	CLEANUP(server_release) struct server s;
	struct seen seen = {0};

	server_init(&s, 1);
	s.broken = true;
	CHECK_ERR(list(&s, "", &seen, NULL), ERR_PROTOCOL);
	CHECK_ERR(kube_list(s.client, &all_secrets, KUBE_FULL, NULL, "", NULL, on_object, &seen, NULL),
		  ERR_PROTOCOL);
	for (int fault = HTTP_FAULT_REFUSED; fault < HTTP_FAULT_END; fault++) {
		char *version = NULL;

		http_fake_forget(s.fake);
		http_fake_fault(s.fake, 0, 1, (enum http_fault)fault);
		kube_client_set_timeout(s.client, 1000);
		err_t e = list(&s, "", &seen, &version);
		CHECK_MSG(e, "fault %d", fault);
		err_free(e);
		CHECK(!version);
	}
	CHECK_INT(seen.n, 0);
	CHECK_INT(err_live(), 0);
}
