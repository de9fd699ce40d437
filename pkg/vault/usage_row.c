#include "vault/usage_row.h"

#include "base/mem.h"

#include <string.h>

/* Form 1 had no object. */
#define FORM 2
#define INSERT "INSERT INTO usage (number, data) VALUES (?, ?)"
#define LAST_WRITE "INSERT OR REPLACE INTO last_use (token, number, data) VALUES (?, ?, ?)"
#define LAST_SELECT "SELECT number, data FROM last_use WHERE token = ?"

/* The texts of a row in the order that they are written in. */
#define N_TEXTS 12
#define N_TEXTS_FORM_1 11
static void texts_of(struct usage_row *r, char **out[N_TEXTS])
{
	char **const texts[N_TEXTS] = {&r->action,     &r->what,        &r->result,     &r->actor_id,
				       &r->actor_name, &r->server_name, &r->vault_id,   &r->item_id,
				       &r->subject_id, &r->address,     &r->user_agent, &r->object_id};

	memcpy(out, texts, sizeof(texts));
}

void usage_row_release(struct usage_row *r)
{
	char **texts[N_TEXTS];

	texts_of(r, texts);
	for (size_t i = 0; i < N_TEXTS; i++)
		mem_freep(texts[i]);
}

void usage_row_init_damaged(struct usage_row *r, int64_t number)
{
	char **texts[N_TEXTS];

	*r = (struct usage_row){.number = number};
	texts_of(r, texts);
	for (size_t i = 0; i < N_TEXTS; i++)
		*texts[i] = mem_strdup(texts[i] == &r->result ? "DAMAGED" : "");
}

static NODISCARD err_t encode(const uint8_t before[CRYPTO_SHA256_LEN], struct usage_row *row,
			      struct secret **out)
{
	CLEANUP(codec_writer_release) struct codec_writer w = {0};
	char **texts[N_TEXTS];

	codec_writer_init(&w, USAGE_ROW_MAX);
	codec_put_int(&w, FORM);
	codec_put_bytes(&w, before, CRYPTO_SHA256_LEN);
	codec_put_int(&w, row->at_ms);
	texts_of(row, texts);
	for (size_t i = 0; i < N_TEXTS; i++)
		codec_put_str(&w, *texts[i]);
	return codec_writer_take(&w, out);
}

static NODISCARD err_t decode(const struct secret *plain, struct usage_row *out,
			      uint8_t out_before[CRYPTO_SHA256_LEN])
{
	CLEANUP(usage_row_release) struct usage_row row = {0};
	struct codec_reader r = codec_reader_of(plain);
	uint8_t before[CRYPTO_SHA256_LEN] = {0};
	char **texts[N_TEXTS];

	const int64_t form = codec_get_int(&r);
	r.bad = r.bad || form < 1 || form > FORM;
	codec_get_exact(&r, before, sizeof(before));
	row.at_ms = codec_get_int(&r);
	texts_of(&row, texts);
	for (size_t i = 0; i < N_TEXTS; i++)
		*texts[i] = form > 1 || i < N_TEXTS_FORM_1 ? codec_get_str(&r) : mem_strdup("");
	TRY_(codec_reader_done(&r, "usage log"));
	if (out_before)
		memcpy(out_before, before, sizeof(before));
	*out = row;
	row = (struct usage_row){0};
	return NULL;
}

static struct seal_name name_of(int64_t number)
{
	return (struct seal_name){SEAL_STORE, "usage", number, "usage"};
}

static void digest_of(const struct secret *plain, uint8_t out[CRYPTO_SHA256_LEN])
{
	crypto_sha256(secret_bytes(plain), secret_len(plain), out);
}

err_t usage_row_append(struct tx *t, struct usage_row *row)
{
	struct usage_chain *chain = &t->head.usage;
	CLEANUP(secret_freep) struct secret *plain = NULL;
	CLEANUP(strbuf_release) struct strbuf sealed = {0};
	const struct seal_name name = name_of(chain->next);

	TRY_(encode(chain->last, row, &plain));
	strbuf_init(&sealed, USAGE_ROW_MAX + SEALER_OVERHEAD);
	TRY_(seal_put(t->sealer, &name, plain, &sealed));
	TRY_(db_run(t->db, INSERT, DB_ARGS(db_int(chain->next), db_blob(sealed.p, sealed.len)), NULL));
	digest_of(plain, chain->last);
	row->number = chain->next++;
	return NULL;
}

err_t usage_row_open(struct tx *t, int64_t number, const char *p, size_t len, struct usage_row *out,
		     uint8_t out_before[CRYPTO_SHA256_LEN], uint8_t out_digest[CRYPTO_SHA256_LEN])
{
	CLEANUP(secret_freep) struct secret *plain = NULL;
	const struct seal_name name = name_of(number);

	TRY_(seal_get(t->sealer, &name, p, len, &plain));
	TRY_(decode(plain, out, out_before));
	out->number = number;
	if (out_digest)
		digest_of(plain, out_digest);
	return NULL;
}

static struct seal_name last_name(const char *token_id, int64_t number)
{
	return (struct seal_name){SEAL_STORE, token_id, number, "last-use"};
}

err_t usage_row_note_use(struct tx *t, const struct usage_row *row)
{
	CLEANUP(codec_writer_release) struct codec_writer w = {0};
	CLEANUP(secret_freep) struct secret *plain = NULL;
	CLEANUP(strbuf_release) struct strbuf sealed = {0};
	const struct seal_name name = last_name(row->actor_id, row->number);

	codec_writer_init(&w, USAGE_ROW_MAX);
	codec_put_int(&w, FORM);
	codec_put_int(&w, row->at_ms);
	codec_put_str(&w, row->address);
	TRY_(codec_writer_take(&w, &plain));
	strbuf_init(&sealed, USAGE_ROW_MAX + SEALER_OVERHEAD);
	TRY_(seal_put(t->sealer, &name, plain, &sealed));
	return db_run(t->db, LAST_WRITE,
		      DB_ARGS(db_str(row->actor_id), db_int(row->number), db_blob(sealed.p, sealed.len)),
		      NULL);
}

err_t usage_last_read(struct tx *t, const char *token_id, struct usage_last *out, bool *out_found)
{
	CLEANUP(db_rows_release) struct db_rows rows = {0};
	CLEANUP(secret_freep) struct secret *plain = NULL;
	const char *p = NULL;
	size_t len = 0;

	TRY_(db_query(t->db, LAST_SELECT, DB_ARGS(db_str(token_id)), &rows));
	TRY_(db_next(&rows, out_found));
	if (!*out_found)
		return NULL;
	db_col_blob(&rows, 1, &p, &len);
	const struct seal_name name = last_name(token_id, db_col_int(&rows, 0));
	TRY_(seal_get(t->sealer, &name, p, len, &plain));
	struct codec_reader r = codec_reader_of(plain);
	r.bad = codec_get_int(&r) != FORM;
	const int64_t at_ms = codec_get_int(&r);
	CLEANUP(mem_freep) char *address = codec_get_str(&r);
	TRY_(codec_reader_done(&r, "last use of a token"));
	*out = (struct usage_last){.at_ms = at_ms, .address = TAKE(address)};
	return NULL;
}
