#include "operator/desired.h"

#include "base/mem.h"
#include "base/test.h"
#include "operator/names.h"
#include "operator/quoted_test.h"

#include <stdio.h>

static struct onepassworditem *item_of(const char *more_meta, const char *rest)
{
	char *text CLEANUP(mem_freep) = mem_printf(
		"{'metadata':{'name':'db','namespace':'team','uid':'uid-item','resourceVersion':'7'%s},"
		"'spec':{'itemPath':'vaults/V/items/I'}%s}",
		more_meta, rest);
	struct jsonx *json CLEANUP(jsonx_freep) = quoted_json(text);
	struct kobj *o = NULL;

	CHECK_OK(onepassworditem_decode(json, true, &o));
	return (struct onepassworditem *)o;
}

static void add_workload(struct sources *s, const char *uid, int created_s, const char *path,
			 const char *more_meta)
{
	char *text CLEANUP(mem_freep) =
		mem_printf("{'metadata':{'name':'w-%s','namespace':'team','uid':'%s','resourceVersion':'7',"
			   "'creationTimestamp':'2026-01-01T00:00:%02dZ','annotations':{'operator.1password."
			   "io/item-name':'db',"
			   "'operator.1password.io/item-path':'%s'}%s}}",
			   uid, uid, created_s, path, more_meta);
	struct jsonx *json CLEANUP(jsonx_freep) = quoted_json(text);
	struct kobj *o = NULL;

	CHECK_OK(workload_decode(&kube_deployments, json, NULL, &o));
	s->workloads.v = mem_grow(s->workloads.v, s->workloads.n + 1, sizeof(*s->workloads.v));
	s->workloads.v[s->workloads.n++] = o;
}

static void check_owners(const struct desired *d, const char *want)
{
	struct strbuf text CLEANUP(strbuf_release) = {0};

	strbuf_init(&text, 4096);
	for (size_t i = 0; i < d->n_owners; i++)
		strbuf_addf(&text, "%s %s %s %s;", d->owners[i].api_version, d->owners[i].kind,
			    d->owners[i].name, d->owners[i].uid);
	CHECK_STR(text.p, want);
}

TEST(desired, the_resource_decides)
{
	struct sources s CLEANUP(sources_release) = {0};
	struct desired d CLEANUP(desired_release) = {0};
	bool wanted = false;

	s.item = item_of(",'labels':{'team':'a'},'annotations':{'note':'x','operator.1password.io/"
			 "auto-restart':'True'}",
			 "");
	add_workload(&s, "u1", 1, "vaults/v/items/other", "");
	CHECK_OK(desired_from(&s, "db", &d, &wanted));
	CHECK(wanted);
	CHECK_STR(d.item_path, "vaults/V/items/I");
	CHECK_STR(d.type, "Opaque");
	CHECK_STR(kvlist_get(&d.labels, "team"), "a");
	CHECK_STR(kvlist_get(&d.labels, NAME_MANAGED_LABEL), "true");
	CHECK_INT(d.labels.n, 2);
	CHECK_STR(kvlist_get(&d.annotations, "note"), "x");
	CHECK_STR(kvlist_get(&d.annotations, NAME_AUTO_RESTART), "True"); /* verbatim */
	CHECK_INT(d.annotations.n, 2);
	check_owners(&d, "onepassword.com/v1 OnePasswordItem db uid-item;apps/v1 Deployment w-u1 u1;");
}

TEST(desired, nobody_that_stays_asks)
{
	struct sources s CLEANUP(sources_release) = {0};
	struct desired d CLEANUP(desired_release) = {0};
	bool wanted = true;

	CHECK_OK(desired_from(&s, "db", &d, &wanted));
	CHECK(!wanted);
	wanted = true;
	s.item = item_of(",'deletionTimestamp':'2026-01-01T00:00:00Z'",
			 ",'type':'bootstrap.kubernetes.io/token'");
	add_workload(&s, "u1", 1, "p", ",'deletionTimestamp':'2026-01-01T00:00:00Z'");
	CHECK_OK(desired_from(&s, "db", &d, &wanted));
	CHECK(!wanted);
}

TEST(desired, without_a_resource_the_oldest_workload_decides)
{
	static const struct {
		const char *name;
		struct {
			const char *uid;
			int created_s;
			bool deleting;
		} workloads[3];
		const char *path, *owners;
	} cases[] = {
		{"one", {{"u1", 5, false}}, "of-u1", "apps/v1 Deployment w-u1 u1;"},
		{"the oldest, in any order",
		 {{"u1", 5, false}, {"u2", 3, false}, {"u3", 4, false}},
		 "of-u2",
		 "apps/v1 Deployment w-u1 u1;apps/v1 Deployment w-u2 u2;apps/v1 Deployment w-u3 u3;"},
		{"the first comes first",
		 {{"u1", 3, false}, {"u2", 5, false}},
		 "of-u1",
		 "apps/v1 Deployment w-u1 u1;apps/v1 Deployment w-u2 u2;"},
		{"of equally old ones the smallest uid",
		 {{"u2", 3, false}, {"u1", 3, false}, {"u3", 3, false}},
		 "of-u1",
		 "apps/v1 Deployment w-u2 u2;apps/v1 Deployment w-u1 u1;apps/v1 Deployment w-u3 u3;"},
		{"one that goes does not count",
		 {{"u1", 3, true}, {"u2", 5, false}},
		 "of-u2",
		 "apps/v1 Deployment w-u2 u2;"},
		{"one that goes does not count, last",
		 {{"u1", 5, false}, {"u2", 3, true}},
		 "of-u1",
		 "apps/v1 Deployment w-u1 u1;"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct sources s CLEANUP(sources_release) = {0};
		struct desired d CLEANUP(desired_release) = {0};
		bool wanted = false;

		for (size_t k = 0; k < 3 && cases[i].workloads[k].uid; k++) {
			char path[16];

			snprintf(path, sizeof(path), "of-%s", cases[i].workloads[k].uid);
			add_workload(&s, cases[i].workloads[k].uid, cases[i].workloads[k].created_s, path,
				     cases[i].workloads[k].deleting
					     ? ",'deletionTimestamp':'2026-01-01T00:00:00Z'"
					     : "");
		}
		CHECK_OK(desired_from(&s, "db", &d, &wanted));
		CHECK_MSG(wanted && streq(d.item_path, cases[i].path), "%s: %s", cases[i].name, d.item_path);
		CHECK_STR(d.type, "Opaque");
		check_owners(&d, cases[i].owners);
	}
}

TEST(desired, a_resource_being_deleted_leaves_the_secret_to_workloads)
{
	struct sources s CLEANUP(sources_release) = {0};
	struct desired d CLEANUP(desired_release) = {0};
	bool wanted = false;

	s.item =
		item_of(",'deletionTimestamp':'2026-01-01T00:00:00Z','labels':{'team':'a'}", ",'type':'x/y'");
	add_workload(&s, "u1", 1, "of-u1", "");
	CHECK_OK(desired_from(&s, "db", &d, &wanted));
	CHECK(wanted);
	CHECK_STR(d.item_path, "of-u1");
	CHECK_STR(d.type, "Opaque");
	CHECK_INT(d.labels.n, 1);
	check_owners(&d, "apps/v1 Deployment w-u1 u1;");
}

TEST(desired, what_marks_an_object_as_a_tools_own_is_not_copied)
{
	static const char *const keys[] = {
		"app.kubernetes.io/instance",
		"app.kubernetes.io/managed-by",
		"helm.sh/chart",
		"kubectl.kubernetes.io/last-applied-configuration",
		"argocd.argoproj.io/tracking-id",
		"kustomize.toolkit.fluxcd.io/name",
		"helm.toolkit.fluxcd.io/name",
		"meta.helm.sh/release-name",
		"applyset.kubernetes.io/part-of",
		"kapp.k14s.io/app",
		"objectset.rio.cattle.io/id",
		"kubernetes.io/service-account.name",
		NAME_ITEM_PATH,
		NAME_ITEM_VERSION,
		NAME_KEYS,
		NAME_CHANGED_AT,
		NAME_RESTARTED,
		NAME_ADOPT,
		NAME_LAST_RESTARTED,
	};
	static const char *const kept[] = {"argocd.argoproj.io/secret-type", "app.kubernetes.io/name", "team",
					   "helm.sh/other", NAME_ITEM_NAME};

	for (size_t i = 0; i < ARRAY_LEN(keys) + ARRAY_LEN(kept); i++) {
		const bool keep = i >= ARRAY_LEN(keys);
		const char *key = keep ? kept[i - ARRAY_LEN(keys)] : keys[i];
		char *meta CLEANUP(mem_freep) =
			mem_printf(",'labels':{'%s':'x'},'annotations':{'%s':'x'}", key, key);
		struct sources s CLEANUP(sources_release) = {.item = item_of(meta, "")};
		struct desired d CLEANUP(desired_release) = {0};
		bool wanted = false;

		CHECK_OK(desired_from(&s, "db", &d, &wanted));
		CHECK_MSG(!!kvlist_get(&d.labels, key) == keep, "label %s", key);
		CHECK_MSG(!!kvlist_get(&d.annotations, key) == keep, "annotation %s", key);
	}
}

/* The item's path by ids is what the write itself puts there; the user's text beside it would differ from it
 * at every look. */
TEST(desired, of_a_workload_the_path_is_not_copied)
{
	struct sources s CLEANUP(sources_release) = {0};
	struct desired d CLEANUP(desired_release) = {0};
	bool wanted = false;

	add_workload(&s, "u1", 1, "vaults/My Vault/items/DB", "");
	CHECK_OK(desired_from(&s, "db", &d, &wanted));
	CHECK_STR(kvlist_get(&d.annotations, NAME_ITEM_PATH), NULL);
	CHECK_STR(kvlist_get(&d.annotations, NAME_ITEM_NAME), "db");
}

TEST(desired, types_that_mint_credentials_are_refused)
{
	static const struct {
		const char *type, *want; /* NULL: refused */
	} cases[] = {
		{"kubernetes.io/service-account-token", NULL},
		{"bootstrap.kubernetes.io/token", NULL},
		{"", "Opaque"},
		{"Opaque", "Opaque"},
		{"kubernetes.io/tls", "kubernetes.io/tls"},
		{"example.com/own", "example.com/own"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *type CLEANUP(mem_freep) = mem_printf(",'type':'%s'", cases[i].type);
		struct sources s CLEANUP(sources_release) = {.item = item_of("", type)};
		struct desired d CLEANUP(desired_release) = {0};
		bool wanted = false;

		if (!cases[i].want) {
			CHECK_ERR(desired_from(&s, "db", &d, &wanted), ERR_INVALID);
			CHECK(wanted); /* so that the resource is told */
			continue;
		}
		CHECK_OK(desired_from(&s, "db", &d, &wanted));
		CHECK_STR(d.type, cases[i].want);
	}
	CHECK_INT(err_live(), 0);
}

TEST(desired, more_labels_than_are_kept_are_refused)
{
	struct sources s CLEANUP(sources_release) = {.item = item_of("", "")};
	struct desired d CLEANUP(desired_release) = {0};
	bool wanted = false;
	char key[16];

	for (int i = 0; i < KVLIST_MAX + 1; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		kvlist_set(&s.item->labels, key, "v");
	}
	CHECK_ERR(desired_from(&s, "db", &d, &wanted), ERR_INVALID);
	CHECK(wanted);
}

TEST(desired, a_suffixed_pair_makes_a_secret_of_its_own)
{
	struct sources s CLEANUP(sources_release) = {0};
	struct desired d CLEANUP(desired_release) = {0};
	bool wanted = false;

	add_workload(&s, "u1", 1,
		     "p','operator.1password.io/item-name.c':'cache','operator.1password.io/item-path.c':'q",
		     "");
	CHECK_OK(desired_from(&s, "cache", &d, &wanted));
	CHECK(wanted);
	CHECK_STR(d.item_path, "q");
	CHECK_STR(kvlist_get(&d.annotations, "operator.1password.io/item-name"), "cache");
	CHECK_STR(kvlist_get(&d.annotations, "operator.1password.io/item-name.c"), NULL);
	CHECK_STR(kvlist_get(&d.annotations, "operator.1password.io/item-path.c"), NULL);
}

TEST(desired, auto_restart_must_be_a_boolean)
{
	static const struct {
		const char *value;
		bool ok, copied;
	} cases[] = {{"true", true, true}, {"F", true, true},     {"0", true, true},
		     {"", true, false},    {"yes", false, false}, {" true", false, false}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *meta CLEANUP(mem_freep) = mem_printf(
			",'annotations':{'operator.1password.io/auto-restart':'%s'}", cases[i].value);
		struct sources s CLEANUP(sources_release) = {.item = item_of(meta, "")};
		struct desired d CLEANUP(desired_release) = {0};
		bool wanted = false;
		err_t e CLEANUP(err_freep) = NULL;

		kvlist_release(&s.item->annotations); /* as without --enable-annotations */
		e = desired_from(&s, "db", &d, &wanted);
		CHECK_MSG(!e == cases[i].ok, "\"%s\"", cases[i].value);
		CHECK_MSG(e || !!kvlist_get(&d.annotations, NAME_AUTO_RESTART) == cases[i].copied, "\"%s\"",
			  cases[i].value);
		CHECK_MSG(!e || streq(err_text(e), "error parsing operator.1password.io/auto-restart "
						   "annotation on Secret db. "
						   "Must be true or false"),
			  "%s", e ? err_text(e) : "");
	}
}

/* The Secret as it was written for a workload. */
static struct secretmeta *made(void)
{
	struct jsonx *json CLEANUP(jsonx_freep) = quoted_json(
		"{'metadata':{'name':'db','namespace':'team','uid':'s','resourceVersion':'1','annotations':{"
		"'operator.1password.io/item-path':'vaults/V/items/I','operator.1password.io/item-name':'db',"
		"'operator.1password.io/item-version':'3'},'ownerReferences':[{'apiVersion':'apps/v1','kind':"
		"'Deployment','name':'gone','uid':'u0'}]}}");
	struct kobj *o = NULL;

	CHECK_OK(secretmeta_decode(json, false, &o));
	return (struct secretmeta *)o;
}

static void add_user(struct sources *s, const char *uid, int day)
{
	struct sources other = {0};

	add_workload(&other, uid, day, "", "");
	s->users.v = mem_grow(s->users.v, s->users.n + 1, sizeof(struct kobj *));
	s->users.v[s->users.n++] = TAKE(other.workloads.v[0]);
	mem_free(other.workloads.v);
}

TEST(desired, who_only_uses_the_secret_of_a_workload_holds_it_too)
{
	struct sources s CLEANUP(sources_release) = {0};
	struct desired d CLEANUP(desired_release) = {0};
	bool wanted = false;

	add_workload(&s, "u2", 2, "vaults/v/items/i", "");
	add_user(&s, "u3", 3);
	add_user(&s, "u2", 2);
	add_user(&s, "u1", 1);
	CHECK_OK(desired_from(&s, "db", &d, &wanted));
	CHECK(wanted);
	CHECK_STR(d.item_path, "vaults/v/items/i");
	check_owners(&d, "apps/v1 Deployment w-u2 u2;apps/v1 Deployment w-u1 u1;apps/v1 Deployment w-u3 u3;");
}

TEST(desired, the_last_that_asked_leaves_the_secret_to_those_who_use_it)
{
	struct sources s CLEANUP(sources_release) = {.made = made()};
	struct desired d CLEANUP(desired_release) = {0};
	bool wanted = true;

	CHECK_OK(desired_from(&s, "db", &d, &wanted));
	CHECK(!wanted);
	add_user(&s, "u1", 1);
	CHECK_OK(desired_from(&s, "db", &d, &wanted));
	CHECK(wanted);
	CHECK_STR(d.item_path, "vaults/V/items/I");
	CHECK_STR(d.type, "Opaque");
	CHECK_INT(d.annotations.n, 1);
	CHECK_STR(kvlist_get(&d.annotations, NAME_ITEM_NAME), "db");
	check_owners(&d, "apps/v1 Deployment w-u1 u1;");
}

TEST(desired, of_many_users_the_oldest_hold_it)
{
	struct sources s CLEANUP(sources_release) = {.made = made()};
	struct desired d CLEANUP(desired_release) = {0};
	bool wanted = false;

	for (int i = SOURCES_HEIRS_MAX + 3; i > 0; i--) {
		char uid[16];

		snprintf(uid, sizeof(uid), "u%02d", i);
		add_user(&s, uid, 1);
	}
	CHECK_OK(desired_from(&s, "db", &d, &wanted));
	CHECK_INT(d.n_owners, SOURCES_HEIRS_MAX);
	CHECK_STR(d.owners[0].uid, "u01");
	CHECK_STR(d.owners[SOURCES_HEIRS_MAX - 1].uid, "u32");
}
