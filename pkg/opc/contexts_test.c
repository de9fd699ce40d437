#include "opc/contexts.h"

#include "base/mem.h"
#include "base/test.h"

#include <string.h>

static err_t parse(const char *json, struct contexts *out)
{
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;

	CHECK_OK(jsonx_parse(json, strlen(json), &doc));
	return contexts_parse(doc, out);
}

TEST(contexts, what_is_set_is_written_and_read_again)
{
	CLEANUP(contexts_release) struct contexts c = {0};
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct opc_server *server = NULL;
	struct opc_context *context = NULL;

	CHECK_OK(contexts_set_server(&c, "main", &server));
	server->connect = mem_strdup("https://a:8080/\"x\"");
	CHECK_OK(contexts_set_context(&c, "prod", &context));
	context->server = mem_strdup("main");
	context->token_file = mem_strdup("prod.token");
	c.current = mem_strdup("prod");
	strbuf_init(&text, CONTEXTS_BYTES_MAX);
	CHECK_OK(contexts_write(&c, &text));
	CHECK_STR(text.p, "current-context: \"prod\"\nservers:\n- name: \"main\"\n  connect: "
			  "\"https://a:8080/\\\"x\\\"\"\ncontexts:\n- name: \"prod\"\n  server: \"main\"\n  "
			  "token-file: \"prod.token\"\n");
	CHECK(contexts_delete(&c, "prod"));
	CHECK(!c.current && c.n == 0);
	CHECK(!contexts_delete(&c, "prod"));
}

TEST(contexts, a_file_names_servers_and_contexts)
{
	CLEANUP(contexts_release) struct contexts c = {0};

	CHECK_OK(parse("{\"current-context\":\"b\",\"servers\":[{\"name\":\"s\",\"connect\":\"http://x\"}],"
		       "\"contexts\":[{\"name\":\"a\",\"server\":\"s\"},{\"name\":\"b\",\"server\":\"s\","
		       "\"token-file\":\"t\",\"admin-key\":\"k\"}]}",
		       &c));
	CHECK_STR(c.current, "b");
	CHECK_STR(contexts_server(&c, "s")->connect, "http://x");
	CHECK(!contexts_server(&c, "s")->admin && !contexts_find(&c, "c"));
	CHECK_STR(contexts_find(&c, "b")->admin_key, "k");
}

TEST(contexts, what_does_not_fit_together_is_refused)
{
	static const char *const wrong[] = {
		"[]",
		"{\"current-context\":\"a\"}",
		"{\"contexts\":[{\"name\":\"a\",\"server\":\"s\"}]}",
		"{\"servers\":[{\"name\":\"../a\"}]}",
		"{\"servers\":[{\"name\":\"a\",\"connect\":7}]}",
		"{\"servers\":[{}]}",
		"{\"servers\":[{\"name\":\"s\",\"connect\":\"x\"},{\"name\":\"s\",\"connect\":\"y\"}]}",
	};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		CLEANUP(contexts_release) struct contexts c = {0};

		CHECK_ERR(parse(wrong[i], &c), ERR_INVALID);
	}
}
