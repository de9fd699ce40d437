#ifndef OPERATOR_NAMES_H
#define OPERATOR_NAMES_H

/* Names that this program reads or writes on objects. Those of 1Password's operator keep their meaning. */

#define NAME_PREFIX "operator.1password.io/"

/* On a OnePasswordItem: another value than its status names asks for one look at the item and the Secret,
 * whatever their versions say. The first NAME_FORCE_SYNC_MAX bytes count. */
#define NAME_FORCE_SYNC NAME_PREFIX "force-sync"
#define NAME_FORCE_SYNC_MAX 64

/* On a workload or its pod template: which item, into which Secret. */
#define NAME_ITEM_PATH NAME_PREFIX "item-path"
#define NAME_ITEM_NAME NAME_PREFIX "item-name"

/* On Secrets: what they hold (vaults/<id>/items/<id>, decimal version). */
#define NAME_ITEM_VERSION NAME_PREFIX "item-version"

/* On resources, workloads, namespaces and Secrets: "true" or "false". */
#define NAME_AUTO_RESTART NAME_PREFIX "auto-restart"

/* On a pod template: set to roll the workload. */
#define NAME_LAST_RESTARTED NAME_PREFIX "last-restarted"

/* Ours alone, on Secrets: how many data keys our last apply wrote; when their values last changed; which
 * workloads have rolled since (restart.h). */
#define NAME_KEYS NAME_PREFIX "keys"
#define NAME_CHANGED_AT NAME_PREFIX "changed-at"
#define NAME_RESTARTED NAME_PREFIX "restarted"

/* On a Secret that somebody else made: "true" lets this program take it over. */
#define NAME_ADOPT NAME_PREFIX "adopt"

/* Label by which we watch the Secrets that we write. */
#define NAME_MANAGED_LABEL NAME_PREFIX "managed"
#define NAME_MANAGED_SELECTOR NAME_MANAGED_LABEL "=true"

/* Finalizer of 1Password's operator; removed where it is met, garbage collection does its work. */
#define NAME_ORIGINAL_FINALIZER "onepassword.com/finalizer.secret"

/* Field managers. */
#define NAME_MANAGER_SECRET "onepassword-operator"
#define NAME_MANAGER_OWNERS "onepassword-operator-owners"
#define NAME_MANAGER_RESTARTED "onepassword-operator-restarted"
#define NAME_MANAGER_STATUS "onepassword-operator-status"
#define NAME_MANAGER_WORKLOAD "onepassword-operator-restart"
/* By which 1Password's operator, like every program made with kubebuilder, writes. */
#define NAME_MANAGER_ORIGINAL "manager"

/* What MANAGE_CONNECT makes, and by which field manager. */
#define NAME_CONNECT "onepassword-connect"
#define NAME_MANAGER_CONNECT "onepassword-operator-connect"

#define NAME_LEASE "c26807fd.onepassword.com"

#endif
