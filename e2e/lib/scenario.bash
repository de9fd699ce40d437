# shellcheck shell=bash
# What every scenario has: a namespace with a service account that has the shipped rights, a Connect server, and
# after it a look at what may never happen. e2e/run starts the cluster and sets E2E_*.
bats_require_minimum_version 1.5.0
: "${E2E_CLUSTER:?scenarios run by e2e/run}" "${E2E_TOOLS:?}" "${E2E_BIN:?}" "${E2E_LOGS:?}"

lib=$E2E_LIB
# shellcheck source=processes.sh
. "$lib/processes.sh"
# shellcheck source=wait.bash
. "$lib/wait.bash"
# shellcheck source=kube.bash
. "$lib/kube.bash"
# shellcheck source=connect.bash
. "$lib/connect.bash"
# shellcheck source=operator.bash
. "$lib/operator.bash"
# shellcheck source=proxy.bash
. "$lib/proxy.bash"

KUBECTL=$E2E_TOOLS/kubectl
ADMIN_KUBECONFIG=$E2E_CLUSTER/admin.kubeconfig

setup() {
	NS=$(basename "$BATS_TEST_FILENAME" .bats)-$BATS_TEST_NUMBER-$RANDOM
	WORK=$BATS_TEST_TMPDIR LOGS=$E2E_LOGS/$NS
	mkdir -p "$LOGS"
	make_namespace "$NS"
	start_connect work
}

teardown() {
	local failed=
	stop_processes
	[ -n "${BATS_TEST_COMPLETED:-}" ] || explain
	check_no_value_leaked || failed=1
	[ -n "${MAY_BE_DENIED:-}" ] || check_rights_sufficed || failed=1
	delete_namespace "$NS"
	[ -z "$failed" ]
}

equal() {
	[ "$1" = "$2" ] || {
		echo "have: $1" >&2
		echo "want: $2" >&2
		return 1
	}
}

# Values of items begin with this word, so that one that shows where it must not is found.
canary() { echo "canary-$1-$RANDOM"; }
canary_pattern='canary-|Y2FuYXJ5L'

check_no_value_leaked() {
	local found=0
	if grep --recursive --extended-regexp "$canary_pattern" "$LOGS" >&2; then
		echo "a value of an item is in a log" >&2
		found=1
	fi
	if { kapi "/api/v1/namespaces/$NS/events" && kapi "/apis/onepassword.com/v1/namespaces/$NS/onepassworditems"; } |
		grep --extended-regexp "$canary_pattern" >&2; then
		echo "a value of an item is in an event or a status" >&2
		found=1
	fi
	if [ -n "${TOKEN:-}" ] && grep --recursive --files-with-matches --fixed-strings "$TOKEN" "$LOGS" >&2; then
		echo "the token is in a log" >&2
		found=1
	fi
	return $found
}

check_rights_sufficed() {
	local denied
	denied=$(audit '.responseStatus.code == 403')
	[ -z "$denied" ] || {
		echo "the shipped role did not suffice:" >&2
		echo "$denied" | jq --raw-output '"\(.verb) \(.requestURI)"' >&2
		return 1
	}
}

explain() {
	local log
	for log in "$LOGS"/*.log; do
		[ -s "$log" ] || continue
		echo "--- end of $log"
		tail -n 25 "$log" | cut -c 1-400
	done
	echo "--- objects"
	kubectl get onepassworditems,secrets,deployments,replicasets --show-labels 2>&1 || true
	kubectl get onepassworditems --output jsonpath='{range .items[*]}{.metadata.name}{": "}{.status}{"\n"}{end}' || true
}
