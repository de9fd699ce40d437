#include "vault/admin_people.h"

#include "base/clock.h"
#include "base/mem.h"
#include "vault/admin_members.h"
#include "vault/keytext.h"
#include "vault/person.h"

#include <string.h>
#include <strings.h>

#define EMAIL_MAX_BYTES 254 /* RFC 5321 4.5.3.1 as commonly read */

void vault_person_release(struct vault_person *p)
{
	mem_freep(&p->name);
	mem_freep(&p->email);
	vault_refs_release(&p->groups);
}

void vault_people_release(struct vault_people *l)
{
	for (size_t i = 0; i < l->n; i++)
		vault_person_release(&l->v[i]);
	mem_freep(&l->v);
	l->n = 0;
}

void person_key_release(struct person_key *k)
{
	secret_freep(&k->private_key);
}

void person_describe(const struct tx *t, const struct principal *p, const struct principals *groups,
		     struct vault_person *out)
{
	*out = (struct vault_person){.name = mem_strdup(p->name),
				     .email = mem_strdup(p->person.email),
				     .role = p->role,
				     .state = p->person.state,
				     .created_ms = p->created_ms,
				     .invitation_ends_ms = p->person.invitation_ends_ms,
				     .signed_in_ms = p->person.signed_in_ms};
	object_id_set(out->id, p->id);
	out->groups.v = mem_calloc(groups->n + 1, sizeof(*out->groups.v));
	for (size_t i = 0; i < groups->n; i++) {
		if (!member_is_in(t, &groups->v[i], p))
			continue;
		struct vault_ref *ref = &out->groups.v[out->groups.n++];
		object_id_set(ref->id, groups->v[i].id);
		ref->name = mem_strdup(groups->v[i].name);
	}
}

err_t vault_admin_list_people(struct vault_admin *a, struct vault_people *out)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(principals_release) struct principals people = {0}, groups = {0};

	TRY_(admin_check_looks(a, "people"));
	TRY_(tx_begin(a->store, false, &t));
	TRY_(principal_list(&t, PRINCIPAL_PERSON, &people));
	TRY_(principal_list(&t, PRINCIPAL_GROUP, &groups));
	out->v = mem_calloc(people.n + 1, sizeof(*out->v));
	for (out->n = 0; out->n < people.n; out->n++)
		person_describe(&t, &people.v[out->n], &groups, &out->v[out->n]);
	return NULL;
}

err_t vault_admin_get_person(struct vault_admin *a, const char *id, struct vault_person *out)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(principal_release) struct principal p = {0};
	CLEANUP(principals_release) struct principals groups = {0};

	TRY_(admin_check_looks(a, "people"));
	TRY_(tx_begin(a->store, false, &t));
	TRY_(principal_read_kind(&t, PRINCIPAL_PERSON, id, &p));
	TRY_(principal_list(&t, PRINCIPAL_GROUP, &groups));
	person_describe(&t, &p, &groups, out);
	return NULL;
}

static NODISCARD err_t check_email(const char *text)
{
	const size_t len = text ? strlen(text) : 0;
	const char *at = text ? strchr(text, '@') : NULL;
	bool ok = at && at != text && at[1] && len <= EMAIL_MAX_BYTES && str_is_utf8(text, len);

	for (size_t i = 0; i < len; i++)
		ok = ok && (unsigned char)text[i] > ' ' && text[i] != 0x7F;
	return ok ? NULL
		  : err_new(ERR_INVALID, "an email address is written NAME@HOST, with at most %d bytes",
			    EMAIL_MAX_BYTES);
}

err_t person_find(struct tx *t, const char *email, struct principal *out)
{
	CLEANUP(principals_release) struct principals people = {0};

	TRY_(principal_list(t, PRINCIPAL_PERSON, &people));
	for (size_t i = 0; i < people.n; i++) {
		if (strcasecmp(people.v[i].person.email, email) != 0)
			continue;
		*out = people.v[i];
		people.v[i] = (struct principal){0};
		return NULL;
	}
	return err_new(ERR_NOT_FOUND, "nobody has that address");
}

/* Nobody but `self` (NULL: nobody at all) may have it. */
static NODISCARD err_t check_email_is_free(struct tx *t, const char *email, const char *self)
{
	CLEANUP(principal_release) struct principal p = {0};
	CLEANUP(err_freep) err_t e = person_find(t, email, &p);

	if (!e && !streq(p.id, self))
		return err_new(ERR_EXISTS, "person %s has that email address", p.id);
	return !e || err_is(e, ERR_NOT_FOUND) ? NULL : TAKE(e);
}

/* Makes an invitation and its key pair; the caller seals keys to it and writes the person. */
static NODISCARD err_t invite(struct principal *p, struct secret **out_text)
{
	CLEANUP(secret_freep) struct secret *secret = crypto_key_new();

	TRY_(principal_invite(p, secret, clock_wall_ms() + INVITATION_MS));
	return keytext_format_pair(p->id, secret, out_text);
}

static NODISCARD err_t join(const struct vault_admin *a, struct tx *t, struct principal *p,
			    const struct strv *group_ids)
{
	for (size_t i = 0; i < group_ids->n; i++) {
		CLEANUP(principal_release) struct principal group = {0};

		TRY_(principal_read_kind(t, PRINCIPAL_GROUP, group_ids->v[i], &group));
		TRY_(member_add(a, t, &group, p));
	}
	return NULL;
}

err_t vault_admin_invite(struct vault_admin *a, const struct person_order *order, char out_id[OBJECT_ID_SIZE],
			 struct secret **out_invitation)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(principal_release) struct principal p = {0};
	CLEANUP(secret_freep) struct secret *text = NULL;

	TRY_(admin_check_name("person", order->name));
	TRY_(check_email(order->email));
	if (order->role != ADMIN_MEMBER && order->role != ADMIN_AUDITOR)
		return err_new(ERR_INVALID, "a person becomes a manager by the group Managers");
	p = principal_make_person(order->name, order->email, order->role);
	TRY_(invite(&p, &text));
	TRY_(admin_begin_write(a, &t));
	TRY_(member_check_room(&t));
	TRY_(check_email_is_free(&t, order->email, NULL));
	TRY_(principal_write(&t, &p));
	TRY_(join(a, &t, &p, order->groups));
	TRY_(tx_commit(&t));
	object_id_set(out_id, p.id);
	*out_invitation = TAKE(text);
	return NULL;
}

static NODISCARD err_t begin_person(const struct vault_admin *a, const char *id, struct tx *t,
				    struct principal *out)
{
	TRY_(admin_begin_write(a, t));
	return principal_read_kind(t, PRINCIPAL_PERSON, id, out);
}

err_t vault_admin_edit_person(struct vault_admin *a, const char *id, const char *name, const char *email)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(principal_release) struct principal p = {0};

	if (name)
		TRY_(admin_check_name("person", name));
	if (email)
		TRY_(check_email(email));
	TRY_(begin_person(a, id, &t, &p));
	if (email)
		TRY_(check_email_is_free(&t, email, id));
	admin_set_text(&p.name, name);
	admin_set_text(&p.person.email, email);
	TRY_(principal_write(&t, &p));
	return tx_commit(&t);
}

static NODISCARD err_t set_state(struct vault_admin *a, const char *id, enum person_state from,
				 enum person_state to)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(principal_release) struct principal p = {0};

	TRY_(begin_person(a, id, &t, &p));
	if (p.person.state == to)
		return NULL;
	if (p.person.state != from)
		return err_new(ERR_CONFLICT, "person %s has not accepted the invitation yet", id);
	p.person.state = to;
	TRY_(principal_write(&t, &p));
	TRY_(member_check_managers_left(&t));
	return tx_commit(&t);
}

err_t vault_admin_suspend_person(struct vault_admin *a, const char *id)
{
	return set_state(a, id, PERSON_ACTIVE, PERSON_SUSPENDED);
}

err_t vault_admin_reactivate_person(struct vault_admin *a, const char *id)
{
	return set_state(a, id, PERSON_SUSPENDED, PERSON_ACTIVE);
}

err_t vault_admin_recover_person(struct vault_admin *a, const char *id, struct secret **out_invitation)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(principal_release) struct principal p = {0};
	CLEANUP(secret_freep) struct secret *text = NULL;

	TRY_(begin_person(a, id, &t, &p));
	if (p.person.state == PERSON_SUSPENDED)
		return err_new(ERR_CONFLICT,
			       "the person is suspended; reactivate first, or delete the person");
	TRY_(invite(&p, &text));
	TRY_(principal_write(&t, &p));
	TRY_(member_check_managers_left(&t));
	TRY_(member_seal_anew(a, &t, &p));
	TRY_(tx_commit(&t));
	*out_invitation = TAKE(text);
	return NULL;
}

err_t vault_admin_delete_person(struct vault_admin *a, const char *id)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(principal_release) struct principal p = {0};

	TRY_(begin_person(a, id, &t, &p));
	TRY_(member_forget(&t, &p));
	return tx_commit(&t);
}
