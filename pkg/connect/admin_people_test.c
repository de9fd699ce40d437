#include "connect/rest.h"

#include "base/crypto.h"
#include "base/mem.h"
#include "connect/attempts.h"
#include "vault/keytext.h"
#include "vault/usage.h"

#include <string.h>

#define PASSPHRASE "a passphrase of Ann's"

/* With the first administrator key when bearer is NULL. */
static struct answer call(struct rest *t, const struct secret *bearer, const char *method, const char *path,
			  const char *body)
{
	CLEANUP(secret_freep) struct secret *key = NULL;
	CLEANUP(mem_freep) char *whole = mem_printf("/admin/v1%s", path);

	CHECK_OK(keytext_format_pair(t->setup.admin_key.id, t->setup.admin_key.secret, &key));
	return rest_call(t, bearer ? bearer : key, method, whole, body);
}

static void check_status(struct rest *t, const struct secret *bearer, int status, const char *method,
			 const char *path, const char *body)
{
	CLEANUP(answer_release) struct answer a = call(t, bearer, method, path, body);

	CHECK_MSG(a.status == status, "%s %s: %d %s", method, path, a.status, a.body);
}

static struct answer accept(struct rest *t, const char *invitation, const char *passphrase)
{
	CLEANUP(mem_freep)
	char *body = mem_printf("{\"invitation\":\"%s\",\"passphrase\":\"%s\"}", invitation, passphrase);

	return rest_call(t, NULL, "POST", "/admin/v1/invitations/accept", body);
}

static struct answer sign_in(struct rest *t, const char *email, const char *passphrase)
{
	CLEANUP(mem_freep)
	char *body = mem_printf("{\"email\":\"%s\",\"passphrase\":\"%s\"}", email, passphrase);

	return rest_call(t, NULL, "POST", "/admin/v1/sessions", body);
}

/* Ann, who has accepted, in the group "Ops", which is on the list of a server "prod" with the demo vault. */
struct cast {
	char ann[OBJECT_ID_SIZE], ops[OBJECT_ID_SIZE], prod[OBJECT_ID_SIZE];
	struct secret *session;
};

static void cast_release(struct cast *c)
{
	secret_freep(&c->session);
}

static void make(struct rest *t, const char *path, const char *body, char out_id[OBJECT_ID_SIZE])
{
	CLEANUP(answer_release) struct answer a = call(t, NULL, "POST", path, body);

	CHECK_MSG(a.status == 201, "%s: %d %s", path, a.status, a.body);
	object_id_set(out_id, jsonx_get_str(a.json, "id"));
}

static void cast_init(struct rest *t, struct cast *c)
{
	CLEANUP(mem_freep)
	char *server = mem_printf("{\"name\":\"prod\",\"vaults\":[{\"id\":\"%s\"}]}", t->vault_id);

	*c = (struct cast){0};
	make(t, "/servers", server, c->prod);
	make(t, "/groups", "{\"name\":\"Ops\",\"description\":\"keeps prod running\"}", c->ops);
	CLEANUP(mem_freep) char *list = mem_printf("/groups/%s/servers/%s", c->ops, c->prod);
	check_status(t, NULL, 200, "PUT", list, NULL);
	CLEANUP(answer_release)
	struct answer invited =
		call(t, NULL, "POST", "/people",
		     "{\"name\":\"Ann\",\"email\":\"ann@example.org\",\"groups\":[{\"name\":\"Ops\"}]}");
	CHECK_INT(invited.status, 201);
	CHECK_STR(jsonx_get_str(invited.json, "state"), "INVITED");
	CHECK(jsonx_get_str(invited.json, "invitationExpiresAt"));
	object_id_set(c->ann, jsonx_get_str(invited.json, "id"));
	CLEANUP(answer_release)
	struct answer accepted = accept(t, jsonx_get_str(invited.json, "invitation"), PASSPHRASE);
	CHECK_INT(accepted.status, 200);
	CHECK_STR(jsonx_get_str(accepted.json, "state"), "ACTIVE");
	CLEANUP(answer_release) struct answer session = sign_in(t, "ann@example.org", PASSPHRASE);
	CHECK_INT(session.status, 201);
	CHECK(jsonx_get_str(session.json, "expiresAt"));
	c->session = secret_from_str(jsonx_get_str(session.json, "token"));
}

TEST(admin_people, who_signed_in_manages_what_the_groups_do)
{
	CLEANUP(rest_release) struct rest t;
	CLEANUP(cast_release) struct cast c;

	rest_init(&t);
	cast_init(&t, &c);
	CLEANUP(answer_release) struct answer who = call(&t, c.session, "GET", "/whoami", NULL);
	CHECK_STR(jsonx_get_str(who.json, "name"), "Ann");
	CHECK_STR(jsonx_get_str(who.json, "kind"), "person");
	CHECK_STR(jsonx_get_str(who.json, "role"), "member");
	CHECK_STR(jsonx_get_str(jsonx_at(jsonx_get(who.json, "groups"), 0), "name"), "Ops");
	CLEANUP(answer_release) struct answer servers = call(&t, c.session, "GET", "/servers", NULL);
	CHECK_INT(jsonx_len(servers.json), 1);
	CHECK_STR(jsonx_get_str(jsonx_at(servers.json, 0), "name"), "prod");
	CLEANUP(mem_freep)
	char *token = mem_printf("{\"name\":\"ci\",\"serverId\":\"%s\",\"vaults\":[{\"id\":\"%s\","
				 "\"read\":true}]}",
				 c.prod, t.vault_id);
	CLEANUP(answer_release) struct answer issued = call(&t, c.session, "POST", "/tokens", token);
	CHECK_INT(issued.status, 201);
	CHECK_STR(jsonx_get_str(issued.json, "creatorId"), c.ann);
}

TEST(admin_people, what_is_for_managers_is_403_and_what_is_elsewhere_404)
{
	static const struct {
		const char *method, *path, *body;
	} cases[] = {
		{"GET", "/people", NULL},
		{"GET", "/groups", NULL},
		{"GET", "/keys", NULL},
		{"GET", "/usage", NULL},
		{"POST", "/vaults", "{\"name\":\"x\"}"},
		{"POST", "/servers", "{\"name\":\"x\"}"},
		{"POST", "/groups", "{\"name\":\"x\"}"},
		{"POST", "/people", "{\"name\":\"x\",\"email\":\"x@example.org\"}"},
		{"POST", "/keys", "{\"name\":\"x\",\"role\":\"manager\"}"},
	};
	CLEANUP(rest_release) struct rest t;
	CLEANUP(cast_release) struct cast c;

	rest_init(&t);
	cast_init(&t, &c);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_status(&t, c.session, 403, cases[i].method, cases[i].path, cases[i].body);
	CLEANUP(mem_freep) char *token = mem_printf("/tokens/%s", t.token_id);
	CLEANUP(mem_freep) char *vault = mem_printf("/vaults/%s", t.foreign_id);
	check_status(&t, c.session, 404, "GET", token, NULL);
	check_status(&t, c.session, 404, "DELETE", token, NULL);
	check_status(&t, c.session, 404, "GET", vault, NULL);
}

TEST(admin_people, a_session_ends_with_sign_out_suspension_and_another_passphrase)
{
	CLEANUP(rest_release) struct rest t;
	CLEANUP(cast_release) struct cast c;

	rest_init(&t);
	cast_init(&t, &c);
	CLEANUP(answer_release)
	struct answer changed =
		call(&t, c.session, "PUT", "/passphrase",
		     "{\"passphrase\":\"" PASSPHRASE "\",\"newPassphrase\":\"something quite new\"}");
	CHECK_INT(changed.status, 200);
	check_status(&t, c.session, 401, "GET", "/whoami", NULL);
	CLEANUP(secret_freep) struct secret *next = secret_from_str(jsonx_get_str(changed.json, "token"));
	check_status(&t, next, 200, "GET", "/whoami", NULL);
	check_status(&t, next, 204, "DELETE", "/sessions/current", NULL);
	check_status(&t, next, 401, "GET", "/whoami", NULL);
	CLEANUP(answer_release) struct answer again = sign_in(&t, "ann@example.org", "something quite new");
	CHECK_INT(again.status, 201);
	CLEANUP(secret_freep) struct secret *last = secret_from_str(jsonx_get_str(again.json, "token"));
	CLEANUP(mem_freep) char *suspend = mem_printf("/people/%s/suspend", c.ann);
	check_status(&t, NULL, 200, "POST", suspend, NULL);
	check_status(&t, last, 401, "GET", "/whoami", NULL);
}

TEST(admin_people, guessing_is_slowed_down_and_told_of)
{
	CLEANUP(rest_release) struct rest t;
	CLEANUP(cast_release) struct cast c;

	rest_init(&t);
	cast_init(&t, &c);
	for (int i = 0; i < ATTEMPTS_FREE; i++) {
		CLEANUP(answer_release)
		struct answer a = sign_in(&t, "ann@example.org", "not it, but long enough");

		check_error(&a, 401, "email address or passphrase is wrong, or may not sign in");
	}
	CLEANUP(answer_release) struct answer a = sign_in(&t, "Ann@example.org", PASSPHRASE);
	CHECK_INT(a.status, 429);
	CHECK(strstr(a.head, "Retry-After: "));
	t.peer = "10.0.0.8"; /* the account waits wherever the next attempt is from */
	CLEANUP(answer_release) struct answer b = sign_in(&t, "ann@example.org", PASSPHRASE);
	CHECK_INT(b.status, 429);
}

TEST(admin_people, what_was_changed_of_a_group_is_in_the_usage_log)
{
	CLEANUP(rest_release) struct rest t;
	CLEANUP(cast_release) struct cast c;

	rest_init(&t);
	cast_init(&t, &c);
	CLEANUP(mem_freep) char *path = mem_printf("/groups/%s/members/%s", c.ops, c.ann);
	check_status(&t, NULL, 204, "DELETE", path, NULL);
	CLEANUP(answer_release) struct answer usage = call(&t, NULL, "GET", "/usage?limit=1", NULL);
	const struct jsonx *row = jsonx_at(jsonx_get(usage.json, "rows"), 0);
	CHECK_STR(jsonx_get_str(row, "what"), "admin_member_remove");
	CHECK_STR(jsonx_get_str(row, "subjectId"), c.ops);
	CHECK_STR(jsonx_get_str(row, "objectId"), c.ann);
	check_status(&t, c.session, 200, "GET", "/whoami", NULL);
	CLEANUP(answer_release) struct answer servers = call(&t, c.session, "GET", "/servers", NULL);
	CHECK_INT(jsonx_len(servers.json), 0);
}

TEST(admin_people, who_lost_the_passphrase_is_invited_anew)
{
	CLEANUP(rest_release) struct rest t;
	CLEANUP(cast_release) struct cast c;

	rest_init(&t);
	cast_init(&t, &c);
	CLEANUP(mem_freep) char *recover = mem_printf("/people/%s/recover", c.ann);
	CLEANUP(answer_release) struct answer invited = call(&t, NULL, "POST", recover, NULL);
	CHECK_INT(invited.status, 200);
	check_status(&t, c.session, 401, "GET", "/whoami", NULL);
	CLEANUP(answer_release)
	struct answer accepted = accept(&t, jsonx_get_str(invited.json, "invitation"), "one more passphrase");
	CHECK_INT(accepted.status, 200);
	CLEANUP(answer_release)
	struct answer used = accept(&t, jsonx_get_str(invited.json, "invitation"), "one more passphrase");
	CHECK_INT(used.status, 401);
	CLEANUP(answer_release) struct answer session = sign_in(&t, "ann@example.org", "one more passphrase");
	CHECK_INT(session.status, 201);
}

TEST(admin_people, bad_bodies_name_the_member)
{
	static const struct {
		const char *method, *path, *body, *message;
	} cases[] = {
		{"POST", "/people", "{\"name\":\"Bob\"}", "email address"},
		{"POST", "/people", "{\"name\":\"Bob\",\"email\":\"bob@example.org\",\"role\":\"king\"}",
		 "\"role\""},
		{"POST", "/people", "{\"name\":\"Bob\",\"email\":\"bob@example.org\",\"groups\":[{}]}",
		 "groups[0]"},
		{"POST", "/people",
		 "{\"name\":\"Bob\",\"email\":\"bob@example.org\",\"groups\":[{\"name\":\"Nobody\"}]}",
		 "no group is called \"Nobody\""},
		{"POST", "/people", "{\"name\":\"Bob\",\"email\":7}", "\"email\" must be a text"},
		{"POST", "/groups", "{}", "the name of a group"},
		{"POST", "/sessions", "{\"email\":\"ann@example.org\"}", "\"passphrase\""},
		{"POST", "/invitations/accept", "{\"passphrase\":\"x\"}", "\"invitation\""},
	};
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(answer_release)
		struct answer a = call(&t, NULL, cases[i].method, cases[i].path, cases[i].body);

		CHECK_MSG(a.status == 400 && strstr(a.body, "message"), "%s: %d %s", cases[i].body, a.status,
			  a.body);
		CHECK_MSG(strstr(jsonx_get_str(a.json, "message"), cases[i].message), "%s", a.body);
	}
}
