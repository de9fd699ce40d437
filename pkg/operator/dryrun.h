#ifndef OPERATOR_DRYRUN_H
#define OPERATOR_DRYRUN_H

#include "operator/shared.h"

/* One look at every Secret that somebody asks for, as a reconcile takes it, with clients whose writes the
 *server only tries (kube_client_set_dry_run); one line for each on out, with names of keys and never a value:
 *
 *	create  team/database  vaults/…/items/… version 1: +password +user
 *	update  team/cache  vaults/…/items/… version 4: ~password -old
 *	restart team/web (Deployment)
 *	keep    team/other
 *	fail    team/third  ItemNotFound: failed to retrieve item: …
 *
 * and a line that sums up. Stores must be full, and the catalog polled. *out_failed: so many can't be served.
 */
err_t dryrun(struct shared *s, struct clients *clients, struct cancel *cancel, struct strbuf *out,
	     size_t *out_failed) NODISCARD;

#endif
