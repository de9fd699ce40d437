#ifndef OPERATOR_RESTART_H
#define OPERATOR_RESTART_H

#include "base/str.h"

/* Restarts are desired state, recorded on the Secret: NAME_CHANGED_AT is when its values last changed,
 * NAME_RESTARTED which workloads have rolled since. Whatever happens to the stamp on a pod template later
 * (undo, replace, a GitOps tool) is nobody's business here, and a crash at any point loses no restart and
 * repeats none. */

/* NAME_RESTARTED: a JSON object, workload UID → changed-at (RFC 3339, milliseconds) that its pods have. "*"
 * stands for every workload: it is set, and the rest is dropped, once all that use the Secret have it.
 * Zero-initialise. */
struct restarted {
	int64_t all_ms;
	struct restarted_entry {
		char *uid;
		int64_t at_ms;
	} * v;
	size_t n;
};

/* More are not recorded one by one; the annotation has to fit. What is not recorded is stamped again with
 * equal bytes, which changes nothing. */
#define RESTARTED_MAX 1500

void restarted_parse(const char *annotation,
		     struct restarted *out); /* NULL or nonsense: nobody has restarted */
void restarted_release(struct restarted *r);
void restarted_set(struct restarted *r, const char *uid, int64_t at_ms);
void restarted_set_all(struct restarted *r, int64_t at_ms);
int64_t restarted_at(const struct restarted *r,
		     const char *uid); /* changed-at that its pods have; 0: unknown */
err_t restarted_format(const struct restarted *r, struct strbuf *out) NODISCARD;

/* The clocks of API servers differ, and an apply takes its time: a workload made this much after a change may
 * still have started with the old values. */
#define RESTART_SKEW_MS 30000

/* Its pods may hold values from before changed_at_ms. */
bool restart_is_pending(int64_t changed_at_ms, const struct restarted *done, const char *uid,
			int64_t created_ms);

/* auto-restart of Secret, workload, namespace, then the program's own setting; the first that is not empty
 * decides, and what is no boolean is no. */
bool restart_is_wanted(const char *secret, const char *workload, const char *namespace, bool otherwise);

/* One Secret that a workload uses. */
struct stamp_part {
	const char *name;
	int64_t changed_at_ms; /* 0: never changed, does not count */
};

/* The value for the pod template: the newest change of all Secrets that the workload uses, and a short hash
 * of their names and times. The same state gives the same bytes, so that stamping again after a crash changes
 * nothing; any later change gives others. parts in any order. */
#define STAMP_SIZE 48
void restart_stamp(const struct stamp_part *parts, size_t n, char out[STAMP_SIZE]);

/* When the values of a Secret changed: the server's clock, but always after the last change. */
int64_t restart_changed_at(int64_t server_time_ms, int64_t last_ms);

#endif
