#include "opi.h"

#include "base/clock.h"
#include "base/mem.h"
#include "operator/names.h"
#include "operator/onepassworditem.h"

#include <stdio.h>
#include <time.h>

#define MANAGER "opc"
#define LOOK_AGAIN_MS 250
/* What fails is not served, but tried again and again: after so long it counts as failing still. */
#define FAILING_MS 3000

static const struct config_option options[] = {
	OPI_OPTIONS,
	{"all", NULL, CONFIG_BOOL, offsetof(struct opi_settings, all), .help = "All of the namespace."},
	{"wait", NULL, CONFIG_BOOL, offsetof(struct opi_settings, wait), .otherwise = "true",
	 .help = "Wait until the operator has done it."},
	{"timeout", NULL, CONFIG_DURATION, offsetof(struct opi_settings, timeout_ns), .otherwise = "60s",
	 .min = NS_PER_S, .max = 3600 * NS_PER_S, .help = "How long to wait, in all."},
};

/* Which ones: "namespace/name". */
static err_t add_key(void *arg, const struct jsonx *object)
{
	struct strv *keys = arg;
	const struct jsonx *meta = jsonx_get(object, "metadata");
	char key[KUBE_KEY_SIZE];

	kube_key_format(text_of(meta, "namespace"), text_of(meta, "name"), key);
	strv_add(keys, key);
	return NULL;
}

static NODISCARD err_t find(const struct cluster *c, const struct opi_settings *s, const char *const *names,
			    struct strv *out)
{
	if (!s->all && !names[0])
		return err_new(ERR_INVALID, "name a OnePasswordItem, or say --all");
	if (s->all)
		return cluster_each(c, &onepassworditem_resource, add_key, out);
	for (; *names; names++) {
		CLEANUP(kube_object_release) struct kube_object object = {0};

		TRY_(cluster_get(c, &onepassworditem_resource, *names, &object));
		TRY_(add_key(out, object.json));
	}
	return NULL;
}

static NODISCARD err_t ask(const struct cluster *c, const struct kube_target *target, const char *request)
{
	CLEANUP(kube_object_release) struct kube_object answer = {0};
	CLEANUP(strbuf_release) struct strbuf body = {0};
	struct jsonw w;

	strbuf_init(&body, 4096);
	jsonw_init_str(&w, &body);
	jsonw_object(&w);
	jsonw_kobject(&w, "metadata");
	jsonw_kobject(&w, "annotations");
	jsonw_kstr(&w, NAME_FORCE_SYNC, request);
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	TRY_(jsonw_done(&w));
	return kube_patch(c->client, target, KUBE_PATCH_MERGE, MANAGER, body.p, body.len, NULL, &answer);
}

/* Until the status says that the request was served; *out_fine: with success. */
static NODISCARD err_t await(const struct cluster *c, const struct kube_target *target, const char *request,
			     int64_t until_ns, bool *out_fine)
{
	const struct timespec pause = {.tv_nsec = LOOK_AGAIN_MS * NS_PER_MS};
	const int64_t fails_at_ns = clock_now_ns(NULL) + FAILING_MS * NS_PER_MS;

	for (;;) {
		CLEANUP(kube_object_release) struct kube_object object = {0};
		const struct jsonx *ready;

		TRY_(kube_get(c->client, target, KUBE_FULL, NULL, &object));
		ready = opi_condition(object.json, "Ready");
		const bool served =
			streq(jsonx_get_str(jsonx_get(object.json, "status"), "forceSync"), request);
		if (served ||
		    (streq(opi_state(object.json), "failing") && clock_now_ns(NULL) > fails_at_ns)) {
			*out_fine = streq(jsonx_get_str(ready, "status"), "True");
			printf("%s/%s: %s%s%s\n", target->namespace, target->name, text_of(ready, "reason"),
			       *out_fine ? "" : ": ", text_of(ready, "message"));
			return NULL;
		}
		if (clock_now_ns(NULL) > until_ns)
			return err_new(ERR_TIMEOUT,
				       "%s/%s: the operator has not served the request in time; does it run, "
				       "and does it watch this namespace?",
				       target->namespace, target->name);
		(void)nanosleep(&pause, NULL);
	}
}

/* First all are asked, then all awaited. */
enum step { STEP_ASK, STEP_AWAIT };

static NODISCARD err_t each(const struct cluster *c, const struct strv *keys, enum step step,
			    const char *request, int64_t until_ns, size_t *n_failing)
{
	char namespace[254], name[254];
	const struct kube_target target = {
		.resource = &onepassworditem_resource, .namespace = namespace, .name = name};

	for (size_t i = 0; i < keys->n; i++) {
		bool fine = true;

		if (!kube_key_parse(keys->v[i], namespace, name))
			continue;
		if (step == STEP_ASK)
			TRY(ask(c, &target, request), "%s", keys->v[i]);
		else
			TRY_(await(c, &target, request, until_ns, &fine));
		*n_failing += !fine;
	}
	return NULL;
}

static NODISCARD err_t run(const char *const *names, const void *settings)
{
	const struct opi_settings *s = settings;
	const int64_t until_ns = clock_now_ns(NULL) + s->timeout_ns;
	CLEANUP(cluster_release) struct cluster cluster = {0};
	CLEANUP(strv_release) struct strv keys = {0};
	struct timespec now = {0};
	char request[CLOCK_RFC3339_SIZE];
	size_t failing = 0;

	TRY_(cluster_open(s, &cluster));
	TRY_(find(&cluster, s, names, &keys));
	(void)clock_gettime(CLOCK_REALTIME, &now);
	clock_format_rfc3339((int64_t)now.tv_sec * 1000 + now.tv_nsec / NS_PER_MS, 3, request);
	TRY_(each(&cluster, &keys, STEP_ASK, request, until_ns, &failing));
	if (s->wait)
		TRY_(each(&cluster, &keys, STEP_AWAIT, request, until_ns, &failing));
	return failing == 0 ? NULL : err_new(ERR_INVALID, "%zu of %zu are failing", failing, keys.n);
}

const struct command command_opi_sync = {
	.name = "opi sync",
	.arguments = "NAME... | --all [-n NAMESPACE | -A] [--wait=false] [--timeout 60s]",
	.summary = "Has the operator look at items and Secrets now, and waits for the result.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.n_more = 1000,
	.settings_size = sizeof(struct opi_settings),
	.aliases = opi_aliases,
	.run = run,
};
