#include "opc/people.h"

#include "base/test.h"

#include <string.h>

#define ANN                                                                                                  \
	"{\"id\":\"ann\",\"name\":\"Ann\",\"email\":\"ann@example.org\",\"role\":\"member\",\"state\":"      \
	"\"INVITED\",\"createdAt\":\"2026-01-02T03:04:05Z\",\"groups\":[{\"id\":\"ops\",\"name\":\"Ops\"}]," \
	"\"invitation\":\"once\"}"
#define OPS                                                                                                  \
	"{\"id\":\"ops\",\"name\":\"Ops\",\"description\":\"nights\",\"createdAt\":\"2026-01-02T03:04:05Z\"" \
	",\"builtIn\":false,\"global\":true,\"members\":[{\"id\":\"ann\",\"kind\":\"person\",\"name\":"      \
	"\"Ann\"},{\"id\":\"ci\",\"kind\":\"key\",\"name\":\"ci key\"}],\"servers\":[{\"id\":\"s\","         \
	"\"name\":\"prod\"}]}"

static struct jsonx *parse(const char *text)
{
	struct jsonx *doc = NULL;

	CHECK_OK(jsonx_parse(text, strlen(text), &doc));
	return doc;
}

TEST(people, a_user_has_the_members_of_op)
{
	CLEANUP(jsonx_freep) struct jsonx *ann = parse(ANN);
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct jsonw w;

	strbuf_init(&out, 4096);
	jsonw_init_str(&w, &out);
	people_write_user(&w, ann, false);
	CHECK_OK(jsonw_done(&w));
	CHECK_STR(out.p, "{\"id\":\"ann\",\"name\":\"Ann\",\"email\":\"ann@example.org\",\"type\":\"MEMBER\","
			 "\"state\":\"PENDING\",\"role\":\"member\"}");
	strbuf_reset(&out);
	jsonw_init_str(&w, &out);
	people_write_user(&w, ann, true);
	CHECK_OK(jsonw_done(&w));
	CHECK(strstr(out.p, "\"created_at\":\"2026-01-02T03:04:05Z\",\"groups\":[{\"id\":\"ops\","
			    "\"name\":\"Ops\"}],\"invitation\":\"once\"}"));
	CHECK(!strstr(out.p, "last_auth_at"));
}

TEST(people, a_group_has_the_members_of_op)
{
	CLEANUP(jsonx_freep) struct jsonx *ops = parse(OPS);
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct jsonw w;

	strbuf_init(&out, 4096);
	jsonw_init_str(&w, &out);
	people_write_group(&w, ops, false);
	CHECK_OK(jsonw_done(&w));
	CHECK_STR(out.p, "{\"id\":\"ops\",\"name\":\"Ops\",\"description\":\"nights\",\"state\":\"ACTIVE\","
			 "\"created_at\":\"2026-01-02T03:04:05Z\"}");
	strbuf_reset(&out);
	jsonw_init_str(&w, &out);
	people_write_group(&w, ops, true);
	CHECK_OK(jsonw_done(&w));
	CHECK(strstr(out.p, "\"type\":\"USER_DEFINED\",\"global\":true,\"servers\":[{\"id\":\"s\","
			    "\"name\":\"prod\"}]}"));
}

TEST(people, members_of_a_group_are_people_and_keys)
{
	CLEANUP(jsonx_freep) struct jsonx *ops = parse(OPS);
	CLEANUP(jsonx_freep) struct jsonx *people = parse("[" ANN "]");
	CLEANUP(strbuf_release) struct strbuf out = {0};
	const struct jsonx *members = jsonx_get(ops, "members");
	struct jsonw w;

	strbuf_init(&out, 4096);
	jsonw_init_str(&w, &out);
	jsonw_array(&w);
	people_write_member(&w, jsonx_at(members, 0), people);
	people_write_member(&w, jsonx_at(members, 1), people);
	jsonw_end_array(&w);
	CHECK_OK(jsonw_done(&w));
	CHECK_STR(out.p,
		  "[{\"id\":\"ann\",\"name\":\"Ann\",\"email\":\"ann@example.org\",\"type\":"
		  "\"MEMBER\",\"state\":\"PENDING\",\"role\":\"MEMBER\"},{\"id\":\"ci\",\"name\":"
		  "\"ci key\",\"type\":\"SERVICE_ACCOUNT\",\"state\":\"ACTIVE\",\"role\":\"MEMBER\"}]");
	CHECK(people_has(members, "ci"));
	CHECK(!people_has(members, "bob"));
}

TEST(people, tables_say_what_a_group_manages_and_who_is_invited)
{
	CLEANUP(jsonx_freep) struct jsonx *ops = parse(OPS);
	CLEANUP(jsonx_freep) struct jsonx *people = parse("[" ANN "]");
	CLEANUP(table_release) struct table groups = {0}, users = {0}, members = {0};
	CLEANUP(strbuf_release) struct strbuf out = {0};

	strbuf_init(&out, 4096);
	people_group_head(&groups);
	people_group_row(&groups, ops);
	table_write(&groups, 0, false, &out);
	CHECK_STR(out.p, "ID    NAME   DESCRIPTION   MEMBERS   MANAGES\n"
			 "ops   Ops    nights        2         (all) prod\n");
	strbuf_reset(&out);
	people_user_head(&users);
	people_user_row(&users, jsonx_at(people, 0));
	table_write(&users, 0, false, &out);
	CHECK_STR(out.p, "ID    NAME   EMAIL             STATE     ROLE\n"
			 "ann   Ann    ann@example.org   PENDING   member\n");
	strbuf_reset(&out);
	people_member_head(&members);
	people_member_row(&members, jsonx_at(jsonx_get(ops, "members"), 1), people);
	table_write(&members, 0, false, &out);
	CHECK_STR(out.p, "ID   NAME     EMAIL   STATE    KIND\n"
			 "ci   ci key           ACTIVE   key\n");
}
