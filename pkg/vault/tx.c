#include "vault/tx.h"

#include "vault/access_private.h"
#include "vault/store_private.h"

/* Form 1 had no chain of the usage log. */
#define FORM 2
#define HEAD_MAX 4096

#define HEAD_SELECT "SELECT sequence, data FROM store WHERE one = 1"
#define HEAD_WRITE "INSERT OR REPLACE INTO store (one, sequence, data) VALUES (1, ?, ?)"

static struct reader reader_take(struct vault_store *s)
{
	SYNC_SCOPE(&s->readers_mutex);

	while (s->n_readers == 0)
		sync_cond_wait(&s->reader_is_free, &s->readers_mutex);
	return s->readers[--s->n_readers];
}

static void reader_give_back(struct vault_store *s, struct reader reader)
{
	SYNC_SCOPE(&s->readers_mutex);

	s->readers[s->n_readers++] = reader;
	(void)pthread_cond_signal(&s->reader_is_free);
}

static void connection_take(struct vault_store *s, bool write, struct tx *t)
{
	struct reader c;

	if (write) {
		sync_mutex_lock(&s->write_mutex);
		c = (struct reader){s->writer, s->writer_sealer};
	} else {
		c = reader_take(s);
	}
	*t = (struct tx){.store = s, .db = c.db, .sealer = c.sealer, .write = write};
}

void tx_end(struct tx *t)
{
	if (!t->db)
		return;
	db_rows_release(&t->snapshot);
	db_rollback(t->db);
	manifest_release(&t->manifest);
	if (t->write) {
		t->store->writer_sealer = t->sealer;
		sync_mutex_unlock(&t->store->write_mutex);
	} else {
		reader_give_back(t->store, (struct reader){t->db, t->sealer});
	}
	t->db = NULL;
}

static NODISCARD err_t decode_head(const struct secret *plain, struct tx *t)
{
	struct codec_reader r = codec_reader_of(plain);

	const int64_t form = codec_get_int(&r);
	r.bad = r.bad || form < 1 || form > FORM;
	codec_get_id(&r, t->head.store_id);
	codec_get_id(&r, t->head.signer_id);
	codec_get_id(&r, t->head.managers_id);
	usage_chain_init(&t->head.usage);
	if (form > 1)
		usage_chain_decode(&r, &t->head.usage);
	manifest_decode_root(&r, &t->manifest);
	return codec_reader_done(&r, "head of the store");
}

static bool head_is_known(struct tx *t, const struct seal_tag *tag)
{
	struct head_cache *known = &t->store->head;

	SYNC_SCOPE(&known->mutex);
	if (!known->is_set || known->sequence != t->sequence || !seal_tag_eq(&known->tag, tag))
		return false;
	t->head = known->head;
	t->manifest = known->root;
	return true;
}

static void remember_head(const struct tx *t, const struct seal_tag *tag)
{
	struct head_cache *known = &t->store->head;

	SYNC_SCOPE(&known->mutex);
	known->is_set = true;
	known->sequence = t->sequence;
	known->tag = *tag;
	known->head = t->head;
	known->root = t->manifest; /* nothing of it is loaded yet */
}

static NODISCARD err_t open_head(struct tx *t, const char *p, size_t len)
{
	const struct seal_tag tag = seal_tag_of(p, len);
	const struct seal_name name = {SEAL_STORE, "head", t->sequence, "head"};
	CLEANUP(secret_freep) struct secret *plain = NULL;

	if (head_is_known(t, &tag))
		return NULL;
	TRY_(seal_get(t->sealer, &name, p, len, &plain));
	TRY_(decode_head(plain, t));
	remember_head(t, &tag);
	return NULL;
}

/* Who reads leaves the query open: that is a transaction, and a cheaper one than with BEGIN and ROLLBACK. */
static NODISCARD err_t read_head(struct tx *t)
{
	CLEANUP(db_rows_release) struct db_rows rows = {0};
	bool has_row = false;
	const char *p = NULL;
	size_t len = 0;

	TRY_(db_query(t->db, HEAD_SELECT, DB_NO_ARGS, &rows));
	TRY_(db_next(&rows, &has_row));
	if (!has_row)
		return err_new(ERR_PROTOCOL, "the head of the store is missing");
	t->sequence = db_col_int(&rows, 0);
	db_col_blob(&rows, 1, &p, &len);
	TRY_(open_head(t, p, len));
	if (!t->write) {
		t->snapshot = rows;
		rows = (struct db_rows){0};
	}
	return NULL;
}

static void raise_to(_Atomic int64_t *v, int64_t to)
{
	int64_t now = atomic_load(v);

	while (now < to && !atomic_compare_exchange_weak(v, &now, to))
		continue;
}

static void note_newest(struct vault_store *s, int64_t sequence)
{
	raise_to(&s->newest, sequence);
	durable_note(&s->durable, sequence);
}

/* What is going to be read is on the disk. */
static NODISCARD err_t reach_content(const struct tx *t)
{
	const int64_t content = atomic_load(&t->store->newest_content);
	const int64_t sequence = content < t->sequence ? content : t->sequence;

	return durable_reach(&t->store->durable, sequence);
}

static NODISCARD err_t begin(struct tx *t)
{
	/* Before the snapshot is taken: what others commit meanwhile must not make it look old. */
	const int64_t floor = atomic_load(&t->store->newest);

	if (!t->sealer)
		TRY_(sealer_new(t->store->key, &t->sealer));
	if (t->write)
		TRY_(db_begin(t->db));
	TRY_(read_head(t));
	if (t->sequence < floor)
		return err_new(ERR_PROTOCOL, "the database was replaced by an older one while it was in use");
	/* Of another process, or of ours and not noted yet: who knows what is in it. */
	if (t->sequence > floor)
		raise_to(&t->store->newest_content, t->sequence);
	note_newest(t->store, t->sequence);
	return t->write ? NULL : reach_content(t);
}

err_t tx_begin(struct vault_store *s, bool write, struct tx *out)
{
	struct tx t;

	connection_take(s, write, &t);
	err_t e = begin(&t);
	if (e) {
		tx_end(&t);
		return e;
	}
	*out = t;
	return NULL;
}

err_t tx_begin_empty(struct vault_store *s, const struct store_head *head, struct tx *out)
{
	struct tx t;

	connection_take(s, true, &t);
	t.head = *head;
	err_t e = sealer_new(s->key, &t.sealer);

	e = e ? e : db_begin(t.db);
	if (e) {
		tx_end(&t);
		return e;
	}
	*out = t;
	return NULL;
}

err_t tx_begin_as(struct vault_store *s, const struct vault_access *access, bool write, struct tx *out)
{
	struct tx t = {0};

	TRY_(tx_begin(s, write, &t));
	err_t e = access_check_live(access, &t);
	if (e) {
		tx_end(&t);
		return e;
	}
	*out = t;
	return NULL;
}

struct manifest_place tx_place(const struct tx *t)
{
	return (struct manifest_place){
		.db = t->db, .sealer = t->sealer, .cache = t->store->pages, .scope = SEAL_STORE};
}

static NODISCARD err_t encode_head(const struct tx *t, struct secret **out)
{
	CLEANUP(codec_writer_release) struct codec_writer w = {0};

	codec_writer_init(&w, HEAD_MAX);
	codec_put_int(&w, FORM);
	codec_put_str(&w, t->head.store_id);
	codec_put_str(&w, t->head.signer_id);
	codec_put_str(&w, t->head.managers_id);
	usage_chain_encode(&t->head.usage, &w);
	manifest_encode_root(&t->manifest, &w);
	return codec_writer_take(&w, out);
}

static NODISCARD err_t write_head(struct tx *t)
{
	CLEANUP(secret_freep) struct secret *plain = NULL;
	CLEANUP(strbuf_release) struct strbuf sealed = {0};
	const struct seal_name name = {SEAL_STORE, "head", t->sequence + 1, "head"};

	strbuf_init(&sealed, HEAD_MAX + SEALER_OVERHEAD);
	TRY_(encode_head(t, &plain));
	TRY_(seal_put(t->sealer, &name, plain, &sealed));
	TRY_(db_run(t->db, HEAD_WRITE, DB_ARGS(db_int(t->sequence + 1), db_blob(sealed.p, sealed.len)),
		    NULL));
	t->sequence++;
	return NULL;
}

err_t tx_commit(struct tx *t)
{
	const struct manifest_place place = tx_place(t);
	struct vault_store *s = t->store;

	TRY_(manifest_flush(&t->manifest, &place));
	TRY_(write_head(t));
	const int64_t sequence = t->sequence;
	/* Before others can see it. */
	if (!t->only_log)
		raise_to(&s->newest_content, sequence);
	TRY_(db_commit(t->db));
	note_newest(s, sequence);
	/* Others write on while this waits for the disk. */
	tx_end(t);
	if (s->durable.db)
		TRY_(durable_reach(&s->durable, sequence));
	vault_store_wake(s);
	return NULL;
}
