#include "operator/cluster_test.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/test.h"
#include "onepassword/request.h"
#include "operator/changes.h"
#include "operator/moved.h"
#include "operator/names.h"
#include "operator/secretmeta.h"

#include <stdio.h>
#include <string.h>

#define STAMP "spec\ntemplate\nmetadata\nannotations\n" NAME_LAST_RESTARTED "\n"
#define ROUNDS_MAX 40
#define POLL_MS 60000
#define KEYS_MAX 1000

/* --- what must hold at every request --- */

static bool leaks(const char *text)
{
	return strstr(text, CANARY) || strstr(text, CANARY_BASE64);
}

static void check_line(void *arg, const char *line, size_t len)
{
	char *text CLEANUP(mem_freep) = mem_strndup(line, len);

	(void)arg;
	CHECK_MSG(!leaks(text), "a value in the log: %s", text);
}

static void check_sent(const struct http_request *req)
{
	char *body CLEANUP(mem_freep) =
		mem_strndup(req->body ? req->body : "", req->body ? req->body_len : 0);
	const bool is_secret = strstr(req->path, "/secrets/");

	CHECK_MSG(!leaks(req->path), "%s", req->path);
	CHECK_MSG(is_secret || !leaks(body), "a value outside of a Secret: %s", req->path);
}

static void add_value(struct strbuf *out, const char *path, const char *base64)
{
	struct secret *value CLEANUP(secret_freep) = secret_new(1000);

	/* The text has quotes around it. */
	CHECK_OK(secret_add_base64_decoded(value, base64 + 1, strlen(base64) - 2));
	strbuf_addf(out, "%.*s=%s\n", (int)strcspn(path + strlen("data\n"), "\n"), path + strlen("data\n"),
		    secret_bytes(value));
}

static char *data_of(const struct apiobject *secret)
{
	struct strbuf text CLEANUP(strbuf_release) = {0};
	struct strv paths CLEANUP(strv_release) = {0};

	strbuf_init(&text, 65536);
	for (size_t i = 0; i < secret->fields.n; i++)
		if (str_has_prefix(secret->fields.v[i].key, "data\n") &&
		    !streq(secret->fields.v[i].key, CLUSTER_FOREIGN_KEY))
			strv_add(&paths, secret->fields.v[i].key);
	strv_sort(&paths);
	for (size_t i = 0; i < paths.n; i++)
		add_value(&text, paths.v[i], apifake_get(secret, paths.v[i]));
	return strbuf_take(&text);
}

static bool has_values(const struct apiobject *secret, const char *id, int values)
{
	struct strbuf want CLEANUP(strbuf_release) = {0};
	char *have CLEANUP(mem_freep) = data_of(secret);

	strbuf_init(&want, 65536);
	connectfake_expect(id, values, &want);
	return streq(have, want.p);
}

/* After a write of this program the data is that of one version of one item, whole. */
static void check_whole(const struct apiobject *secret)
{
	static const char *const ids[] = {CONNECT_ITEM, CONNECT_OTHER};

	if (apifake_count(secret, "data\n") == 0)
		return; /* of an item without values; see connectfake_test.h */
	for (size_t i = 0; i < ARRAY_LEN(ids); i++)
		for (int values = 1; values < 5; values++)
			if (has_values(secret, ids[i], values))
				return;
	CHECK_MSG(false, "the Secret is a mixture");
}

static void count_stamps(struct cluster *c)
{
	for (size_t i = 0; i < c->api.n; i++) {
		const struct apiobject *o = c->api.objects[i];
		const char *stamp = apifake_get(o, STAMP);

		if (!stamp || streq(stamp, kvlist_get(&c->last_stamps, o->name)))
			continue;
		c->stamps++;
		kvlist_set(&c->last_stamps, o->name, stamp);
	}
}

static err_t answer(void *arg, const struct http_request *req, struct http_response *out)
{
	struct cluster *c = arg;

	check_sent(req);
	if (c->interrupt && http_fake_count(c->fake) == c->interrupt_at + 1)
		c->interrupt(c);
	if (str_has_prefix(req->path, "/v1/")) {
		connectfake_answer(&c->connect, req, out);
		return NULL;
	}
	apifake_answer(&c->api, req, out);
	if (!streq(req->method, "PATCH"))
		return NULL;
	count_stamps(c);
	/* A JSON patch only moves ownership. */
	if (strstr(req->path, "/secrets/") && strstr(req->content_type, "apply") && out->status < 300 &&
	    !c->connect.items[0].label)
		check_whole(cluster_secret(c));
	return NULL;
}

/* --- start and stop --- */

static void memory_init(struct cluster *c)
{
	struct shared *s = &c->shared;

	s->items = kstore_new_packed(&onepassworditem_form);
	s->secrets = kstore_new_packed(&secretmeta_form);
	workloads_init(&s->workloads);
	s->catalog = catalog_new();
	s->itemfetch = itemfetch_new();
	s->memos = memos_new();
	s->contests = contests_new();
	s->queue = workqueue_new(&(struct workqueue_options){
		.name = "cluster", .backoff_ms = 1, .backoff_max_ms = 1, .max_keys = KEYS_MAX});
	trouble_init(&s->trouble);
}

static void memory_release(struct cluster *c)
{
	struct shared *s = &c->shared;

	kstore_free(s->items);
	kstore_free(s->secrets);
	workloads_release(&s->workloads);
	catalog_free(s->catalog);
	itemfetch_free(s->itemfetch);
	memos_free(s->memos);
	contests_free(s->contests);
	workqueue_free(s->queue);
	trouble_release(&s->trouble);
}

void cluster_start(struct cluster *c)
{
	struct secret *token CLEANUP(secret_freep) = secret_from_str(CANARY "-token");

	*c = (struct cluster){.cancel = cancel_new(NULL)};
	log_configure(LOG_DEBUG, LOG_JSON);
	log_set_sink(check_line, NULL);
	apifake_init(&c->api);
	connectfake_init(&c->connect);
	c->fake = http_fake_new(answer, c);
	CHECK_OK(op_endpoint_new("http://connect", token, &c->endpoint));
	c->clients.kube = kube_client_new_on(http_fake_transport(c->fake));
	/* Shorter than the fake's Retry-After, so that nothing here sleeps. */
	kube_client_set_timeout(c->clients.kube, 5000);
	c->clients.connect = op_client_new_on(c->endpoint, http_fake_transport(c->fake));
	c->clients.connect->file_wait_ms = 0;
	memory_init(c);
	c->shared.auto_restart = true;
	c->shared.poll_ms = POLL_MS;
	c->shared.compare_ms = INT64_C(1000000000000);
}

void cluster_stop(struct cluster *c)
{
	memory_release(c);
	kube_client_free(c->clients.kube);
	op_client_free(c->clients.connect);
	op_endpoint_free(c->endpoint);
	http_fake_free(c->fake);
	cancel_free(c->cancel);
	apifake_release(&c->api);
	kvlist_release(&c->last_stamps);
	log_set_sink(NULL, NULL);
	CHECK_INT(err_live(), 0);
}

void cluster_restart(struct cluster *c)
{
	memory_release(c);
	memory_init(c);
	atomic_store(&c->shared.crd, CRD_NEW);
	cluster_feed(c);
}

/* --- objects --- */

void cluster_add_item(struct cluster *c, const char *members)
{
	char *text CLEANUP(mem_freep) = mem_printf("{'metadata':{'name':'db','namespace':'team'%s}", members);

	apifake_add(&c->api, &onepassworditem_resource, "kubectl", text);
	cluster_feed(c);
}

void cluster_add_workload(struct cluster *c, const char *name, const char *members)
{
	char *text CLEANUP(mem_freep) =
		mem_printf("{'metadata':{'name':'%s','namespace':'team'%s}", name, members);

	apifake_add(&c->api, &kube_deployments, "kubectl", text)->created_ms -= 3600000;
	cluster_feed(c);
}

static void add_base64(struct strbuf *out, const char *key, const char *value)
{
	struct secret *text CLEANUP(secret_freep) = secret_new(1000);

	CHECK_OK(secret_add_base64(text, value, strlen(value)));
	strbuf_addf(out, "%s'%s':'%s'", str_has_suffix(out->p, "{") ? "" : ",", key, secret_bytes(text));
}

void cluster_add_original(struct cluster *c, int version)
{
	struct strbuf text CLEANUP(strbuf_release) = {0}, values CLEANUP(strbuf_release) = {0};
	struct strv lines CLEANUP(strv_release) = {0};

	strbuf_init(&text, 65536);
	strbuf_init(&values, 65536);
	connectfake_expect(CONNECT_ITEM, version, &values);
	strv_split(&lines, values.p, '\n');
	strbuf_addf(&text,
		    "{'metadata':{'name':'db','namespace':'team','annotations':{'" NAME_ITEM_PATH
		    "':'vaults/" CONNECT_VAULT "/items/" CONNECT_ITEM "','" NAME_ITEM_VERSION
		    "':'%d','" NAME_AUTO_RESTART "':'true'}},'type':'Opaque','data':{",
		    version);
	for (size_t i = 0; i < lines.n; i++) {
		char *equals = strchr(lines.v[i], '=');

		if (!equals)
			continue;
		*equals = '\0';
		add_base64(&text, lines.v[i], equals + 1);
	}
	strbuf_adds(&text, "}}");
	apifake_add(&c->api, &kube_secrets, NAME_MANAGER_ORIGINAL, text.p);
}

struct apiobject *cluster_secret(const struct cluster *c)
{
	return apifake_find(&c->api, &kube_secrets, "db");
}

struct apiobject *cluster_item(const struct cluster *c)
{
	return apifake_find(&c->api, &onepassworditem_resource, "db");
}

struct apiobject *cluster_workload(const struct cluster *c, const char *name)
{
	return apifake_find(&c->api, &kube_deployments, name);
}

const char *cluster_annotation(const struct cluster *c, const char *name)
{
	char *path CLEANUP(mem_freep) = mem_printf("metadata\nannotations\n%s\n", name);

	return apifake_get(cluster_secret(c), path);
}

/* --- watch --- */

static bool is_watched(const struct apiobject *o)
{
	return !streq(o->resource->kind, "Secret") ||
	       streq(apifake_get(o, "metadata\nlabels\n" NAME_MANAGED_LABEL "\n"), "\"true\"");
}

static struct kstore *store_of(const struct cluster *c, const struct kube_resource *resource)
{
	if (streq(resource->kind, "Secret"))
		return c->shared.secrets;
	if (streq(resource->kind, "Deployment"))
		return c->shared.workloads.stores[WORKLOAD_DEPLOYMENTS];
	return streq(resource->kind, "OnePasswordItem") ? c->shared.items : NULL;
}

static struct kobj *decode(const struct cluster *c, const struct apiobject *o)
{
	char *text CLEANUP(mem_freep) =
		apiobject_text(o, streq(o->resource->kind, "Secret") ? APIVIEW_METADATA : APIVIEW_FULL);
	struct jsonx *json CLEANUP(jsonx_freep) = NULL;
	struct kobj *out = NULL;

	CHECK_OK(jsonx_parse(text, strlen(text), &json));
	if (streq(o->resource->kind, "Secret"))
		CHECK_OK(secretmeta_decode(json, c->shared.copy_annotations, &out));
	else if (streq(o->resource->kind, "Deployment"))
		CHECK_OK(workload_decode(&kube_deployments, json, NULL, &out));
	else
		CHECK_OK(onepassworditem_decode(json, c->shared.copy_annotations, &out));
	return out;
}

/* As the reflector does. */
static void tell(struct cluster *c, const struct kube_resource *resource, const struct kobj *old,
		 const struct kobj *now)
{
	if (streq(resource->kind, "Deployment"))
		changes_workload(&c->shared, old, now);
	else
		changes_named(&c->shared, old, now);
}

static void feed_gone(struct cluster *c, const struct kube_resource *resource)
{
	struct kstore *store = store_of(c, resource);
	struct kobj_list all CLEANUP(kobj_list_release) = {0};

	kstore_all(store, &all);
	for (size_t i = 0; i < all.n; i++) {
		const struct apiobject *o = apifake_find(&c->api, resource, all.v[i]->meta.name);
		char key[KUBE_KEY_SIZE];

		kube_key_format(all.v[i]->meta.namespace, all.v[i]->meta.name, key);
		if (!o || !is_watched(o) || !streq(o->uid, all.v[i]->meta.uid)) {
			struct kobj *old = kstore_remove(store, key);

			tell(c, resource, old, NULL);
			kobj_unref(old);
		}
	}
}

static bool is_known(const struct cluster *c, const struct apiobject *o)
{
	char key[KUBE_KEY_SIZE], version[24];
	struct kobj *known;
	bool same;

	kube_key_format(o->namespace, o->name, key);
	snprintf(version, sizeof(version), "%lld", (long long)o->version);
	known = kstore_get(store_of(c, o->resource), key);
	same = known && streq(known->meta.resource_version, version);
	kobj_unref(known);
	return same;
}

static void feed_object(struct cluster *c, const struct apiobject *o)
{
	struct kstore *store = store_of(c, o->resource);
	struct kobj *now = decode(c, o), *kept = now ? kobj_ref(now) : NULL, *old = NULL;
	char key[KUBE_KEY_SIZE];
	bool taken = true;

	kube_key_format(o->namespace, o->name, key);
	if (now)
		taken = kstore_sync(store, &now, &old);
	else
		old = kstore_remove(store, key); /* of no interest any more */
	if (taken && (old || kept))
		tell(c, o->resource, old, kept);
	kobj_unref(kept);
	kobj_unref(old);
}

void cluster_feed(struct cluster *c)
{
	feed_gone(c, &onepassworditem_resource);
	feed_gone(c, &kube_secrets);
	feed_gone(c, &kube_deployments);
	for (size_t i = 0; i < c->api.n; i++)
		if (store_of(c, c->api.objects[i]->resource) && is_watched(c->api.objects[i]) &&
		    !is_known(c, c->api.objects[i]))
			feed_object(c, c->api.objects[i]);
}

/* --- poller and worker --- */

/* What a worker gives up must come back with the polls. */
static void check_comes_back(const struct err *e, int64_t again_ms)
{
	CHECK_MSG(worker_next_after(e) != WORKER_GIVE_UP || (again_ms > 0 && again_ms <= 2 * POLL_MS),
		  "nobody comes back after: %s", err_text(e));
}

static void watch(struct cluster *c)
{
	if (c->behind == 0)
		cluster_feed(c);
	else
		c->behind--;
}

/* As the worker brings it; what waits for the next poll has it now. */
static void come_again(struct cluster *c, const char *key, const struct err *e, int64_t again_ms)
{
	if (e || (again_ms > 0 && again_ms <= 2 * POLL_MS))
		workqueue_add(c->shared.queue, key, WORKQUEUE_ROUTINE);
}

err_t cluster_reconcile(struct cluster *c, const char *key, int64_t *out_again_ms)
{
	struct reconcile_result result = {0};
	err_t e = reconcile_secret(&c->shared, &c->clients, key, c->cancel, &result);

	CHECK_MSG(!e || !leaks(err_text(e)), "%s", err_text(e));
	*out_again_ms = result.again_after_ms;
	if (!err_is(e, ERR_CANCELED))
		check_comes_back(e, result.again_after_ms);
	come_again(c, key, e, result.again_after_ms);
	watch(c);
	return e;
}

void cluster_poll(struct cluster *c)
{
	bool moved = false, any = false;

	for (int i = 0; i < ROUNDS_MAX; i++) {
		err_t e CLEANUP(err_freep) =
			catalog_poll(c->shared.catalog, c->clients.connect, false, c->cancel, &moved);

		any |= moved;
		if (e) {
			CHECK_MSG(!leaks(err_text(e)), "%s", err_text(e));
			continue;
		}
		if (any)
			moved_queue(&c->shared);
		return;
	}
	CHECK_MSG(false, "the poll never ends well");
}

static void take_keys(struct cluster *c, struct strv *out)
{
	for (char *key; (key = workqueue_try_get(c->shared.queue)); mem_free(key)) {
		strv_add(out, key);
		workqueue_done(c->shared.queue, key);
	}
}

void cluster_drop_keys(struct cluster *c)
{
	struct strv keys CLEANUP(strv_release) = {0};

	take_keys(c, &keys);
}

/* Reconciles every key that is due, each once; what they bring is for the next time. False: one failed. */
static bool work(struct cluster *c)
{
	struct strv keys CLEANUP(strv_release) = {0};
	bool fine = true;

	take_keys(c, &keys);
	for (size_t i = 0; i < keys.n; i++) {
		int64_t again_ms = 0;
		err_t e CLEANUP(err_freep) = cluster_reconcile(c, keys.v[i], &again_ms);

		if (again_ms > 0 && again_ms <= c->shared.restart_window_ms)
			cancel_sleep_ms(c->cancel, again_ms);
		fine &= !e;
	}
	return fine;
}

/* how: what a round must no longer ask: "" anything. */
static void settle(struct cluster *c, const char *how)
{
	for (int i = 0; i < ROUNDS_MAX; i++) {
		const bool is_behind = c->behind > 0;
		size_t before;

		watch(c);
		cluster_poll(c);
		before = cluster_requests(c, how);
		if (work(c) && !is_behind && cluster_requests(c, how) == before)
			return;
	}
	CHECK_MSG(false, "it never settles");
}

void cluster_settle(struct cluster *c)
{
	settle(c, "");
}

void cluster_settle_in_trouble(struct cluster *c)
{
	settle(c, "PATCH");
}

void cluster_check_quiet(struct cluster *c)
{
	const size_t before = http_fake_count(c->fake);
	int64_t again_ms;

	CHECK_OK(cluster_reconcile(c, CLUSTER_KEY, &again_ms));
	CHECK_MSG(http_fake_count(c->fake) == before, "%s", http_fake_line(c->fake, before));
}

void cluster_check_data(const struct cluster *c, const char *id, int values)
{
	CHECK(cluster_secret(c));
	CHECK_MSG(has_values(cluster_secret(c), id, values), "not the values of version %d of %c", values,
		  *id);
}

void cluster_check_ready(const struct cluster *c, const char *want)
{
	const char *text = apifake_get(cluster_item(c), "status\nconditions\n");
	struct strbuf have CLEANUP(strbuf_release) = {0};
	struct jsonx *json CLEANUP(jsonx_freep) = NULL;
	const struct jsonx *ready;

	strbuf_init(&have, 65536);
	CHECK(text);
	CHECK_OK(jsonx_parse(text, strlen(text), &json));
	ready = jsonx_at(json, 0);
	strbuf_adds(&have, jsonx_get_str(ready, "status"));
	if (jsonx_get_str(ready, "reason"))
		strbuf_addf(&have, " %s", jsonx_get_str(ready, "reason"));
	if (!str_empty(jsonx_get_str(ready, "message")))
		strbuf_addf(&have, " %s", jsonx_get_str(ready, "message"));
	CHECK_STR(have.p, want);
}

size_t cluster_requests(struct cluster *c, const char *prefix)
{
	size_t n = 0;

	for (size_t i = 0; i < http_fake_count(c->fake); i++)
		n += str_has_prefix(http_fake_line(c->fake, i), prefix);
	return n;
}
