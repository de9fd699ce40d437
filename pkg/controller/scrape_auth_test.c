#include "controller/scrape_auth.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/test.h"
#include "controller/verdicts.h"
#include "http/fake.h"

#include <stdio.h>
#include <string.h>

#define PATH "/metrics"

/* An API server that knows one user. */
struct api {
	struct http_fake *fake;
	struct scrape_auth *auth;
	int64_t now_ns;
	struct clock clock;
	bool away;
	bool authenticated, allowed;
};

static err_t answer(void *arg, const struct http_request *req, struct http_response *out)
{
	const struct api *api = arg;
	const bool who = str_has_suffix(req->path, "/tokenreviews");
	char *body CLEANUP(mem_freep) = mem_printf(
		"{\"status\":{\"authenticated\":%s,\"allowed\":%s,\"user\":{\"username\":\"prom\",\"uid\":"
		"\"1\",\"groups\":[\"g\"]}}}",
		api->authenticated ? "true" : "false", api->allowed ? "true" : "false");

	CHECK(who || str_has_suffix(req->path, "/subjectaccessreviews"));
	CHECK_INT(req->timeout_ms <= 5000, true);
	http_fake_answer(out, api->away ? 500 : 201, body);
	return NULL;
}

static int64_t fake_now(void *arg)
{
	return *(const int64_t *)arg;
}

static void drop_line(void *arg, const char *line, size_t len)
{
	(void)arg;
	(void)line;
	(void)len;
}

static void api_init(struct api *api)
{
	*api = (struct api){.now_ns = NS_PER_S, .authenticated = true, .allowed = true};
	api->clock = (struct clock){.now_ns = fake_now, .arg = &api->now_ns};
	log_set_sink(drop_line, NULL);
	api->fake = http_fake_new(answer, api);
	api->auth = scrape_auth_new_on(kube_client_new_on(http_fake_transport(api->fake)), &api->clock);
}

static void api_release(struct api *api)
{
	scrape_auth_free(api->auth);
	http_fake_free(api->fake);
	log_set_sink(NULL, NULL);
}

static void check(struct api *api, const char *authorization, enum scrape_verdict want, size_t requests)
{
	const size_t before = http_fake_count(api->fake);

	CHECK_MSG(scrape_auth_check(api->auth, authorization, PATH) == want, "%s", authorization);
	CHECK_INT(http_fake_count(api->fake) - before, requests);
}

TEST(scrape_auth, asks_who_it_is_and_what_that_one_may)
{
	struct api api CLEANUP(api_release);

	api_init(&api);
	check(&api, "Bearer a", SCRAPE_ALLOWED, 2);
	CHECK(strstr(http_fake_body(api.fake, 0), "\"token\":\"a\""));
	CHECK(strstr(http_fake_body(api.fake, 1), "{\"path\":\"/metrics\",\"verb\":\"get\"}"));
	CHECK(strstr(http_fake_body(api.fake, 1), "\"user\":\"prom\",\"uid\":\"1\",\"groups\":[\"g\"]"));
	api.allowed = false;
	check(&api, "Bearer b", SCRAPE_FORBIDDEN, 2);
	api.authenticated = false;
	check(&api, "Bearer c", SCRAPE_UNAUTHENTICATED, 1);
	CHECK_INT(scrape_auth_check(NULL, "", PATH), SCRAPE_ALLOWED);
}

TEST(scrape_auth, an_answer_holds_for_a_minute)
{
	struct api api CLEANUP(api_release);

	api_init(&api);
	check(&api, "Bearer a", SCRAPE_ALLOWED, 2);
	api.allowed = false;
	check(&api, "Bearer b", SCRAPE_FORBIDDEN, 2);
	api.authenticated = false;
	check(&api, "Bearer c", SCRAPE_UNAUTHENTICATED, 1);
	api.now_ns += 60 * NS_PER_S - 1;
	check(&api, "Bearer a", SCRAPE_ALLOWED, 0);
	check(&api, "Bearer b", SCRAPE_FORBIDDEN, 0);
	check(&api, "Bearer c", SCRAPE_UNAUTHENTICATED, 0);
	CHECK_INT(scrape_auth_check(api.auth, "Bearer a", "/other"), SCRAPE_UNAUTHENTICATED);
	api.now_ns += 1;
	check(&api, "Bearer a", SCRAPE_UNAUTHENTICATED, 1);
}

TEST(scrape_auth, no_answer_is_not_kept)
{
	struct api api CLEANUP(api_release);

	api_init(&api);
	api.away = true;
	CHECK_INT(scrape_auth_check(api.auth, "Bearer a", PATH), SCRAPE_UNKNOWN);
	api.away = false;
	check(&api, "Bearer a", SCRAPE_ALLOWED, 2);
}

TEST(scrape_auth, only_what_may_be_a_token_is_asked_about)
{
	static const char *const wrong[] = {
		"",        "Bearer",     "Bearer ",    "Bearer =",   "Bearera",      "Basic a",
		"Token a", "Bearer a b", "Bearer a,b", "Bearer a=b", "Bearer \"a\"", "Bearer a\x7f"};
	static const char *const right[] = {"bearer a", "BEARER b", "Bearer  c",
					    "Bearer d==", "Bearer e.F-9_~+/"};
	struct api api CLEANUP(api_release);
	char *huge CLEANUP(mem_freep) = mem_alloc(20001);

	api_init(&api);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		check(&api, wrong[i], SCRAPE_UNAUTHENTICATED, 0);
	memset(huge, 'a', 20000);
	memcpy(huge, "Bearer ", 7);
	huge[20000] = '\0';
	check(&api, huge, SCRAPE_UNAUTHENTICATED, 0);
	for (size_t i = 0; i < ARRAY_LEN(right); i++)
		check(&api, right[i], SCRAPE_ALLOWED, 2);
	CHECK(strstr(http_fake_body(api.fake, 4), "\"token\":\"c\""));
}

/* Whoever reaches the port may send as many tokens as they like. */
TEST(scrape_auth, many_tokens_do_not_drive_out_the_allowed_one)
{
	struct api api CLEANUP(api_release);
	char text[32];

	api_init(&api);
	check(&api, "Bearer prom", SCRAPE_ALLOWED, 2);
	api.authenticated = false;
	for (int i = 0; i < 3 * VERDICTS_MAX; i++) {
		api.now_ns++;
		snprintf(text, sizeof(text), "Bearer %d", i);
		check(&api, text, SCRAPE_UNAUTHENTICATED, 1);
	}
	check(&api, text, SCRAPE_UNAUTHENTICATED, 0); /* the newest */
	check(&api, "Bearer 0", SCRAPE_UNAUTHENTICATED, 1);
	check(&api, "Bearer prom", SCRAPE_ALLOWED, 0);
}

TEST(scrape_auth, tokens_are_not_kept)
{
	static struct verdicts c;
	enum scrape_verdict verdict = SCRAPE_UNKNOWN;

	verdicts_init(&c);
	verdicts_keep(&c, "canary-token", PATH, 1, SCRAPE_ALLOWED);
	CHECK(verdicts_find(&c, "canary-token", PATH, 1, &verdict) && verdict == SCRAPE_ALLOWED);
	CHECK(!memmem(&c, sizeof(c), "canary", 6));
	verdicts_release(&c);
}

TEST(scrape_auth, no_error_is_left)
{
	CHECK_INT(err_live(), 0);
}
