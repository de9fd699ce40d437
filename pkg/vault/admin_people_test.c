#include "vault/admin_people.h"

#include "base/mem.h"
#include "vault/admin_groups.h"
#include "vault/fixture.h"

#include <string.h>

#define ANN "ann@example.org"
#define PASSPHRASE "a passphrase of Ann's"
#define NEW_PASSPHRASE "another passphrase of Ann's"

struct house {
	struct fixture f;
	char managers_id[OBJECT_ID_SIZE];
	char ann_id[OBJECT_ID_SIZE];
	struct secret *invitation; /* Ann's, into the group Managers */
};

static void house_init(struct house *h)
{
	CLEANUP(vault_groups_release) struct vault_groups groups = {0};
	CLEANUP(strv_release) struct strv ids = {0};

	*h = (struct house){0};
	fixture_init(&h->f);
	CHECK_OK(vault_admin_list_groups(h->f.admin, &groups));
	object_id_set(h->managers_id, groups.v[0].id);
	strv_add(&ids, h->managers_id);
	const struct person_order order = {.name = "Ann", .email = ANN, .role = ADMIN_MEMBER, .groups = &ids};
	CHECK_OK(vault_admin_invite(h->f.admin, &order, h->ann_id, &h->invitation));
}

static void house_release(struct house *h)
{
	secret_freep(&h->invitation);
	fixture_release(&h->f);
}

static void check_kind(err_t e, enum err_kind kind)
{
	CHECK_MSG(err_is(e, kind), "%s", e ? err_text(e) : "no error");
	err_free(e);
}

static err_t accept(struct house *h, const struct secret *invitation, const char *passphrase)
{
	CLEANUP(secret_freep) struct secret *text = secret_from_str(passphrase);
	CLEANUP(vault_person_release) struct vault_person ann = {0};

	TRY_(vault_person_accept(h->f.store, secret_bytes(invitation), text, &ann));
	CHECK_STR(ann.id, h->ann_id);
	CHECK_INT(ann.state, PERSON_ACTIVE);
	return NULL;
}

static err_t sign_in(struct house *h, const char *email, const char *passphrase, struct person_key *out)
{
	CLEANUP(secret_freep) struct secret *text = secret_from_str(passphrase);

	return vault_person_sign_in(h->f.store, email, text, out);
}

static err_t try_sign_in(struct house *h, const char *email, const char *passphrase)
{
	CLEANUP(person_key_release) struct person_key key = {0};

	return sign_in(h, email, passphrase, &key);
}

/* Whether whoever holds that key opens the fixture's vault. */
static err_t open_vaults(struct house *h, const struct person_key *key)
{
	CLEANUP(vault_admin_freep) struct vault_admin *a = NULL;
	CLEANUP(vault_infos_release) struct vault_infos vaults = {0};

	TRY_(vault_admin_open_person(h->f.store, key, &a));
	TRY_(vault_admin_list_vaults(a, &vaults));
	CHECK_INT(vaults.n, 1);
	CHECK_STR(vaults.v[0].name, CANARY_VAULT);
	return NULL;
}

TEST(admin_people, who_accepts_an_invitation_signs_in_and_has_the_groups_keys)
{
	CLEANUP(house_release) struct house h;
	CLEANUP(person_key_release) struct person_key key = {0};
	CLEANUP(vault_person_release) struct vault_person ann = {0};

	house_init(&h);
	check_kind(try_sign_in(&h, ANN, PASSPHRASE), ERR_DENIED);
	CHECK_OK(accept(&h, h.invitation, PASSPHRASE));
	CHECK_OK(sign_in(&h, "ANN@example.ORG", PASSPHRASE, &key));
	CHECK_OK(open_vaults(&h, &key));
	CHECK_OK(vault_admin_get_person(h.f.admin, h.ann_id, &ann));
	CHECK(ann.signed_in_ms > 0);
	CHECK_INT(ann.role, ADMIN_MANAGER);
	CHECK_INT(ann.groups.n, 1);
}

TEST(admin_people, an_invitation_is_good_once_and_only_as_it_was_given)
{
	CLEANUP(house_release) struct house h;

	house_init(&h);
	CLEANUP(mem_freep) char *text = mem_strdup(secret_bytes(h.invitation));
	text[30] = text[30] == 'A' ? 'B' : 'A';
	CLEANUP(secret_freep) struct secret *changed = secret_from_str(text);
	CLEANUP(secret_freep) struct secret *nonsense = secret_from_str("nonsense");
	check_kind(accept(&h, changed, PASSPHRASE), ERR_DENIED);
	check_kind(accept(&h, nonsense, PASSPHRASE), ERR_DENIED);
	check_kind(accept(&h, h.invitation, "too short"), ERR_INVALID);
	CHECK_OK(accept(&h, h.invitation, PASSPHRASE));
	check_kind(accept(&h, h.invitation, NEW_PASSPHRASE), ERR_DENIED);
	CHECK_OK(try_sign_in(&h, ANN, PASSPHRASE));
}

TEST(admin_people, one_text_tells_no_stranger_who_there_is)
{
	CLEANUP(house_release) struct house h;

	house_init(&h);
	CHECK_OK(accept(&h, h.invitation, PASSPHRASE));
	CLEANUP(err_freep) err_t wrong = try_sign_in(&h, ANN, NEW_PASSPHRASE);
	CLEANUP(err_freep) err_t nobody = try_sign_in(&h, "bob@example.org", PASSPHRASE);
	CHECK(err_is(wrong, ERR_DENIED) && err_is(nobody, ERR_DENIED));
	CHECK_STR(err_text(wrong), err_text(nobody));
	CHECK_OK(vault_admin_suspend_person(h.f.admin, h.ann_id));
	CLEANUP(secret_freep) struct secret *invitation = NULL;
	check_kind(vault_admin_recover_person(h.f.admin, h.ann_id, &invitation), ERR_CONFLICT);
	CLEANUP(err_freep) err_t suspended = try_sign_in(&h, ANN, PASSPHRASE);
	CHECK_STR(err_text(suspended), err_text(nobody));
}

TEST(admin_people, a_session_ends_with_suspension_and_deletion)
{
	CLEANUP(house_release) struct house h;
	CLEANUP(person_key_release) struct person_key key = {0};

	house_init(&h);
	check_kind(vault_admin_suspend_person(h.f.admin, h.ann_id), ERR_CONFLICT); /* has not accepted yet */
	CHECK_OK(accept(&h, h.invitation, PASSPHRASE));
	CHECK_OK(sign_in(&h, ANN, PASSPHRASE, &key));
	CHECK_OK(vault_admin_suspend_person(h.f.admin, h.ann_id));
	check_kind(open_vaults(&h, &key), ERR_DENIED);
	CHECK_OK(vault_admin_reactivate_person(h.f.admin, h.ann_id));
	CHECK_OK(open_vaults(&h, &key));
	CHECK_OK(vault_admin_delete_person(h.f.admin, h.ann_id));
	check_kind(open_vaults(&h, &key), ERR_DENIED);
	check_kind(try_sign_in(&h, ANN, PASSPHRASE), ERR_DENIED);
}

TEST(admin_people, who_lost_the_passphrase_gets_a_new_invitation_and_keeps_the_groups)
{
	CLEANUP(house_release) struct house h;
	CLEANUP(person_key_release) struct person_key old = {0}, key = {0};
	CLEANUP(secret_freep) struct secret *again = NULL;

	house_init(&h);
	CHECK_OK(accept(&h, h.invitation, PASSPHRASE));
	CHECK_OK(sign_in(&h, ANN, PASSPHRASE, &old));
	CHECK_OK(vault_admin_recover_person(h.f.admin, h.ann_id, &again));
	check_kind(open_vaults(&h, &old), ERR_DENIED);
	check_kind(try_sign_in(&h, ANN, PASSPHRASE), ERR_DENIED);
	check_kind(accept(&h, h.invitation, NEW_PASSPHRASE), ERR_DENIED);
	CHECK_OK(accept(&h, again, NEW_PASSPHRASE));
	CHECK_OK(sign_in(&h, ANN, NEW_PASSPHRASE, &key));
	CHECK_OK(open_vaults(&h, &key));
}

TEST(admin_people, another_passphrase_ends_the_other_sessions)
{
	CLEANUP(house_release) struct house h;
	CLEANUP(person_key_release) struct person_key old = {0}, key = {0};
	CLEANUP(secret_freep) struct secret *before = secret_from_str(PASSPHRASE);
	CLEANUP(secret_freep) struct secret *after = secret_from_str(NEW_PASSPHRASE);
	CLEANUP(secret_freep) struct secret *shortish = secret_from_str("short");

	house_init(&h);
	CHECK_OK(accept(&h, h.invitation, PASSPHRASE));
	CHECK_OK(sign_in(&h, ANN, PASSPHRASE, &old));
	check_kind(vault_person_change_passphrase(h.f.store, h.ann_id, after, after, &key), ERR_DENIED);
	check_kind(vault_person_change_passphrase(h.f.store, h.ann_id, before, shortish, &key), ERR_INVALID);
	CHECK_OK(vault_person_change_passphrase(h.f.store, h.ann_id, before, after, &key));
	CHECK_OK(open_vaults(&h, &key));
	check_kind(open_vaults(&h, &old), ERR_DENIED);
	check_kind(try_sign_in(&h, ANN, PASSPHRASE), ERR_DENIED);
	CHECK_OK(try_sign_in(&h, ANN, NEW_PASSPHRASE));
}

TEST(admin_people, the_last_manager_can_not_go_in_any_way)
{
	CLEANUP(house_release) struct house h;
	CLEANUP(person_key_release) struct person_key key = {0};
	CLEANUP(vault_admin_freep) struct vault_admin *ann = NULL;
	struct secret *invitation = NULL;
	char first[OBJECT_ID_SIZE];

	house_init(&h);
	object_id_set(first, h.f.setup.admin_key.id);
	/* Who was only invited is none yet. */
	check_kind(vault_admin_delete_key(h.f.admin, first), ERR_CONFLICT);
	CHECK_OK(accept(&h, h.invitation, PASSPHRASE));
	CHECK_OK(sign_in(&h, ANN, PASSPHRASE, &key));
	CHECK_OK(vault_admin_open_person(h.f.store, &key, &ann));
	CHECK_OK(vault_admin_remove_member(ann, h.managers_id, first));
	check_kind(vault_admin_suspend_person(ann, h.ann_id), ERR_CONFLICT);
	check_kind(vault_admin_recover_person(ann, h.ann_id, &invitation), ERR_CONFLICT);
	check_kind(vault_admin_delete_person(ann, h.ann_id), ERR_CONFLICT);
	check_kind(vault_admin_remove_member(ann, h.managers_id, h.ann_id), ERR_CONFLICT);
	CHECK_OK(vault_admin_add_member(ann, h.managers_id, first)); /* for the fixture */
}

TEST(admin_people, an_address_is_one_persons_and_looks_like_one)
{
	static const char *const wrong[] = {
		"", "ann", "@example.org", "ann@", "ann @example.org", "ann@example.org\n", "ann@\xff"};
	CLEANUP(house_release) struct house h;
	const struct strv none = {0};
	char id[OBJECT_ID_SIZE];
	struct secret *text = NULL;

	house_init(&h);
	struct person_order order = {
		.name = "Bob", .email = "Ann@Example.org", .role = ADMIN_MEMBER, .groups = &none};
	check_kind(vault_admin_invite(h.f.admin, &order, id, &text), ERR_EXISTS);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		order.email = wrong[i];
		check_kind(vault_admin_invite(h.f.admin, &order, id, &text), ERR_INVALID);
	}
	CHECK_OK(vault_admin_edit_person(h.f.admin, h.ann_id, "Anna", "ANN@example.org"));
	order = (struct person_order){
		.name = "Bob", .email = "bob@example.org", .role = ADMIN_MANAGER, .groups = &none};
	check_kind(vault_admin_invite(h.f.admin, &order, id, &text), ERR_INVALID);
}
