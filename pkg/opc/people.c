#include "opc/people.h"

#include "base/mem.h"

#define NAMES_MAX 4096

static const char *text(const struct jsonx *object, const char *member)
{
	const char *s = jsonx_get_str(object, member);

	return s ? s : "";
}

static const struct jsonx *with_id(const struct jsonx *list, const char *id)
{
	for (size_t i = 0; i < jsonx_len(list); i++)
		if (streq(text(jsonx_at(list, i), "id"), id))
			return jsonx_at(list, i);
	return NULL;
}

bool people_has(const struct jsonx *list, const char *id)
{
	return with_id(list, id) != NULL;
}

/* What is not there is left out. */
static void member(struct jsonw *w, const struct jsonx *from, const char *name, const char *as)
{
	const struct jsonx *v = jsonx_get(from, name);

	if (!v || jsonx_type(v) == JSONX_NULL)
		return;
	jsonw_key(w, as);
	jsonw_value(w, v);
}

/* --- users --- */

/* Who asks about himself is told of no state: it is this one. */
static const char *state_of(const struct jsonx *person)
{
	const char *state = jsonx_get_str(person, "state");

	if (!state)
		return "ACTIVE";
	return streq(state, "INVITED") ? "PENDING" : state;
}

static void add_user(struct jsonw *w, const struct jsonx *person)
{
	jsonw_kstr(w, "id", text(person, "id"));
	jsonw_kstr(w, "name", text(person, "name"));
	member(w, person, "email", "email");
	jsonw_kstr(w, "type", "MEMBER");
	jsonw_kstr(w, "state", state_of(person));
}

void people_write_user(struct jsonw *w, const struct jsonx *person, bool whole)
{
	jsonw_object(w);
	add_user(w, person);
	member(w, person, "role", "role");
	if (whole) {
		member(w, person, "createdAt", "created_at");
		member(w, person, "lastSignInAt", "last_auth_at");
		member(w, person, "groups", "groups");
		member(w, person, "invitation", "invitation");
		member(w, person, "invitationExpiresAt", "invitation_expires_at");
	}
	jsonw_end_object(w);
}

void people_user_head(struct table *t)
{
	table_row(t, (const char *const[]){"ID", "NAME", "EMAIL", "STATE", "ROLE"}, 5);
}

void people_user_row(struct table *t, const struct jsonx *person)
{
	table_row(t,
		  (const char *const[]){text(person, "id"), text(person, "name"), text(person, "email"),
					state_of(person), text(person, "role")},
		  5);
}

/* --- groups --- */

void people_write_group(struct jsonw *w, const struct jsonx *group, bool whole)
{
	jsonw_object(w);
	member(w, group, "id", "id");
	member(w, group, "name", "name");
	member(w, group, "description", "description");
	jsonw_kstr(w, "state", "ACTIVE");
	member(w, group, "createdAt", "created_at");
	if (whole) {
		jsonw_kstr(w, "type",
			   jsonx_true(jsonx_get(group, "builtIn")) ? "ADMINISTRATORS" : "USER_DEFINED");
		member(w, group, "global", "global");
		member(w, group, "servers", "servers");
	}
	jsonw_end_object(w);
}

void people_group_head(struct table *t)
{
	table_row(t, (const char *const[]){"ID", "NAME", "DESCRIPTION", "MEMBERS", "MANAGES"}, 5);
}

void people_group_row(struct table *t, const struct jsonx *group)
{
	const struct jsonx *servers = jsonx_get(group, "servers");
	CLEANUP(strbuf_release) struct strbuf manages = {0};
	CLEANUP(mem_freep) char *members = mem_printf("%zu", jsonx_len(jsonx_get(group, "members")));

	strbuf_init(&manages, NAMES_MAX);
	if (jsonx_true(jsonx_get(group, "global")))
		strbuf_adds(&manages, "(all)");
	for (size_t i = 0; i < jsonx_len(servers); i++)
		strbuf_addf(&manages, "%s%s", manages.len > 0 ? " " : "", text(jsonx_at(servers, i), "name"));
	table_row(t,
		  (const char *const[]){text(group, "id"), text(group, "name"), text(group, "description"),
					members, manages.p},
		  5);
}

/* --- members of groups --- */

static bool is_key(const struct jsonx *m)
{
	return streq(text(m, "kind"), "key");
}

void people_write_member(struct jsonw *w, const struct jsonx *m, const struct jsonx *people)
{
	const struct jsonx *person = with_id(people, text(m, "id"));

	jsonw_object(w);
	if (person) {
		add_user(w, person);
	} else {
		jsonw_kstr(w, "id", text(m, "id"));
		jsonw_kstr(w, "name", text(m, "name"));
		jsonw_kstr(w, "type", is_key(m) ? "SERVICE_ACCOUNT" : "MEMBER");
		jsonw_kstr(w, "state", "ACTIVE");
	}
	jsonw_kstr(w, "role", "MEMBER");
	jsonw_end_object(w);
}

void people_member_head(struct table *t)
{
	table_row(t, (const char *const[]){"ID", "NAME", "EMAIL", "STATE", "KIND"}, 5);
}

void people_member_row(struct table *t, const struct jsonx *m, const struct jsonx *people)
{
	const struct jsonx *person = with_id(people, text(m, "id"));

	table_row(t,
		  (const char *const[]){text(m, "id"), text(m, "name"), text(person, "email"),
					person ? state_of(person) : "ACTIVE", text(m, "kind")},
		  5);
}
