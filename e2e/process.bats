#!/usr/bin/env bats
# The operator as a process: settings, probes, metrics, its end.

load lib/scenario

# refused STATUS TEXT [VARIABLE=VALUE...] [--FLAG...]: the operator ends with that status, and says that.
refused() {
	local wanted=$1 text=$2 status=0
	launch_operator "${@:3}"
	wait_for has_ended "$OPERATOR_PID"
	wait "$OPERATOR_PID" || status=$?
	equal "$status ${*:3}" "$wanted ${*:3}"
	grep --fixed-strings -- "$text" "$LOGS/operator.log"
	rm "$LOGS/operator.log"
}

@test "settings that are wrong are refused by name" {
	refused 1 POLLING_INTERVAL POLLING_INTERVAL=0
	refused 1 AUTO_RESTART AUTO_RESTART=maybe
	refused 2 no-such-flag --no-such-flag
	refused 2 zap-encoder --zap-encoder=xml
}

@test "an interval that is no number is the default, and said to be" {
	start_operator POLLING_INTERVAL=10s
	grep --fixed-strings 'POLLING_INTERVAL is no whole number of seconds; the default of 600 counts' "$LOGS/operator.log"
}

@test "what it does not do is refused, not ignored" {
	refused 1 OP_SERVICE_ACCOUNT_TOKEN OP_SERVICE_ACCOUNT_TOKEN=ops_x
	refused 1 /does/not/exist/service.yaml MANAGE_CONNECT=true --connect-manifests=/does/not/exist
}

@test "MANAGE_CONNECT deploys Connect where it is not there yet, and leaves it alone where it is" {
	local manifests=$E2E_LIB/../../deploy/connect
	kubectl create role connect --verb get,create --resource services,deployments.apps
	kubectl create rolebinding connect --role connect --serviceaccount "$NS:operator"
	start_operator MANAGE_CONNECT=true --connect-manifests="$manifests" POD_NAMESPACE="$NS"
	equal "$(kubectl get service onepassword-connect --output json | jq --compact-output '[.spec.type, .spec.ports[].nodePort]')" '["NodePort",30080,30081]'
	rolled_out onepassword-connect
	equal "$(kubectl get deployment onepassword-connect --output json | jq --compact-output '[.spec.template.spec.containers[].name]')" '["connect-api","connect-sync"]'
	stop_operator
	kubectl scale deployment onepassword-connect --replicas 3
	start_operator MANAGE_CONNECT=true --connect-manifests="$manifests" POD_NAMESPACE="$NS"
	equal "$(kubectl get deployment onepassword-connect --output json | jq .spec.replicas)" 3
}

@test "what it can't work without is asked for" {
	refused 1 OP_CONNECT_TOKEN OP_CONNECT_TOKEN=
	refused 1 OP_CONNECT_HOST OP_CONNECT_HOST=
	refused 1 OP_CONNECT_HOST OP_CONNECT_HOST=nonsense
	refused 1 /does/not/exist --kubeconfig=/does/not/exist
	refused 1 "127.0.0.1:$connect_port" "--health-probe-bind-address=127.0.0.1:$connect_port"
}

@test "help names every setting" {
	run -0 "$E2E_BIN/onepassword-operator" --help
	for setting in OP_CONNECT_HOST OP_CONNECT_TOKEN POLLING_INTERVAL WATCH_NAMESPACE AUTO_RESTART leader-elect zap-log-level; do
		[[ $output == *"$setting"* ]]
	done
}

@test "it is ready when its caches are full, and alive before" {
	start_api_proxy
	fault api '{"match": "GET .*/onepassworditems", "action": "stall", "times": -1}'
	launch_operator
	wait_for operator_answers healthz
	wait_for hit_once
	run ! operator_answers readyz
	curl --silent "$OPERATOR_URL/readyz" | grep onepassworditems
	clear_faults api
	wait_for operator_answers readyz
}

hit_once() { (($(hits api) > 0)); }

@test "on SIGTERM it ends well, and lets go of the Lease" {
	start_operator --leader-elect
	wait_for grep --quiet '"msg":"working"' "$LOGS/operator.log"
	stop_operator
	equal "$(kapi "/apis/coordination.k8s.io/v1/namespaces/$NS/leases/c26807fd.onepassword.com" | jq --raw-output '.spec.holderIdentity // ""')" ""
}

@test "metrics tell what it did, without a value" {
	local port
	port=$(pick_port)
	make_item database "password=$(canary one)" >/dev/null
	apply_item database vaults/work/items/database
	start_operator "--metrics-bind-address=127.0.0.1:$port" --metrics-secure=false
	wait_for is_ready database
	curl --silent --fail "http://127.0.0.1:$port/metrics" >"$LOGS/metrics.log"
	grep '^controller_runtime_reconcile_total{.*} [1-9]' "$LOGS/metrics.log"
	grep '^workqueue_depth{' "$LOGS/metrics.log"
	grep '^rest_client_requests_total{' "$LOGS/metrics.log"
	grep '^leader_election_master_status{.*} 1' "$LOGS/metrics.log"
	grep '^process_resident_memory_bytes ' "$LOGS/metrics.log"
}

metrics_status() { curl --silent --insecure --output /dev/null --write-out '%{http_code}' "$@" "https://127.0.0.1:$metrics_port/metrics"; }

@test "metrics by HTTPS are for those whom the API server lets read them" {
	metrics_port=$(pick_port)
	bind_cluster_wide
	kubectl create serviceaccount reader
	kubectl create serviceaccount stranger
	kubectl create clusterrole "$NS-metrics" --verb get --non-resource-url /metrics
	kubectl create clusterrolebinding "$NS-metrics" --clusterrole "$NS-metrics" --serviceaccount "$NS:reader"
	start_operator "--metrics-bind-address=127.0.0.1:$metrics_port"
	equal "$(metrics_status)" 401
	equal "$(metrics_status --header "Authorization: Bearer $(kubectl create token stranger)")" 403
	equal "$(metrics_status --header "Authorization: Bearer $(kubectl create token reader)")" 200
}

@test "only the watched namespaces are looked at" {
	local other
	make_item database "password=$(canary one)" >/dev/null
	apply_item database vaults/work/items/database
	other=$NS-other
	make_namespace "$other"
	NS=$other apply_item database vaults/work/items/database
	start_operator
	wait_for is_ready database
	pass_a_fence
	NS=$other fails has_secret database
	delete_namespace "$other"
}
