#include "operator/finalizer.h"

#include "base/mem.h"
#include "base/test.h"
#include "http/fake.h"
#include "operator/onepassworditem.h"
#include "operator/quoted_test.h"

struct server {
	const char *finalizers; /* of the object */
	int patch_status;
	struct http_fake *fake;
	struct kube_client *client;
};

static err_t answer(void *arg, const struct http_request *req, struct http_response *out)
{
	const struct server *s = arg;
	char *text CLEANUP(mem_freep) = mem_printf(
		"{'kind':'%s','metadata':{'name':'db','namespace':'team','uid':'u',"
		"'resourceVersion':'7','finalizers':%s}}",
		streq(req->method, "GET") ? "PartialObjectMetadata" : "OnePasswordItem", s->finalizers);
	char *body CLEANUP(mem_freep) = quoted_dup(text);

	http_fake_answer(out, streq(req->method, "GET") ? 200 : s->patch_status, body);
	return NULL;
}

static err_t run(struct server *s)
{
	static char namespace[] = "team", name[] = "db", uid[] = "u";
	const struct kube_meta meta = {.namespace = namespace, .name = name, .uid = uid};

	s->fake = http_fake_new(answer, s);
	s->client = kube_client_new_on(http_fake_transport(s->fake));
	char *by CLEANUP(mem_freep) = NULL;

	return finalizer_remove(s->client, &onepassworditem_resource, &meta, NULL, &by);
}

static void release(struct server *s)
{
	kube_client_free(s->client);
	http_fake_free(s->fake);
}

TEST(finalizer, is_seen_among_others)
{
	static const struct {
		const char *finalizers;
		bool want;
	} cases[] = {
		{"['onepassword.com/finalizer.secret']", true},
		{"['a/b','onepassword.com/finalizer.secret']", true},
		{"['onepassword.com/finalizer']", false},
		{"[]", false},
		{"null", false},
		{"[7,null,{}]", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *text CLEANUP(mem_freep) =
			mem_printf("{'metadata':{'finalizers':%s}}", cases[i].finalizers);
		struct jsonx *json CLEANUP(jsonx_freep) = quoted_json(text);

		CHECK_MSG(finalizer_is_on(json) == cases[i].want, "%s", cases[i].finalizers);
	}
}

TEST(finalizer, only_the_originals_is_taken_out_and_only_of_that_object)
{
	struct server s = {.finalizers = "['a/b','onepassword.com/finalizer.secret','c/d']",
			   .patch_status = 200};
	char *want CLEANUP(mem_freep) = quoted_dup(
		"[{'op':'test','path':'/metadata/uid','value':'u'},"
		"{'op':'test','path':'/metadata/finalizers/1','value':'onepassword.com/finalizer.secret'},"
		"{'op':'remove','path':'/metadata/finalizers/1'}]");

	CHECK_OK(run(&s));
	CHECK_INT(http_fake_count(s.fake), 2);
	CHECK_STR(http_fake_line(s.fake, 0),
		  "GET /apis/onepassword.com/v1/namespaces/team/onepassworditems/db");
	CHECK_STR(http_fake_line(s.fake, 1),
		  "PATCH /apis/onepassword.com/v1/namespaces/team/onepassworditems/db"
		  "?fieldManager=onepassword-operator");
	CHECK_STR(http_fake_body(s.fake, 1), want);
	release(&s);
}

TEST(finalizer, one_that_has_gone_costs_no_write)
{
	struct server s = {.finalizers = "['a/b']", .patch_status = 200};

	CHECK_OK(run(&s));
	CHECK_INT(http_fake_count(s.fake), 1);
	release(&s);
}

TEST(finalizer, an_error_says_what_was_tried)
{
	struct server s = {.finalizers = "['onepassword.com/finalizer.secret']", .patch_status = 403};
	err_t e CLEANUP(err_freep) = run(&s);

	CHECK(err_is(e, ERR_DENIED));
	CHECK_MSG(str_has_prefix(err_text(e), "remove finalizer onepassword.com/finalizer.secret of db: "),
		  "%s", err_text(e));
	release(&s);
}
