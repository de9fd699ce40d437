#!/usr/bin/env bats
# The operator is asked what it would do.

load lib/scenario
load lib/original

# dry_run [--FLAG...]: its report is in REPORT, its status in STATUS.
dry_run() {
	[ -e "$WORK/operator.kubeconfig" ] || operator_kubeconfig "$(<"$E2E_CLUSTER/server-url")" "$E2E_CLUSTER/ca.crt" >"$WORK/operator.kubeconfig"
	STATUS=0
	REPORT=$(env --ignore-environment OP_CONNECT_HOST="$CONNECT_URL" OP_CONNECT_TOKEN="$TOKEN" WATCH_NAMESPACE="$NS" AUTO_RESTART=true timeout 60 \
		"$E2E_BIN/onepassword-operator" --kubeconfig "$WORK/operator.kubeconfig" --zap-encoder json --dry-run "$@" 2>>"$LOGS/dry-run.log") || STATUS=$?
}

objects() {
	local kind
	for kind in api/v1/namespaces/$NS/secrets apis/onepassword.com/v1/namespaces/$NS/onepassworditems apis/apps/v1/namespaces/$NS/deployments api/v1/namespaces/$NS/events; do
		kapi "/$kind" | jq --raw-output '.items[].metadata | "\(.name) \(.resourceVersion)"'
	done
	kapi "/apis/coordination.k8s.io/v1/namespaces/$NS/leases" | jq --raw-output '.items[].metadata.name'
}

@test "a dry run names what would be made, changed, taken over and refused, and writes nothing" {
	local rotated taken before
	rotated=$(make_item rotated "password=$(canary old)" user=joe)
	taken=$(make_item taken "password=$(canary same)")
	make_item new "password=$(canary new)" >/dev/null
	apply_item rotated "$(item_path "$rotated")"
	apply_item kept "$(item_path "$taken")"
	start_operator
	wait_for is_ready rotated
	wait_for is_ready kept
	make_deployment web rotated
	stop_operator

	set_field "$rotated" password "$(canary rotated)"
	apply_item new vaults/work/items/new
	apply_item missing vaults/work/items/nothing
	apply_item foreign "$(item_path "$taken")"
	kubectl create secret generic foreign --from-literal password=theirs >/dev/null
	apply_item taken "$(item_path "$taken")"
	original_syncs onepassworditem taken taken "$taken"
	before=$(objects)

	dry_run
	equal "$STATUS" 1
	fails grep --extended-regexp "$canary_pattern" <<<"$REPORT"
	equal "$(grep --count . <<<"$REPORT")" 8
	grep --quiet "^create  $NS/new  vaults/$VAULT/items/.* version 1: +password$" <<<"$REPORT"
	grep --quiet "^update  $NS/rotated  $(item_path "$rotated") version 2: ~password$" <<<"$REPORT"
	grep --quiet "^restart $NS/web (Deployment)$" <<<"$REPORT"
	grep --quiet "^keep    $NS/kept$" <<<"$REPORT"
	grep --quiet "^update  $NS/taken  $(item_path "$taken") version 1: metadata only$" <<<"$REPORT"
	grep --quiet "^fail    $NS/missing  ItemNotFound: failed to retrieve item: " <<<"$REPORT"
	grep --quiet "^fail    $NS/foreign  SecretExists: " <<<"$REPORT"
	grep --quiet '^1 Secrets would be created, 2 updated, 1 kept; 2 can.t be served; 1 restarts; nothing was written$' <<<"$REPORT"
	equal "$(objects)" "$before"

	kubectl delete onepassworditem missing foreign >/dev/null
	dry_run
	equal "$STATUS" 0
}

@test "a dry run that can't look says why" {
	dry_run --item-selector='a b'
	equal "$STATUS $REPORT" "1 "
	CONNECT_URL=http://127.0.0.1:9 dry_run
	equal "$STATUS $REPORT" "1 "
	grep --quiet 'GET /v1/vaults' "$LOGS/dry-run.log"
}
