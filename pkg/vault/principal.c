#include "vault/principal.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "vault/record.h"

#include <string.h>

/* Form 1 had no role: every administrator key was a manager. */
#define FORM 2
#define SEALED_MAX 256

void principal_release(struct principal *p)
{
	mem_freep(&p->name);
	secret_freep(&p->sealed_private);
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
	TRY_(codec_reader_done(&r, "principal"));
	*out = p;
	p = (struct principal){0};
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

err_t principal_make_admin(const char *id, const char *name, const struct secret *secret,
			   struct principal *out)
{
	CLEANUP(principal_release) struct principal p = {0};
	CLEANUP(secret_freep) struct secret *private_key = crypto_key_new();
	CLEANUP(sealer_freep) struct sealer *sealer = NULL;
	CLEANUP(strbuf_release) struct strbuf sealed = {0};
	const struct seal_name seal = private_name(id);

	init(&p, PRINCIPAL_ADMIN_KEY, id, name);
	strbuf_init(&sealed, SEALED_MAX);
	TRY_(crypto_box_public(private_key, p.public_key));
	TRY_(sealer_new(secret, &sealer));
	TRY_(seal_put(sealer, &seal, private_key, &sealed));
	p.sealed_private = secret_from(sealed.p, sealed.len);
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

err_t principal_open_admin(const struct principal *p, const struct secret *secret, struct secret **out)
{
	CLEANUP(sealer_freep) struct sealer *sealer = NULL;
	const struct seal_name seal = private_name(p->id);

	if (p->kind != PRINCIPAL_ADMIN_KEY)
		return err_new(ERR_DENIED, "%s is not an administrator key", p->id);
	TRY_(sealer_new(secret, &sealer));
	CLEANUP(err_freep)
	err_t e =
		seal_get(sealer, &seal, secret_bytes(p->sealed_private), secret_len(p->sealed_private), out);
	if (err_is(e, ERR_PROTOCOL))
		return err_new(ERR_DENIED,
			       "the administrator key has the id of one of this store, but another secret");
	return TAKE(e);
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
