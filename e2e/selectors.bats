#!/usr/bin/env bats
# Several operators in one cluster, each with its share of it.

load lib/scenario

# start_team TEAM: an operator for what has the label team=TEAM.
start_team() {
	OPERATOR_LOG=operator-$1 start_operator AUTO_RESTART=true "--item-selector=team=$1" "--leader-election-id=$1.example.com"
}

log_has_secret() { grep --quiet "\"wrote Secret\".*\"name\":\"$2\"" "$LOGS/operator-$1.log"; }

@test "two operators share a namespace by the labels of resources and of annotated workloads" {
	local team item
	declare -A items
	start_connect_proxy
	for team in blue red; do
		items[$team]=$(make_item "$team" "password=$(canary "$team")")
		apply_item "$team" "$(item_path "${items[$team]}")"
		kubectl label onepassworditem "$team" "team=$team"
	done
	deployment_json web blue red | kubectl apply --filename -
	deployment_json annotated from-annotation | jq --arg path "$(item_path "${items[red]}")" '
		.metadata.labels = {team: "red"} | .metadata.annotations = {
		"operator.1password.io/item-path": $path, "operator.1password.io/item-name": "from-annotation"}' | kubectl apply --filename -
	apply_item nobodys "$(item_path "${items[red]}")"
	start_team blue
	start_team red
	for team in blue red; do
		wait_for is_ready "$team"
		log_has_secret "$team" "$team"
	done
	wait_for has_secret from-annotation
	log_has_secret red from-annotation
	rolled_out web

	set_field "${items[blue]}" password "$(canary new)"
	wait_for has_replicasets web 2
	set_field "${items[red]}" password "$(canary new)"
	wait_for has_replicasets web 3
	wait_for has_replicasets annotated 2
	wait_for is_quiet
	rolled_out web
	equal "$(replicasets web) $(replicasets annotated)" "3 2"
	fails log_has_secret blue red
	fails log_has_secret blue from-annotation
	fails log_has_secret red blue
	fails has_secret nobodys

	# A label that is changed hands a resource over.
	kubectl label --overwrite onepassworditem blue team=red
	item=$(canary handed-over)
	set_field "${items[blue]}" password "$item"
	wait_for secret_is blue password "$item"
	wait_for log_has_secret red blue
}

is_quiet() {
	local before
	before=$(count_writes)
	wait_for_polls 6
	[ "$(count_writes)" = "$before" ]
}

@test "namespaces are served while a selector matches them, whichever they are" {
	local other=$NS-other value
	bind_cluster_wide
	make_item database "password=$(canary one)" >/dev/null
	kubectl create namespace "$other"
	NS=$other apply_item database vaults/work/items/database
	NS=$other make_deployment web database
	apply_item here vaults/work/items/database
	start_operator WATCH_NAMESPACE= "--namespace-selector=e2e=$NS" AUTO_RESTART=true
	fails has_secret here
	kubectl label namespace "$NS" "e2e=$NS"
	wait_for is_ready here
	NS=$other fails has_secret database
	kubectl label namespace "$other" "e2e=$NS"
	NS=$other wait_for is_ready database

	kubectl label namespace "$other" e2e-
	value=$(canary two)
	set_field "$(connect GET "/v1/vaults/$VAULT/items?filter=title+eq+%22database%22" | jq --raw-output '.[0].id')" password "$value"
	wait_for secret_is here password "$value"
	pass_a_fence
	NS=$other fails secret_is database password "$value"
	equal "$(NS=$other replicasets web)" 1
	kubectl delete namespace "$other" --wait=false
}

@test "selectors that can't be obeyed are refused by name" {
	refused() {
		local status=0
		env --ignore-environment OP_CONNECT_HOST="$CONNECT_URL" OP_CONNECT_TOKEN="$TOKEN" WATCH_NAMESPACE="${WATCHED:-}" timeout 60 "$E2E_BIN/onepassword-operator" \
			--kubeconfig "$WORK/operator.kubeconfig" --health-probe-bind-address 0 --metrics-bind-address 0 "$@" 2>"$LOGS/refused.log" || status=$?
		equal "$status" 1
	}
	MAY_BE_DENIED=1
	operator_kubeconfig "$(<"$E2E_CLUSTER/server-url")" "$E2E_CLUSTER/ca.crt" >"$WORK/operator.kubeconfig"
	refused --item-selector 'team like blue'
	grep --quiet -- '--item-selector: after team, .*like.* is not one of' "$LOGS/refused.log"
	WATCHED=$NS refused --namespace-selector team=blue
	grep --quiet 'keep one of them' "$LOGS/refused.log"
	refused --namespace-selector team=blue
	grep --quiet 'needs the right to list and watch namespaces' "$LOGS/refused.log"
}
