#include "vault/wrap.h"

#include <stdio.h>
#include <string.h>

#define BOX_MAX 1024

#define SELECT                                                                                               \
	"SELECT generation, data FROM wrap WHERE subject = ? AND holder = ? ORDER BY generation DESC LIMIT " \
	"1"
#define WRITE "INSERT OR REPLACE INTO wrap (subject, generation, holder, data) VALUES (?, ?, ?, ?)"
#define SUBJECTS "SELECT DISTINCT subject FROM wrap WHERE holder = ? ORDER BY subject"
#define DELETE "DELETE FROM wrap WHERE subject = ? AND holder = ?"
#define DELETE_SUBJECT "DELETE FROM wrap WHERE subject = ?"
#define DELETE_HOLDER "DELETE FROM wrap WHERE holder = ?"

struct wrap_name {
	char part[64];
	char text[SEAL_TEXT_MAX]; /* for the box */
	struct seal_name name;
};

static void name_init(struct wrap_name *n, const char *subject, int64_t generation, const char *holder)
{
	(void)snprintf(n->part, sizeof(n->part), "wrap-%s", holder);
	n->name = (struct seal_name){SEAL_STORE, subject, generation, n->part};
	seal_name_format(&n->name, n->text);
}

err_t wrap_put(struct tx *t, const char *subject, int64_t generation, const char *holder,
	       const uint8_t public_key[CRYPTO_PUBLIC_LEN], const struct secret *key)
{
	CLEANUP(strbuf_release) struct strbuf box = {0}, sealed = {0};
	struct wrap_name n = {0};

	name_init(&n, subject, generation, holder);
	strbuf_init(&box, BOX_MAX);
	strbuf_init(&sealed, BOX_MAX);
	TRY_(crypto_box_seal(public_key, n.text, strlen(n.text), secret_bytes(key), secret_len(key), &box));
	CLEANUP(secret_freep) struct secret *boxed = secret_from(box.p, box.len);
	TRY_(seal_put(t->sealer, &n.name, boxed, &sealed));
	return db_run(
		t->db, WRITE,
		DB_ARGS(db_str(subject), db_int(generation), db_str(holder), db_blob(sealed.p, sealed.len)),
		NULL);
}

err_t wrap_get(struct tx *t, const char *subject, const char *holder, const struct secret *private_key,
	       struct secret **out)
{
	CLEANUP(db_rows_release) struct db_rows rows = {0};
	CLEANUP(secret_freep) struct secret *box = NULL;
	struct wrap_name n = {0};
	bool has_row = false;
	const char *p = NULL;
	size_t len = 0;

	TRY_(db_query(t->db, SELECT, DB_ARGS(db_str(subject), db_str(holder)), &rows));
	TRY_(db_next(&rows, &has_row));
	if (!has_row)
		return err_new(ERR_NOT_FOUND, "%s has no key for %s", holder, subject);
	name_init(&n, subject, db_col_int(&rows, 0), holder);
	db_col_blob(&rows, 1, &p, &len);
	TRY_(seal_get(t->sealer, &n.name, p, len, &box));
	CLEANUP(err_freep)
	err_t e =
		crypto_box_open(private_key, n.text, strlen(n.text), secret_bytes(box), secret_len(box), out);
	if (err_is(e, ERR_DENIED))
		return err_new(ERR_PROTOCOL, "the key that %s has for %s does not open with its own key",
			       holder, subject);
	return TAKE(e);
}

err_t wrap_del_holder(struct tx *t, const char *holder)
{
	return db_run(t->db, DELETE_HOLDER, DB_ARGS(db_str(holder)), NULL);
}

err_t wrap_del(struct tx *t, const char *subject, const char *holder)
{
	return db_run(t->db, DELETE, DB_ARGS(db_str(subject), db_str(holder)), NULL);
}

err_t wrap_del_subject(struct tx *t, const char *subject)
{
	return db_run(t->db, DELETE_SUBJECT, DB_ARGS(db_str(subject)), NULL);
}

err_t wrap_subjects(struct tx *t, const char *holder, struct strv *out)
{
	CLEANUP(db_rows_release) struct db_rows rows = {0};
	bool has_row = true;

	TRY_(db_query(t->db, SUBJECTS, DB_ARGS(db_str(holder)), &rows));
	while (has_row) {
		TRY_(db_next(&rows, &has_row));
		if (has_row && object_id_is_valid(db_col_str(&rows, 0)))
			strv_add(out, db_col_str(&rows, 0));
	}
	return NULL;
}
