#ifndef OPERATOR_CLUSTER_TEST_H
#define OPERATOR_CLUSTER_TEST_H

#include "http/fake.h"
#include "operator/apifake_test.h"
#include "operator/connectfake_test.h"
#include "operator/onepassworditem.h"
#include "operator/reconcile.h"
#include "operator/workload.h"

/* One operator between a fake API server and a fake Connect, without threads: the test is watch, poller and
 * worker. At every request it holds that nothing leaks and that no Secret is ever half written. */
#define CLUSTER_KEY "team/db"

struct cluster {
	struct apifake api;
	struct connectfake connect;
	struct http_fake *fake; /* of both servers: requests are numbered through */
	struct op_endpoint *endpoint;
	struct cancel *cancel;
	struct clients clients;
	struct shared shared;
	void (*interrupt)(
		struct cluster *c); /* what happens while the request of that number is on its way */
	size_t interrupt_at;
	int behind; /* the watches bring nothing of so many reconciles to come */

	size_t stamps;             /* changes of last-restarted that this program made */
	struct kvlist last_stamps; /* by workload */
};

void cluster_start(struct cluster *c);
void cluster_stop(struct cluster *c);

/* The operator's process ends and another one starts: memory is gone. */
void cluster_restart(struct cluster *c);

/* What a user makes. */
void cluster_add_item(struct cluster *c, const char *members); /* OnePasswordItem team/db; quoted JSON */
void cluster_add_workload(struct cluster *c, const char *name, const char *members);
#define CLUSTER_USES_DB                                                                                      \
	"'spec':{'template':{'spec':{'containers':[{'name':'c','envFrom':[{'secretRef':{'name':'db'}}]}]}}}"
/* Secret team/db as 1Password's operator leaves it, with the values of that version. */
void cluster_add_original(struct cluster *c, int version);

/* The watches catch up. */
void cluster_feed(struct cluster *c);

/* The poller looks until it is answered; what has moved is queued. */
void cluster_poll(struct cluster *c);

/* What is queued so far brings nothing any more. */
void cluster_drop_keys(struct cluster *c);

/* One reconcile of a key, then feed. It comes again as it says. */
err_t cluster_reconcile(struct cluster *c, const char *key, int64_t *out_again_ms) NODISCARD;

/* Polls Connect and reconciles what is queued, feeding in between, until that asks nothing of anybody. What a
 * worker would not try again by itself must be about to come back by a later look. */
void cluster_settle(struct cluster *c);
/* The same for what cannot be mended: until a look writes nothing. */
void cluster_settle_in_trouble(struct cluster *c);
/* One more reconcile must ask nothing. */
void cluster_check_quiet(struct cluster *c);

/* A key of the Secret that is none of an item's. */
#define CLUSTER_FOREIGN_KEY "data\nforeign\n"

struct apiobject *cluster_secret(const struct cluster *c);
struct apiobject *cluster_item(const struct cluster *c);
struct apiobject *cluster_workload(const struct cluster *c, const char *name);
const char *cluster_annotation(const struct cluster *c, const char *name); /* of the Secret, as JSON text */
/* The Secret has exactly the data of that item's values. */
void cluster_check_data(const struct cluster *c, const char *id, int values);
/* The condition of the item: "True Synced", or status, reason and message. */
void cluster_check_ready(const struct cluster *c, const char *want);
size_t cluster_requests(struct cluster *c, const char *prefix); /* "GET /v1/…", since the last forget */

#endif
