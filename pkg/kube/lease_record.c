#include "kube/lease_record.h"

#include "base/mem.h"
#include "json/jsonw.h"

#define PART_MAX (256u << 10)
/* A day: no lease is longer, and no sum of times overflows. */
#define DURATION_MAX_S 86400
#define TRANSITIONS_MAX INT32_MAX

void lease_record_release(struct lease_record *r)
{
	mem_free(r->metadata);
	mem_free(r->spec);
	mem_free(r->holder);
	mem_free(r->acquired);
	*r = (struct lease_record){0};
}

static NODISCARD err_t dup_json(const struct jsonx *v, char **out)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct jsonw w;

	strbuf_init(&text, PART_MAX);
	jsonw_init_str(&w, &text);
	jsonw_value(&w, v);
	TRY_(jsonw_done(&w));
	*out = strbuf_take(&text);
	return NULL;
}

static int64_t clamp(int64_t v, int64_t max)
{
	return v < 0 ? 0 : v > max ? max : v;
}

err_t lease_record_parse(const struct jsonx *object, struct lease_record *out)
{
	CLEANUP(lease_record_release) struct lease_record r = {0};
	const struct jsonx *metadata = jsonx_get(object, "metadata"), *spec = jsonx_get(object, "spec");
	const char *holder = jsonx_get_str(spec, "holderIdentity");

	if (str_empty(jsonx_get_str(metadata, "resourceVersion")))
		return err_new(ERR_PROTOCOL, "lease: without a resourceVersion");
	TRY(dup_json(metadata, &r.metadata), "lease");
	TRY(dup_json(spec, &r.spec), "lease");
	r.holder = mem_strdup(holder ? holder : "");
	r.acquired = mem_strdup(jsonx_get_str(spec, "acquireTime"));
	r.duration_ms = clamp(jsonx_get_int(spec, "leaseDurationSeconds", 0), DURATION_MAX_S) * 1000;
	r.transitions = clamp(jsonx_get_int(spec, "leaseTransitions", 0), TRANSITIONS_MAX - 1);
	*out = r;
	r = (struct lease_record){0};
	return NULL;
}

err_t lease_claim_format(const struct lease_claim *c, struct strbuf *out)
{
	CLEANUP(strbuf_release) struct strbuf spec = {0};
	struct jsonw w;

	strbuf_init(&spec, PART_MAX);
	jsonw_init_str(&w, &spec);
	jsonw_object(&w);
	jsonw_kstr(&w, "holderIdentity", c->holder);
	jsonw_kint(&w, "leaseDurationSeconds", c->duration_s);
	jsonw_kstr(&w, "acquireTime", c->acquired);
	jsonw_kstr(&w, "renewTime", c->renewed);
	jsonw_kint(&w, "leaseTransitions", c->transitions);
	jsonw_end_object(&w);
	TRY_(jsonw_done(&w));
	strbuf_addf(
		out,
		"{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":%s,\"spec\":%s}",
		c->metadata, spec.p);
	return strbuf_check(out, "lease");
}
