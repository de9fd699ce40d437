#include "vault/principal.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "vault/record.h"

#include <string.h>

/* Form 1 had no role: every administrator key was a manager. Form 2 knew neither people nor what groups other
 * than Managers have. */
#define FORM 3
#define SEALED_MAX 256

void principal_release(struct principal *p)
{
	mem_freep(&p->name);
	secret_freep(&p->sealed_private);
	mem_freep(&p->group.description);
	strv_release(&p->group.members);
	mem_freep(&p->person.email);
}

void principals_release(struct principals *l)
{
	for (size_t i = 0; i < l->n; i++)
		principal_release(&l->v[i]);
	mem_freep(&l->v);
	l->n = 0;
}

static void put_group(struct codec_writer *w, const struct principal_group *g)
{
	codec_put_str(w, g->description);
	codec_put_int(w, g->global);
	codec_put_ids(w, &g->members);
}

static void get_group(struct codec_reader *r, struct principal_group *g)
{
	g->description = codec_get_str(r);
	g->global = codec_get_int(r) != 0;
	codec_get_ids(r, &g->members);
}

static void put_person(struct codec_writer *w, const struct principal_person *p)
{
	codec_put_str(w, p->email);
	codec_put_int(w, p->state);
	codec_put_int(w, p->invitation_ends_ms);
	codec_put_int(w, p->signed_in_ms);
	codec_put_bytes(w, p->cost.salt, sizeof(p->cost.salt));
	codec_put_int(w, p->cost.memory_kib);
	codec_put_int(w, p->cost.passes);
}

static void get_person(struct codec_reader *r, struct principal_person *p)
{
	p->email = codec_get_str(r);
	p->state = (enum person_state)codec_get_int(r);
	p->invitation_ends_ms = codec_get_int(r);
	p->signed_in_ms = codec_get_int(r);
	codec_get_exact(r, p->cost.salt, sizeof(p->cost.salt));
	p->cost.memory_kib = (uint32_t)codec_get_int(r);
	p->cost.passes = (uint32_t)codec_get_int(r);
}

err_t principal_write(struct tx *t, const struct principal *p)
{
	CLEANUP(codec_writer_release) struct codec_writer w = {0};
	CLEANUP(secret_freep) struct secret *plain = NULL;

	codec_writer_init(&w, RECORD_MAX);
	codec_put_int(&w, FORM);
	codec_put_int(&w, p->kind);
	codec_put_str(&w, p->name);
	codec_put_int(&w, p->created_ms);
	codec_put_bytes(&w, p->public_key, sizeof(p->public_key));
	codec_put_secret(&w, p->sealed_private);
	codec_put_int(&w, p->role);
	if (p->kind == PRINCIPAL_GROUP)
		put_group(&w, &p->group);
	if (p->kind == PRINCIPAL_PERSON)
		put_person(&w, &p->person);
	TRY_(codec_writer_take(&w, &plain));
	return record_write(t, NULL, MANIFEST_PRINCIPAL, p->id, plain);
}

err_t principal_read(struct tx *t, const char *id, struct principal *out)
{
	CLEANUP(secret_freep) struct secret *plain = NULL;
	CLEANUP(principal_release) struct principal p = {.role = ADMIN_MANAGER};

	TRY_(record_read(t, NULL, MANIFEST_PRINCIPAL, id, &plain));
	struct codec_reader r = codec_reader_of(plain);
	const int64_t form = codec_get_int(&r);
	r.bad = r.bad || form < 1 || form > FORM;
	object_id_set(p.id, id);
	p.kind = (enum principal_kind)codec_get_int(&r);
	p.name = codec_get_str(&r);
	p.created_ms = codec_get_int(&r);
	codec_get_exact(&r, p.public_key, sizeof(p.public_key));
	p.sealed_private = codec_get_secret(&r);
	if (form > 1)
		p.role = (enum admin_role)codec_get_int(&r);
	if (form > 2 && p.kind == PRINCIPAL_GROUP)
		get_group(&r, &p.group);
	if (form > 2 && p.kind == PRINCIPAL_PERSON)
		get_person(&r, &p.person);
	TRY_(codec_reader_done(&r, "principal"));
	*out = p;
	p = (struct principal){0};
	return NULL;
}

static const char *kind_name(enum principal_kind kind)
{
	switch (kind) {
	case PRINCIPAL_ADMIN_KEY:
		return "administrator key";
	case PRINCIPAL_GROUP:
		return "group";
	case PRINCIPAL_PERSON:
		return "person";
	case PRINCIPAL_RECOVERY:
	default:
		return "recovery key";
	}
}

err_t principal_read_kind(struct tx *t, enum principal_kind kind, const char *id, struct principal *out)
{
	CLEANUP(principal_release) struct principal p = {0};
	CLEANUP(err_freep) err_t e = principal_read(t, id, &p);

	if (err_is(e, ERR_NOT_FOUND) || (!e && p.kind != kind))
		return err_new(ERR_NOT_FOUND, "%s %s not found", kind_name(kind), id);
	if (e)
		return TAKE(e);
	*out = p;
	p = (struct principal){0};
	return NULL;
}

err_t principal_list(struct tx *t, enum principal_kind kind, struct principals *out)
{
	CLEANUP(strv_release) struct strv ids = {0};
	CLEANUP(principals_release) struct principals l = {0};
	const struct manifest_place place = tx_place(t);

	TRY_(manifest_ids(&t->manifest, &place, MANIFEST_PRINCIPAL, &ids));
	l.v = mem_calloc(ids.n + 1, sizeof(*l.v));
	for (size_t i = 0; i < ids.n; i++) {
		CLEANUP(principal_release) struct principal p = {0};

		TRY_(principal_read(t, ids.v[i], &p));
		if (p.kind != kind)
			continue;
		l.v[l.n++] = p;
		p = (struct principal){0};
	}
	*out = l;
	l = (struct principals){0};
	return NULL;
}

static void init(struct principal *p, enum principal_kind kind, const char *id, const char *name)
{
	*p = (struct principal){
		.kind = kind, .name = mem_strdup(name), .role = ADMIN_MANAGER, .created_ms = clock_wall_ms()};
	if (id)
		object_id_set(p->id, id);
	else
		rand_id(p->id);
}

err_t principal_make_group(const char *name, struct principal *out, struct secret **out_private)
{
	CLEANUP(principal_release) struct principal p = {0};
	CLEANUP(secret_freep) struct secret *private_key = crypto_key_new();

	init(&p, PRINCIPAL_GROUP, NULL, name);
	TRY_(crypto_box_public(private_key, p.public_key));
	*out_private = TAKE(private_key);
	*out = p;
	p = (struct principal){0};
	return NULL;
}

static struct seal_name private_name(const char *id)
{
	return (struct seal_name){SEAL_STORE, id, 1, "private-key"};
}

/* A new key pair, whose private half only `secret` opens. */
static NODISCARD err_t make_key_pair(struct principal *p, const struct secret *secret,
				     struct secret **out_private)
{
	CLEANUP(secret_freep) struct secret *private_key = crypto_key_new();
	CLEANUP(sealer_freep) struct sealer *sealer = NULL;
	CLEANUP(strbuf_release) struct strbuf sealed = {0};
	const struct seal_name seal = private_name(p->id);

	strbuf_init(&sealed, SEALED_MAX);
	TRY_(crypto_box_public(private_key, p->public_key));
	TRY_(sealer_new(secret, &sealer));
	TRY_(seal_put(sealer, &seal, private_key, &sealed));
	secret_free(p->sealed_private);
	p->sealed_private = secret_from(sealed.p, sealed.len);
	if (out_private)
		*out_private = TAKE(private_key);
	return NULL;
}

/* ERR_PROTOCOL when that is not its secret. */
static NODISCARD err_t open_private(const struct principal *p, const struct secret *secret,
				    struct secret **out)
{
	CLEANUP(sealer_freep) struct sealer *sealer = NULL;
	const struct seal_name seal = private_name(p->id);

	TRY_(sealer_new(secret, &sealer));
	return seal_get(sealer, &seal, secret_bytes(p->sealed_private), secret_len(p->sealed_private), out);
}

err_t principal_make_admin(const char *id, const char *name, const struct secret *secret,
			   struct principal *out)
{
	CLEANUP(principal_release) struct principal p = {0};

	init(&p, PRINCIPAL_ADMIN_KEY, id, name);
	TRY_(make_key_pair(&p, secret, NULL));
	*out = p;
	p = (struct principal){0};
	return NULL;
}

err_t principal_make_recovery(const struct secret *secret, struct principal *out)
{
	CLEANUP(principal_release) struct principal p = {0};
	CLEANUP(secret_freep) struct secret *private_key = NULL;

	init(&p, PRINCIPAL_RECOVERY, NULL, "Recovery key");
	TRY_(principal_derive(secret, PRINCIPAL_DERIVE_RECOVERY, &private_key, p.public_key));
	*out = p;
	p = (struct principal){0};
	return NULL;
}

struct principal principal_make_person(const char *name, const char *email, enum admin_role role)
{
	struct principal p;

	init(&p, PRINCIPAL_PERSON, NULL, name);
	p.role = role;
	p.person.email = mem_strdup(email);
	p.person.state = PERSON_INVITED;
	return p;
}

err_t principal_open_admin(const struct principal *p, const struct secret *secret, struct secret **out)
{
	if (p->kind != PRINCIPAL_ADMIN_KEY)
		return err_new(ERR_DENIED, "%s is not an administrator key", p->id);
	CLEANUP(err_freep) err_t e = open_private(p, secret, out);
	if (err_is(e, ERR_PROTOCOL))
		return err_new(ERR_DENIED,
			       "the administrator key has the id of one of this store, but another secret");
	return TAKE(e);
}

err_t principal_invite(struct principal *p, const struct secret *invitation, int64_t ends_ms)
{
	CLEANUP(secret_freep) struct secret *private_key = NULL;

	TRY_(principal_derive(invitation, PRINCIPAL_DERIVE_INVITATION, &private_key, p->public_key));
	secret_freep(&p->sealed_private);
	p->person.state = PERSON_INVITED;
	p->person.invitation_ends_ms = ends_ms;
	return NULL;
}

err_t principal_set_passphrase(struct principal *p, const struct secret *passphrase_key,
			       struct secret **out_private)
{
	p->person.state = PERSON_ACTIVE;
	p->person.invitation_ends_ms = 0;
	return make_key_pair(p, passphrase_key, out_private);
}

err_t principal_open_person(const struct principal *p, const struct secret *passphrase_key,
			    struct secret **out)
{
	CLEANUP(err_freep) err_t e = open_private(p, passphrase_key, out);

	if (err_is(e, ERR_PROTOCOL))
		return err_new(ERR_DENIED, "that is not the passphrase");
	return TAKE(e);
}

bool principal_is(const struct principal *p, const struct secret *private_key)
{
	uint8_t public_key[CRYPTO_PUBLIC_LEN];
	CLEANUP(err_freep) err_t e = crypto_box_public(private_key, public_key);

	return !e && secret_bytes_eq(public_key, p->public_key, sizeof(public_key));
}

err_t principal_derive(const struct secret *secret, const char *purpose, struct secret **out_private,
		       uint8_t out_public[CRYPTO_PUBLIC_LEN])
{
	CLEANUP(secret_freep) struct secret *private_key = NULL;

	TRY_(crypto_hkdf(secret, purpose, CRYPTO_KEY_LEN, &private_key));
	TRY_(crypto_box_public(private_key, out_public));
	*out_private = TAKE(private_key);
	return NULL;
}
