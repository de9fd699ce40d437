#include "opc/prefetch.h"

#include "base/mem.h"
#include "base/sync.h"
#include "opc/lookup_state.h"
#include "json/jsonw.h"

#include <stdatomic.h>

#define PATH "/connect-server/v1/resolve"
#define BATCH_MAX 500 /* what the server takes at once */
#define THREADS_MAX 8
#define KNOWN_MAX 10000

/* The server is: another request would fail as well. */
static bool is_away(const struct err *e)
{
	return err_is(e, ERR_UNAVAILABLE) || err_is(e, ERR_TIMEOUT) || err_is(e, ERR_CANCELED);
}

/* --- all at once --- */

static NODISCARD err_t write_request(const struct strv *references, size_t from, size_t to,
				     struct secret *out)
{
	struct jsonw w;

	jsonw_init_secret(&w, out);
	jsonw_object(&w);
	jsonw_karray(&w, "references");
	for (size_t i = from; i < to; i++)
		jsonw_str(&w, references->v[i]);
	jsonw_end_array(&w);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}

static void take_result(struct lookup *l, const char *reference, const struct jsonx *result)
{
	CLEANUP(secret_freep) struct secret *value = NULL;
	CLEANUP(err_freep) err_t e = NULL;
	const char *p = NULL;
	size_t len = 0;

	if (!streq(jsonx_get_str(result, "reference"), reference))
		return;
	if (jsonx_strn(jsonx_get(result, "value"), &p, &len)) {
		value = secret_from(p, len);
	} else if (jsonx_strn(jsonx_get(result, "content"), &p, &len)) {
		value = secret_new(len + 1);
		e = secret_add_base64_decoded(value, p, len);
	}
	if (value && !e)
		map_set(l->values, reference, TAKE(value));
}

static NODISCARD err_t resolve_batch(struct lookup *l, const struct strv *references, size_t from, size_t to)
{
	CLEANUP(secret_freep) struct secret *body = secret_new(2 * BATCH_MAX * OP_REFERENCE_MAX);
	CLEANUP(op_reply_release) struct op_reply reply = {0};
	const struct op_call call = {.method = "POST", .path = PATH, .body = body};
	const struct jsonx *results;

	TRY_(write_request(references, from, to, body));
	TRY_(op_send(l->client, &call, NULL, &reply));
	results = jsonx_get(reply.json, "results");
	for (size_t i = from; i < to; i++)
		take_result(l, references->v[i], jsonx_at(results, i - from));
	return NULL;
}

static NODISCARD err_t resolve_all(struct lookup *l, const struct strv *references)
{
	for (size_t from = 0; from < references->n; from += BATCH_MAX) {
		const size_t left = references->n - from;

		TRY_(resolve_batch(l, references, from, from + (left < BATCH_MAX ? left : BATCH_MAX)));
	}
	return NULL;
}

/* --- item by item --- */

struct wanted {
	char *key, *vault_id, *item_id;
	struct secret *text; /* what the server answered; parsed documents never cross threads */
};

struct fetching {
	struct lookup *lookup;
	struct wanted *v;
	size_t n;
	atomic_size_t next;
};

static bool is_wanted(const struct fetching *f, const char *key)
{
	for (size_t i = 0; i < f->n; i++)
		if (streq(f->v[i].key, key))
			return true;
	return map_has(f->lookup->answers, key);
}

static void want(struct fetching *f, const char *vault_id, const char *item_id)
{
	CLEANUP(mem_freep) char *key = lookup_key(vault_id, item_id);

	if (is_wanted(f, key))
		return;
	f->v = mem_grow(f->v, f->n + 1, sizeof(*f->v));
	f->v[f->n++] = (struct wanted){TAKE(key), mem_strdup(vault_id), mem_strdup(item_id), NULL};
}

/* The ids, by the lists where they are names. */
static NODISCARD err_t want_item_of(struct fetching *f, const char *text)
{
	CLEANUP(op_reference_release) struct op_reference r = {0};
	const struct jsonx *vault = NULL;
	struct item_ids ids = {0};

	TRY_(op_reference_parse(text, &r));
	if (onepassword_is_id(r.vault) && onepassword_is_id(r.item)) {
		want(f, r.vault, r.item);
		return NULL;
	}
	TRY_(lookup_vault(f->lookup, r.vault, &vault));
	TRY_(lookup_item_ids(f->lookup, vault, r.item, &ids));
	want(f, ids.vault, ids.item);
	return NULL;
}

static void *fetch_some(void *arg)
{
	struct fetching *f = arg;
	struct op_client *client = NULL;
	err_t e = op_client_new(f->lookup->endpoint, &f->lookup->observer, &client);

	if (e) {
		err_free(e);
		return NULL;
	}

	for (size_t i = atomic_fetch_add(&f->next, 1); !is_away(e) && i < f->n;
	     i = atomic_fetch_add(&f->next, 1)) {
		err_free(e);
		e = op_get_text(client, f->v[i].vault_id, f->v[i].item_id, NULL, &f->v[i].text);
	}
	err_free(e);
	op_client_free(client);
	return NULL;
}

static void fetch_all(struct fetching *f)
{
	const size_t n = f->n < THREADS_MAX ? f->n : THREADS_MAX;
	pthread_t threads[THREADS_MAX];

	for (size_t i = 0; i < n; i++)
		sync_thread_start(&threads[i], "fetch", fetch_some, f);
	for (size_t i = 0; i < n; i++)
		sync_thread_join(threads[i]);
}

static void keep_answers(struct fetching *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct wanted *w = &f->v[i];
		struct jsonx *json = NULL;
		err_t e = w->text ? jsonx_parse(secret_bytes(w->text), secret_len(w->text), &json) : NULL;

		if (json)
			map_set(f->lookup->answers, w->key, json);
		err_free(e);
		mem_free(w->key);
		mem_free(w->vault_id);
		mem_free(w->item_id);
		secret_free(w->text);
	}
	mem_free(f->v);
}

static void fetch_items(struct lookup *l, const struct strv *references)
{
	struct fetching f = {.lookup = l};

	for (size_t i = 0; i < references->n; i++) {
		CLEANUP(err_freep) err_t e = want_item_of(&f, references->v[i]);

		/* Without the lists no name leads anywhere, and asking again for each would be many requests.
		 */
		if (is_away(e) || err_is(e, ERR_DENIED))
			break;
	}
	fetch_all(&f);
	keep_answers(&f);
}

static NODISCARD err_t want_named(struct fetching *f, const struct jsonx *vault, const struct item_name *name)
{
	struct item_ids ids = {0};

	if (name->vault)
		TRY_(lookup_vault(f->lookup, name->vault, &vault));
	TRY_(lookup_item_ids(f->lookup, vault, name->item, &ids));
	want(f, ids.vault, ids.item);
	return NULL;
}

void prefetch_items(struct lookup *l, const struct jsonx *vault, const struct item_names *names)
{
	struct fetching f = {.lookup = l};

	for (size_t i = 0; i < names->n; i++) {
		CLEANUP(err_freep) err_t e = want_named(&f, vault, &names->v[i]);

		if (is_away(e) || err_is(e, ERR_DENIED))
			break;
	}
	fetch_all(&f);
	keep_answers(&f);
}

/* Those that are not known from a prefetch before. What is known is forgotten where it gets too much. */
static void add_unknown(struct lookup *l, const struct strv *references, struct strv *out)
{
	if (map_len(l->values) > KNOWN_MAX)
		map_clear(l->values);
	for (size_t i = 0; i < references->n; i++)
		if (!map_has(l->values, references->v[i]))
			strv_add(out, references->v[i]);
}

void prefetch(struct lookup *l, const struct strv *references)
{
	CLEANUP(strv_release) struct strv unknown = {0};
	CLEANUP(err_freep) err_t e = NULL;

	add_unknown(l, references, &unknown);
	if (unknown.n < 2)
		return;
	e = resolve_all(l, &unknown);
	/* Another server has no such path (404, 405, a page), a proxy may refuse it (403), and the answer may
	 * be too large. Any other failure comes again, and is told then. */
	if (e && !is_away(e))
		fetch_items(l, &unknown);
}
