#ifndef OPERATOR_PROGRAM_H
#define OPERATOR_PROGRAM_H

#include "kube/config.h"
#include "operator/settings.h"

/* The whole operator: starts in order, runs until it is told to stop or loses the leadership, stops in order.
 *
 *	ops endpoints → watches → stores complete → leadership → first poll → workers
 *
 * Nothing is written, polled or restarted before leadership is won. settings and kube must outlive it. */
struct program;

err_t program_start(const struct settings *settings, struct kube_config *kube, struct program **out)
	NODISCARD;

/* --dry-run: looks at every Secret once, says on out what would be written (dryrun.h), and writes nothing. */
err_t program_dry_run(const struct settings *settings, struct kube_config *kube, struct strbuf *out,
		      size_t *out_failed) NODISCARD;

/* Blocks until program_stop was called (NULL) or the program can't go on: then it must exit at once. */
err_t program_wait(struct program *p) NODISCARD;

/* From any thread: program_wait returns. */
void program_stop(struct program *p);

/* After a program_wait that returned NULL: lets reconciles under way end, releases the Lease, joins all
 * threads. */
void program_free(struct program *p);

#endif
