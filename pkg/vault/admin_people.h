#ifndef VAULT_ADMIN_PEOPLE_H
#define VAULT_ADMIN_PEOPLE_H

#include "vault/admin_keys.h"

/* People who administer a store. A person is invited by a manager, chooses a passphrase with the invitation,
 * and signs in with it. The passphrase opens the private half of his key pair, to which the keys of his
 * groups are sealed: nothing on the disk tells a thief more about a person than about an administrator key,
 * except that a passphrase may be guessed by who has the credentials file too. */
enum person_state { PERSON_INVITED = 1, PERSON_ACTIVE, PERSON_SUSPENDED };

/* An object by its id, with its name at that time. */
struct vault_ref {
	char id[OBJECT_ID_SIZE];
	char *name;
	bool is_person; /* of a group's member: no administrator key */
};
struct vault_refs {
	struct vault_ref *v;
	size_t n;
};
void vault_refs_release(struct vault_refs *l); /* for CLEANUP */

struct vault_person {
	char id[OBJECT_ID_SIZE];
	char *name;
	char *email;
	enum admin_role role;
	enum person_state state;
	int64_t created_ms;
	int64_t invitation_ends_ms; /* 0: there is none that is open */
	int64_t signed_in_ms;       /* last time; 0: never */
	struct vault_refs groups;
};
void vault_person_release(struct vault_person *p); /* for CLEANUP */

struct vault_people {
	struct vault_person *v;
	size_t n;
};
void vault_people_release(struct vault_people *l);

/* For managers; auditors may look. */
err_t vault_admin_list_people(struct vault_admin *a, struct vault_people *out) NODISCARD; /* by id */
err_t vault_admin_get_person(struct vault_admin *a, const char *id, struct vault_person *out) NODISCARD;

/* The text of the invitation exists nowhere else and ends after INVITATION_MS. groups: ids, may be empty.
 * ERR_EXISTS when another person has that address (compared without case), ERR_INVALID for a role of manager
 * (that comes with the group) and for an auditor with groups. */
#define INVITATION_MS ((int64_t)3 * 24 * 3600 * 1000)
struct person_order {
	const char *name, *email;
	enum admin_role role; /* ADMIN_MEMBER or ADMIN_AUDITOR */
	const struct strv *groups;
};
err_t vault_admin_invite(struct vault_admin *a, const struct person_order *order, char out_id[OBJECT_ID_SIZE],
			 struct secret **out_invitation) NODISCARD;

/* NULL leaves name or email as it is. */
err_t vault_admin_edit_person(struct vault_admin *a, const char *id, const char *name, const char *email)
	NODISCARD;

/* Who is suspended can't sign in, and his sessions end. ERR_CONFLICT for the last manager, and for one who
 * has not yet accepted. */
err_t vault_admin_suspend_person(struct vault_admin *a, const char *id) NODISCARD;
err_t vault_admin_reactivate_person(struct vault_admin *a, const char *id) NODISCARD;

/* A new invitation for one who lost his passphrase, or did not use the first one: he stays in his groups; the
 * passphrase that he had, and his sessions, end. ERR_CONFLICT for the last manager, and for one who is
 * suspended: an invitation would end that. */
err_t vault_admin_recover_person(struct vault_admin *a, const char *id, struct secret **out_invitation)
	NODISCARD;

err_t vault_admin_delete_person(struct vault_admin *a, const char *id) NODISCARD;

/* What a signed-in person holds for as long as the session lasts. */
struct person_key {
	char id[OBJECT_ID_SIZE];
	struct secret *private_key;
};
void person_key_release(struct person_key *k); /* for CLEANUP */

/* ERR_DENIED when the invitation is not good (any more), ERR_INVALID for a passphrase that is too short. */
err_t vault_person_accept(struct vault_store *s, const char *invitation, const struct secret *passphrase,
			  struct vault_person *out) NODISCARD;

/* ERR_DENIED, with one text and after the same time, for each of: nobody of that address, another passphrase,
 * invited only, suspended. Takes tens of milliseconds. */
err_t vault_person_sign_in(struct vault_store *s, const char *email, const struct secret *passphrase,
			   struct person_key *out) NODISCARD;

/* His other sessions end with the old key pair. ERR_DENIED when `old` is not his passphrase. */
err_t vault_person_change_passphrase(struct vault_store *s, const char *id, const struct secret *old,
				     const struct secret *passphrase, struct person_key *out) NODISCARD;

/* ERR_DENIED when the person may not any more, or has another key pair by now. */
err_t vault_admin_open_person(struct vault_store *s, const struct person_key *key, struct vault_admin **out)
	NODISCARD;

#endif
