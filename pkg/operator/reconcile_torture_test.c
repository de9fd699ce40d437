#include "operator/cluster_test.h"

#include "base/mem.h"
#include "base/test.h"
#include "operator/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each scenario runs once without a fault, which counts its requests; then once more for each request and
 * each fault at it. Whatever the fault, the same state must follow, without a value that leaks, a Secret that
 * is a mixture, a restart that is lost or done twice, or a request after all is well. cluster_test.c holds
 * the first two at every request. */
struct scenario {
	const char *name;
	void (*prepare)(struct cluster *c); /* what was there before; then the operator settles */
	void (*act)(struct cluster *c);     /* what happens then */
	void (*check)(struct cluster *c);   /* what follows */
	size_t stamps;                      /* restarts that follow */
};

#define BY_TITLE ",'generation':1},'spec':{'itemPath':'vaults/Team/items/Database'}"

static void nothing(struct cluster *c)
{
	(void)c;
}

static void a_resource(struct cluster *c)
{
	cluster_add_item(c, BY_TITLE);
}

static void a_resource_with_user(struct cluster *c)
{
	cluster_add_item(c, BY_TITLE);
	cluster_add_workload(c, "web", "}," CLUSTER_USES_DB);
}

static void two_users(struct cluster *c)
{
	cluster_add_item(c, BY_TITLE);
	cluster_add_workload(c, "web", "}," CLUSTER_USES_DB);
	cluster_add_workload(c, "job", ",'annotations':{'" NAME_AUTO_RESTART "':'true'}}," CLUSTER_USES_DB);
	apifake_add(&c->api, &kube_namespaces, "kubectl", "{'metadata':{'name':'team'}}");
}

static void a_workload_that_asks(struct cluster *c)
{
	cluster_add_workload(c, "web",
			     ",'annotations':{'" NAME_ITEM_PATH
			     "':'vaults/Team/items/Database','" NAME_ITEM_NAME "':'db'}}," CLUSTER_USES_DB);
}

static void rotated(struct cluster *c)
{
	connectfake_rotate(&c->connect, CONNECT_ITEM);
}

static void touched(struct cluster *c)
{
	connectfake_touch(&c->connect, CONNECT_ITEM);
}

static void deleted_by_hand(struct cluster *c)
{
	apifake_delete(&c->api, &kube_secrets, "db");
}

static void edited_by_hand(struct cluster *c)
{
	apifake_edit(&c->api, cluster_secret(c), "kubectl-edit", "data\npassword\n", "\"aGFuZA==\"");
}

static void managers_reset(struct cluster *c)
{
	apifake_reset_managers(&c->api, cluster_secret(c));
}

static void points_to_other(struct cluster *c)
{
	apifake_edit(&c->api, cluster_item(c), "kubectl-edit", "spec\nitemPath\n",
		     "\"vaults/Team/items/" CONNECT_OTHER "\"");
	cluster_item(c)->generation++;
}

static void item_gone(struct cluster *c)
{
	c->connect.items[0].gone = true;
	c->connect.content_version++;
}

static void original_leaves(struct cluster *c)
{
	cluster_add_original(c, 1);
	cluster_add_item(c, ",'finalizers':['a/b','" NAME_ORIGINAL_FINALIZER "']}"
			    ",'spec':{'itemPath':'vaults/Team/items/Database'}");
	cluster_add_workload(c, "web", "}," CLUSTER_USES_DB);
}

static void synced(struct cluster *c)
{
	cluster_check_ready(c, "True Synced");
	cluster_check_data(c, CONNECT_ITEM, 1);
}

static void synced_new(struct cluster *c)
{
	cluster_check_ready(c, "True Synced");
	cluster_check_data(c, CONNECT_ITEM, 2);
	CHECK_STR(cluster_annotation(c, NAME_ITEM_VERSION), "\"2\"");
}

static void synced_with_old_values(struct cluster *c)
{
	cluster_check_ready(c, "True Synced");
	cluster_check_data(c, CONNECT_ITEM, 1);
	CHECK_STR(cluster_annotation(c, NAME_ITEM_VERSION), "\"2\"");
}

static void synced_without_resource(struct cluster *c)
{
	cluster_check_data(c, CONNECT_ITEM, 2);
}

static void synced_other(struct cluster *c)
{
	cluster_check_ready(c, "True Synced");
	cluster_check_data(c, CONNECT_OTHER, 1);
}

static void kept(struct cluster *c)
{
	cluster_check_ready(
		c,
		"False ItemNotFound failed to retrieve item: failed to get item for vaultID='" CONNECT_VAULT
		"' and itemNameOrID='Database': no items found with identifier \"Database\" in vault "
		"\"" CONNECT_VAULT "\"");
	cluster_check_data(c, CONNECT_ITEM, 1);
}

static void taken_over(struct cluster *c)
{
	cluster_check_ready(c, "True Synced");
	cluster_check_data(c, CONNECT_ITEM, 1);
	CHECK_INT(cluster_item(c)->finalizers.n, 1);
	CHECK_STR(cluster_item(c)->finalizers.v[0], "a/b");
	CHECK_STR(cluster_annotation(c, NAME_AUTO_RESTART), NULL); /* the resource does not ask for it */
	CHECK_STR(cluster_annotation(c, NAME_CHANGED_AT), NULL);
}

static const struct scenario scenarios[] = {
	{"create for a resource", nothing, a_resource, synced, 0},
	{"create for a resource whose Secret is used", nothing, a_resource_with_user, synced, 0},
	{"rotate", a_resource_with_user, rotated, synced_new, 1},
	{"rotate, two users", two_users, rotated, synced_new, 2},
	{"rotate for a workload that asks", a_workload_that_asks, rotated, synced_without_resource, 1},
	{"a new version with the old values", a_resource_with_user, touched, synced_with_old_values, 0},
	{"deleted by hand", a_resource_with_user, deleted_by_hand, synced, 0},
	{"edited by hand", a_resource_with_user, edited_by_hand, synced, 1},
	{"managedFields are reset", a_resource_with_user, managers_reset, synced, 0},
	{"the resource names another item", a_resource_with_user, points_to_other, synced_other, 1},
	{"the item goes", a_resource_with_user, item_gone, kept, 0},
	{"take over from the original", nothing, original_leaves, taken_over, 0},
};

enum afterwards { GOES_ON, STARTS_ANEW, STARTS_ANEW_IN_A_WINDOW, WATCH_IS_BEHIND };

/* The first reconcile after the act, which the fault may hit; then memory is kept or lost. */
static void run_once(struct cluster *c, enum afterwards afterwards)
{
	int64_t again_ms;
	bool moved = false;

	cluster_feed(c);
	if (afterwards == WATCH_IS_BEHIND)
		c->behind = 6;
	err_free(catalog_poll(c->shared.catalog, c->clients.connect, false, c->cancel, &moved));
	if (afterwards == STARTS_ANEW_IN_A_WINDOW)
		c->shared.restart_window_ms = 1;
	err_free(cluster_reconcile(c, CLUSTER_KEY, &again_ms));
	if (afterwards == STARTS_ANEW || afterwards == STARTS_ANEW_IN_A_WINDOW)
		cluster_restart(c);
}

/* out_lines: adds what was asked; may be NULL. */
static void run(const struct scenario *s, size_t at, size_t times, enum http_fault fault,
		enum afterwards afterwards, struct strv *out_lines)
{
	struct cluster c;

	cluster_start(&c);
	s->prepare(&c);
	if (s->prepare != nothing)
		cluster_settle(&c);
	http_fake_forget(c.fake);
	CHECK_INT(c.stamps, 0);

	http_fake_fault(c.fake, at, times, fault);
	s->act(&c);
	run_once(&c, afterwards);
	cluster_settle(&c);
	for (size_t i = 0; out_lines && i < http_fake_count(c.fake); i++)
		strv_add(out_lines, http_fake_line(c.fake, i));
	s->check(&c);
	CHECK_MSG(c.stamps == s->stamps, "%s, fault %d at %zu: %zu restarts", s->name, (int)fault, at,
		  c.stamps);
	cluster_check_quiet(&c);
	cluster_stop(&c);
}

/* A file may be anything; that it came whole is what the HTTP client sees to. */
static bool is_unseen(enum http_fault fault, const char *line)
{
	return fault == HTTP_FAULT_TRUNCATED && strstr(line, "/files/");
}

struct faults {
	size_t times;
	enum afterwards afterwards;
	enum http_fault v[HTTP_FAULT_END]; /* ends with HTTP_FAULT_NONE */
};

/* TORTURE_VERBOSE in the environment tells which run fails. */
static void run_with_faults(const struct scenario *s, const struct faults *faults)
{
	struct strv lines CLEANUP(strv_release) = {0};

	run(s, 0, 0, HTTP_FAULT_NONE, faults->afterwards, &lines);
	CHECK_MSG(lines.n > 0, "%s asks nothing", s->name);
	for (size_t at = 0; at < lines.n; at++)
		for (size_t i = 0; faults->v[i] != HTTP_FAULT_NONE; i++) {
			if (is_unseen(faults->v[i], lines.v[at]))
				continue;
			if (getenv("TORTURE_VERBOSE"))
				fprintf(stderr, "%s: fault %d at %zu of %zu: %s\n", s->name,
					(int)faults->v[i], at, lines.n, lines.v[at]);
			run(s, at, faults->times, faults->v[i], faults->afterwards, NULL);
		}
}

static void run_all(const struct faults *faults)
{
	for (size_t i = 0; i < ARRAY_LEN(scenarios); i++)
		run_with_faults(&scenarios[i], faults);
}

TEST(reconcile_torture, one_fault_anywhere_changes_nothing)
{
	struct faults faults = {.times = 1, .afterwards = GOES_ON};

	for (int i = 0; i + 1 < HTTP_FAULT_END; i++)
		faults.v[i] = (enum http_fault)(i + 1);
	run_all(&faults);
}

/* The process ends after the reconcile that the fault hit, or that met none. */
TEST(reconcile_torture, a_crash_anywhere_changes_nothing)
{
	static const struct faults faults = {
		.times = 1,
		.afterwards = STARTS_ANEW,
		.v = {HTTP_FAULT_REFUSED, HTTP_FAULT_RESET, HTTP_FAULT_409, HTTP_FAULT_422, HTTP_FAULT_NONE}};

	run_all(&faults);
}

/* The same, before the restarts that the reconcile would have made: the next process makes them. */
TEST(reconcile_torture, a_crash_before_the_restarts_changes_nothing)
{
	static const struct faults faults = {.times = 1,
					     .afterwards = STARTS_ANEW_IN_A_WINDOW,
					     .v = {HTTP_FAULT_RESET, HTTP_FAULT_409, HTTP_FAULT_NONE}};

	run_all(&faults);
}

TEST(reconcile_torture, a_watch_that_is_behind_changes_nothing)
{
	static const struct faults faults = {.times = 1,
					     .afterwards = WATCH_IS_BEHIND,
					     .v = {HTTP_FAULT_RESET, HTTP_FAULT_409, HTTP_FAULT_500,
						   HTTP_FAULT_TRUNCATED, HTTP_FAULT_NONE}};

	run_all(&faults);
}

TEST(reconcile_torture, a_fault_that_stays_for_a_while_changes_nothing)
{
	static const struct faults faults = {
		.times = 5,
		.afterwards = GOES_ON,
		.v = {HTTP_FAULT_RESET, HTTP_FAULT_403, HTTP_FAULT_422, HTTP_FAULT_HTML, HTTP_FAULT_NONE}};

	run_all(&faults);
}

/* --- somebody else acts at the same time --- */

static void label_secret(struct cluster *c)
{
	if (cluster_secret(c))
		apifake_edit(&c->api, cluster_secret(c), "kubectl-label", "metadata\nlabels\nteam\n",
			     "\"a\"");
}

static void replace_secret(struct cluster *c)
{
	deleted_by_hand(c);
	cluster_add_original(c, 1);
}

static void label_resource(struct cluster *c)
{
	apifake_edit(&c->api, cluster_item(c), "kubectl-label", "metadata\nlabels\nteam\n", "\"a\"");
}

static void delete_resource(struct cluster *c)
{
	apifake_delete(&c->api, &onepassworditem_resource, "db");
}

static void scale_workload(struct cluster *c)
{
	apifake_edit(&c->api, cluster_workload(c, "web"), "hpa", "spec\nreplicas\n", "5");
}

static void delete_workload(struct cluster *c)
{
	apifake_delete(&c->api, &kube_deployments, "web");
}

static void is_labelled(struct cluster *c)
{
	CHECK_STR(apifake_get(cluster_secret(c), "metadata\nlabels\nteam\n"), "\"a\"");
	cluster_check_data(c, CONNECT_ITEM, 2);
}

static void is_scaled(struct cluster *c)
{
	CHECK_STR(apifake_get(cluster_workload(c, "web"), "spec\nreplicas\n"), "5");
	synced_new(c);
}

/* The Secret is the garbage collector's, which the fake has not. */
static void is_left(struct cluster *c)
{
	CHECK(!cluster_item(c));
}

static const struct {
	const char *name;
	void (*interrupt)(struct cluster *c);
	void (*check)(struct cluster *c);
	size_t stamps_min,
		stamps_max; /* what is edited before our write is one change with it, after it another */
} interrupts[] = {
	{"the Secret is labelled", label_secret, is_labelled, 1, 1},
	{"the Secret is edited", edited_by_hand, synced_new, 1, 2},
	{"the Secret is deleted", deleted_by_hand, synced_new, 1, 1},
	{"the Secret is replaced by an old one", replace_secret, synced_new, 1, 2},
	{"the resource is labelled", label_resource, is_labelled, 1, 1},
	{"the resource is deleted", delete_resource, is_left, 0, 1},
	{"the workload is scaled", scale_workload, is_scaled, 1, 1},
	{"the workload is deleted", delete_workload, synced_new, 0, 1},
};

static size_t run_interrupted(size_t i, size_t at)
{
	struct cluster c;
	size_t requests;

	cluster_start(&c);
	a_resource_with_user(&c);
	cluster_settle(&c);
	http_fake_forget(c.fake);
	c.interrupt = interrupts[i].interrupt;
	c.interrupt_at = at;
	rotated(&c);
	cluster_settle(&c);
	requests = http_fake_count(c.fake);
	if (getenv("TORTURE_VERBOSE"))
		fprintf(stderr, "%s at %zu of %zu\n", interrupts[i].name, at, requests);
	if (at < requests) {
		cluster_settle(&c); /* it may have come with the last one */
		interrupts[i].check(&c);
		CHECK_MSG(c.stamps >= interrupts[i].stamps_min && c.stamps <= interrupts[i].stamps_max,
			  "%s at %zu: %zu restarts", interrupts[i].name, at, c.stamps);
	}
	cluster_check_quiet(&c);
	cluster_stop(&c);
	return requests;
}

TEST(reconcile_torture, somebody_else_may_act_at_any_moment)
{
	for (size_t i = 0; i < ARRAY_LEN(interrupts); i++) {
		const size_t n = run_interrupted(i, SIZE_MAX - 1);

		for (size_t at = 0; at < n; at++)
			run_interrupted(i, at);
	}
}
