#include "vault/person.h"

#include "base/clock.h"
#include "vault/admin_members.h"
#include "vault/keytext.h"
#include "vault/store_private.h"

static NODISCARD err_t key_of(const struct secret *passphrase, const struct passphrase_cost *cost,
			      struct secret **out)
{
	return passphrase_key(secret_bytes(passphrase), secret_len(passphrase), cost, out);
}

static NODISCARD err_t no_invitation(void)
{
	return err_new(ERR_DENIED,
		       "the invitation is not good: it was used, has ended, or a newer one was made");
}

/* The person that an invitation is for, if it is still good, and the private half of its key pair. */
static NODISCARD err_t check_invitation(struct tx *t, const char *id, const struct secret *secret,
					struct principal *out, struct secret **out_private)
{
	uint8_t public_key[CRYPTO_PUBLIC_LEN];
	CLEANUP(err_freep) err_t e = principal_read_kind(t, PRINCIPAL_PERSON, id, out);

	if (err_is(e, ERR_NOT_FOUND))
		return no_invitation();
	if (e)
		return TAKE(e);
	TRY_(principal_derive(secret, PRINCIPAL_DERIVE_INVITATION, out_private, public_key));
	if (!secret_bytes_eq(public_key, out->public_key, sizeof(public_key)) ||
	    out->person.state != PERSON_INVITED || clock_wall_ms() >= out->person.invitation_ends_ms)
		return no_invitation();
	return NULL;
}

/* A new key pair under the passphrase, to which all is sealed that the old one opens. */
static NODISCARD err_t change_key_pair(struct tx *t, struct principal *p, const struct secret *old_private,
				       const struct secret *key, struct secret **out_private)
{
	TRY_(principal_set_passphrase(p, key, out_private));
	TRY_(principal_write(t, p));
	return member_move_keys(t, p, old_private);
}

static NODISCARD err_t accept(struct vault_store *s, const char *id, const struct secret *secret,
			      const struct passphrase_cost *cost, const struct secret *key,
			      struct vault_person *out)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(principal_release) struct principal p = {0};
	CLEANUP(principals_release) struct principals groups = {0};
	CLEANUP(secret_freep) struct secret *old_private = NULL, *private_key = NULL;

	TRY_(tx_begin(s, true, &t));
	TRY_(check_invitation(&t, id, secret, &p, &old_private));
	p.person.cost = *cost;
	TRY_(change_key_pair(&t, &p, old_private, key, &private_key));
	TRY_(principal_list(&t, PRINCIPAL_GROUP, &groups));
	TRY_(tx_commit(&t));
	person_describe(&t, &p, &groups, out);
	return NULL;
}

/* Before the costly part: strangers are not to have it for nothing. */
static NODISCARD err_t precheck_invitation(struct vault_store *s, const char *id, const struct secret *secret)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(principal_release) struct principal p = {0};
	CLEANUP(secret_freep) struct secret *private_key = NULL;

	TRY_(tx_begin(s, false, &t));
	return check_invitation(&t, id, secret, &p, &private_key);
}

err_t vault_person_accept(struct vault_store *s, const char *invitation, const struct secret *passphrase,
			  struct vault_person *out)
{
	CLEANUP(secret_freep) struct secret *secret = NULL, *key = NULL;
	const struct passphrase_cost cost = passphrase_cost_new();
	char id[OBJECT_ID_SIZE];

	TRY_(passphrase_check(secret_bytes(passphrase), secret_len(passphrase)));
	CLEANUP(err_freep) err_t e = keytext_parse_pair(invitation, id, &secret);
	if (e)
		return no_invitation();
	TRY_(precheck_invitation(s, id, secret));
	TRY_(key_of(passphrase, &cost, &key));
	return accept(s, id, secret, &cost, key, out);
}

static NODISCARD err_t find_by_email(struct vault_store *s, const char *email, struct principal *out)
{
	CLEANUP(tx_end) struct tx t = {0};

	TRY_(tx_begin(s, false, &t));
	return person_find(&t, email, out);
}

static NODISCARD err_t wrong(void)
{
	return err_new(ERR_DENIED, "email address or passphrase is wrong, or may not sign in");
}

static NODISCARD err_t note_sign_in(struct vault_store *s, const struct person_key *key)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(principal_release) struct principal p = {0};

	TRY_(tx_begin(s, true, &t));
	TRY_(principal_read_kind(&t, PRINCIPAL_PERSON, key->id, &p));
	if (!principal_is(&p, key->private_key))
		return wrong();
	p.person.signed_in_ms = clock_wall_ms();
	TRY_(principal_write(&t, &p));
	return tx_commit(&t);
}

err_t vault_person_sign_in(struct vault_store *s, const char *email, const struct secret *passphrase,
			   struct person_key *out)
{
	CLEANUP(principal_release) struct principal p = {0};
	CLEANUP(person_key_release) struct person_key found = {0};
	CLEANUP(secret_freep) struct secret *key = NULL;
	CLEANUP(err_freep) err_t e = find_by_email(s, email, &p);

	if (e && !err_is(e, ERR_NOT_FOUND))
		return TAKE(e);
	const bool may = !e && p.person.state == PERSON_ACTIVE;
	/* Also for nobody: how long it takes tells nothing. */
	const struct passphrase_cost cost = may ? p.person.cost : passphrase_cost_new();
	TRY_(key_of(passphrase, &cost, &key));
	if (!may)
		return wrong();
	CLEANUP(err_freep) err_t denied = principal_open_person(&p, key, &found.private_key);
	if (denied)
		return err_is(denied, ERR_DENIED) ? wrong() : TAKE(denied);
	vault_lock_key(found.private_key);
	object_id_set(found.id, p.id);
	TRY_(note_sign_in(s, &found));
	*out = found;
	found.private_key = NULL;
	return NULL;
}

static NODISCARD err_t read_person(struct vault_store *s, const char *id, struct principal *out)
{
	CLEANUP(tx_end) struct tx t = {0};

	TRY_(tx_begin(s, false, &t));
	return principal_read_kind(&t, PRINCIPAL_PERSON, id, out);
}

err_t vault_person_change_passphrase(struct vault_store *s, const char *id, const struct secret *old,
				     const struct secret *passphrase, struct person_key *out)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(principal_release) struct principal before = {0}, p = {0};
	CLEANUP(secret_freep) struct secret *old_key = NULL, *key = NULL, *old_private = NULL;
	CLEANUP(person_key_release) struct person_key changed = {0};
	const struct passphrase_cost cost = passphrase_cost_new();

	TRY_(passphrase_check(secret_bytes(passphrase), secret_len(passphrase)));
	TRY_(read_person(s, id, &before));
	TRY_(key_of(old, &before.person.cost, &old_key));
	TRY_(principal_open_person(&before, old_key, &old_private));
	TRY_(key_of(passphrase, &cost, &key));
	TRY_(tx_begin(s, true, &t));
	TRY_(principal_read_kind(&t, PRINCIPAL_PERSON, id, &p));
	if (p.person.state != PERSON_ACTIVE || !principal_is(&p, old_private))
		return err_new(ERR_CONFLICT, "the passphrase was changed meanwhile");
	p.person.cost = cost;
	TRY_(change_key_pair(&t, &p, old_private, key, &changed.private_key));
	TRY_(tx_commit(&t));
	vault_lock_key(changed.private_key);
	object_id_set(changed.id, id);
	*out = changed;
	changed.private_key = NULL;
	return NULL;
}
