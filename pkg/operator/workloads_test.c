#include "operator/workloads.h"

#include "base/mem.h"
#include "base/test.h"

#include <string.h>

static void add(struct workloads *w, size_t kind, const char *name, const char *secret)
{
	char *text CLEANUP(mem_freep) = mem_printf(
		"{\"metadata\":{\"name\":\"%s\",\"namespace\":\"team\",\"uid\":\"%zu-%s\","
		"\"resourceVersion\":\"1\",\"annotations\":{\"operator.1password.io/item-name\":\"%s\"}}}",
		name, kind, name, secret);
	struct jsonx *json CLEANUP(jsonx_freep) = NULL;
	struct kobj *o = NULL, *old = NULL;

	CHECK_OK(jsonx_parse(text, strlen(text), &json));
	CHECK_OK(workload_decode(workload_kinds[kind], json, NULL, &o));
	kstore_put(workloads_of_kind(w, workload_kinds[kind]), &o, &old);
	CHECK(!old);
}

TEST(workloads, of_one_name_but_of_other_kinds_stand_beside_each_other)
{
	struct kobj_list all CLEANUP(kobj_list_release) = {0};
	struct kobj_list users CLEANUP(kobj_list_release) = {0};
	struct kobj_list named CLEANUP(kobj_list_release) = {0};
	char index[WORKLOAD_INDEX_SIZE];
	struct workloads w;

	workloads_init(&w);
	for (size_t kind = 0; kind < WORKLOAD_KINDS; kind++)
		add(&w, kind, "web", kind == WORKLOAD_DAEMONSETS ? "other" : "database");
	workloads_all(&w, &all);
	CHECK_INT(all.n, WORKLOAD_KINDS);
	workload_index_uses("team/database", index);
	workloads_indexed(&w, index, &users);
	CHECK_INT(users.n, WORKLOAD_KINDS - 1);
	for (size_t i = 0; i < users.n; i++)
		CHECK(((const struct workload *)users.v[i])->resource != &kube_daemonsets);
	workloads_named(&w, "team/web", &named);
	CHECK_INT(named.n, WORKLOAD_KINDS);
	workloads_release(&w);
}
