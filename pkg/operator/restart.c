#include "operator/restart.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "json/json.h"
#include "json/jsonw.h"

#include <stdio.h>

#define ALL "*"

void restarted_parse(const char *annotation, struct restarted *out)
{
	struct jsonx *json CLEANUP(jsonx_freep) = NULL;
	const struct jsonx *value;
	const char *uid;

	*out = (struct restarted){0};
	if (str_empty(annotation))
		return;
	err_free(jsonx_parse(annotation, strlen(annotation), &json));
	for (size_t i = 0; jsonx_next(json, &i, &uid, &value);) {
		const char *at = jsonx_str(value);
		int64_t at_ms;

		if (!at || !clock_parse_rfc3339(at, &at_ms))
			continue;
		if (streq(uid, ALL))
			out->all_ms = at_ms;
		else
			restarted_set(out, uid, at_ms);
	}
}

void restarted_release(struct restarted *r)
{
	for (size_t i = 0; i < r->n; i++)
		mem_free(r->v[i].uid);
	mem_free(r->v);
	*r = (struct restarted){0};
}

static struct restarted_entry *find(const struct restarted *r, const char *uid)
{
	for (size_t i = 0; i < r->n; i++)
		if (streq(r->v[i].uid, uid))
			return &r->v[i];
	return NULL;
}

void restarted_set(struct restarted *r, const char *uid, int64_t at_ms)
{
	struct restarted_entry *entry = find(r, uid);

	if (!entry && r->n >= RESTARTED_MAX)
		return;
	if (!entry) {
		r->v = mem_grow(r->v, r->n + 1, sizeof(*r->v));
		entry = &r->v[r->n++];
		entry->uid = mem_strdup(uid);
	}
	entry->at_ms = at_ms;
}

void restarted_set_all(struct restarted *r, int64_t at_ms)
{
	restarted_release(r);
	r->all_ms = at_ms;
}

int64_t restarted_at(const struct restarted *r, const char *uid)
{
	const struct restarted_entry *entry = find(r, uid);

	return entry ? entry->at_ms : r->all_ms;
}

static void write_entry(struct jsonw *w, const char *uid, int64_t at_ms)
{
	char text[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(at_ms, 3, text);
	jsonw_kstr(w, uid, text);
}

err_t restarted_format(const struct restarted *r, struct strbuf *out)
{
	struct jsonw w;

	jsonw_init_str(&w, out);
	jsonw_object(&w);
	if (r->all_ms)
		write_entry(&w, ALL, r->all_ms);
	for (size_t i = 0; i < r->n; i++)
		write_entry(&w, r->v[i].uid, r->v[i].at_ms);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}

bool restart_is_pending(int64_t changed_at_ms, const struct restarted *done, const char *uid,
			int64_t created_ms)
{
	const struct restarted_entry *entry = find(done, uid);

	if (!changed_at_ms || done->all_ms >= changed_at_ms || (entry && entry->at_ms >= changed_at_ms))
		return false;
	return created_ms <= changed_at_ms + RESTART_SKEW_MS;
}

bool restart_is_wanted(const char *secret, const char *workload, const char *namespace, bool otherwise)
{
	const char *levels[] = {secret, workload, namespace};
	bool wanted;

	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		if (!str_empty(levels[i]))
			return str_to_bool(levels[i], &wanted) && wanted;
	return otherwise;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct stamp_part *)a)->name, ((const struct stamp_part *)b)->name);
}

void restart_stamp(const struct stamp_part *parts, size_t n, char out[STAMP_SIZE])
{
	struct stamp_part *sorted CLEANUP(mem_freep) = mem_dup(parts, n * sizeof(*parts));
	struct strbuf text CLEANUP(strbuf_release) = {0};
	uint8_t hash[CRYPTO_SHA256_LEN];
	char newest[CLOCK_RFC3339_SIZE];
	int64_t newest_ms = 0;

	strbuf_init(&text, 1u << 20);
	qsort(sorted, n, sizeof(*sorted), by_name);
	for (size_t i = 0; i < n; i++) {
		if (!sorted[i].changed_at_ms)
			continue;
		strbuf_addf(&text, "%s=%lld\n", sorted[i].name, (long long)sorted[i].changed_at_ms);
		if (sorted[i].changed_at_ms > newest_ms)
			newest_ms = sorted[i].changed_at_ms;
	}
	crypto_sha256(text.p, text.len, hash);
	clock_format_rfc3339(newest_ms, 3, newest);
	snprintf(out, STAMP_SIZE, "%s-%02x%02x%02x%02x", newest, hash[0], hash[1], hash[2], hash[3]);
}

int64_t restart_changed_at(int64_t server_time_ms, int64_t last_ms)
{
	return server_time_ms > last_ms ? server_time_ms : last_ms + 1;
}
