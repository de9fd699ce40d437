#include "operator/dryrun.h"

#include "operator/restarts.h"
#include "operator/sync.h"

struct pass {
	struct shared *shared;
	struct clients *clients;
	struct cancel *cancel;
	struct strbuf *out;
	size_t created, updated, kept, failed, restarts;
};

static void say_names(struct strbuf *out, char sign, const struct strv *names)
{
	for (size_t i = 0; i < names->n; i++)
		strbuf_addf(out, " %c%s", sign, names->v[i]);
}

static void say_write(struct pass *p, const struct sync *s, const struct sync_outcome *outcome)
{
	const struct secretwrite *w = &outcome->write;

	if (!w->wrote) {
		p->kept++;
		strbuf_addf(p->out, "keep    %s\n", s->key);
		return;
	}
	if (w->created)
		p->created++;
	else
		p->updated++;
	strbuf_addf(p->out, "%s  %s  %s version %lld:", w->created ? "create" : "update", s->key,
		    outcome->path, (long long)outcome->version);
	say_names(p->out, '+', &w->changes.added);
	say_names(p->out, '~', &w->changes.changed);
	say_names(p->out, '-', &w->changes.removed);
	strbuf_adds(p->out, secretdata_changes_any(&w->changes) ? "\n" : " metadata only\n");
}

static err_t say_restarts(struct pass *p, const struct sync *s, const struct sync_outcome *outcome)
{
	struct kobj_list workloads CLEANUP(kobj_list_release) = {0};

	if (!outcome->write.wrote || outcome->write.created ||
	    !secretdata_changes_any(&outcome->write.changes))
		return NULL;
	TRY_(restarts_foresee(p->shared, p->clients, s->key, p->cancel, &workloads));
	for (size_t i = 0; i < workloads.n; i++) {
		const struct workload *w = (const struct workload *)workloads.v[i];

		strbuf_addf(p->out, "restart %s/%s (%s)\n", w->o.meta.namespace, w->o.meta.name,
			    w->resource->kind);
	}
	p->restarts += workloads.n;
	return NULL;
}

static void say_failure(struct pass *p, const struct sync *s, enum status_stage stage, const struct err *e)
{
	p->failed++;
	strbuf_addf(p->out, "fail    %s  %s: ", s->key, status_reason(stage, e));
	status_message(stage, e, p->out);
	strbuf_addc(p->out, '\n');
}

/* Of base everything but want is set. */
static err_t look_at(struct pass *p, const struct sync *base, const struct sources *sources)
{
	struct desired want CLEANUP(desired_release) = {0};
	struct sync_outcome outcome CLEANUP(sync_outcome_release) = {.stage = STATUS_STAGE_SPEC};
	struct sync s = *base;
	bool wanted = false;
	err_t e CLEANUP(err_freep) = desired_from(sources, base->name, &want, &wanted);

	if (!e && !wanted)
		return NULL;
	s.want = &want;
	if (!e)
		e = sync_secret(&s, &outcome);
	if (err_is(e, ERR_CANCELED))
		return TAKE(e);
	if (e) {
		say_failure(p, &s, outcome.stage, e);
		return NULL;
	}
	say_write(p, &s, &outcome);
	return say_restarts(p, &s, &outcome);
}

static err_t look_at_key(struct pass *p, const char *key)
{
	struct sources sources CLEANUP(sources_release) = {0};
	struct kobj *have;
	char namespace[254], name[254];
	struct sync s = {.shared = p->shared,
			 .clients = p->clients,
			 .cancel = p->cancel,
			 .key = key,
			 .namespace = namespace,
			 .name = name};
	err_t e;

	if (!kube_key_parse(key, namespace, name) || !shared_serves_namespace(p->shared, namespace))
		return NULL;
	have = kstore_get(p->shared->secrets, key);
	sync_gather(p->shared, key, &sources);
	s.have = (const struct secretmeta *)have;
	s.item = sources.item;
	e = look_at(p, &s, &sources);
	kobj_unref(have);
	return e;
}

err_t dryrun(struct shared *s, struct clients *clients, struct cancel *cancel, struct strbuf *out,
	     size_t *out_failed)
{
	struct pass p = {.shared = s, .clients = clients, .cancel = cancel, .out = out};
	struct strv keys CLEANUP(strv_release) = {0};

	shared_wanted_keys(s, &keys);
	for (size_t i = 0; i < keys.n; i++)
		TRY_(look_at_key(&p, keys.v[i]));
	strbuf_addf(out,
		    "%zu Secrets would be created, %zu updated, %zu kept; %zu can't be served; %zu restarts; "
		    "nothing was "
		    "written\n",
		    p.created, p.updated, p.kept, p.failed, p.restarts);
	*out_failed = p.failed;
	return strbuf_check(out, "report");
}
