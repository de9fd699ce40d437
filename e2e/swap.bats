#!/usr/bin/env bats
# One image reference is changed: the CRD, roles, arguments and objects are those of 1Password's operator. On a cluster
# of its own, because of that CRD.

load lib/scenario
load lib/deployed
load lib/original

setup_file() {
	"$E2E_LIB/cluster" start "$BATS_FILE_TMPDIR/cluster" 2>"$E2E_LOGS/swap-cluster.log"
}

teardown_file() { "$E2E_LIB/cluster" stop "$BATS_FILE_TMPDIR/cluster"; }

setup() {
	E2E_CLUSTER=$BATS_FILE_TMPDIR/cluster
	ADMIN_KUBECONFIG=$E2E_CLUSTER/admin.kubeconfig
	TMPDIR=$BATS_FILE_TMPDIR
	NS=swap-$BATS_TEST_NUMBER WORK=$BATS_TEST_TMPDIR LOGS=$E2E_LOGS/swap-$BATS_TEST_NUMBER
	mkdir -p "$LOGS"
	kubectl create namespace "$NS" >/dev/null
	kubectl apply --filename "$E2E_LIB/../lookalike/crds" >/dev/null
	wait_for kubectl wait --for condition=Established --timeout 30s crd/onepassworditems.onepassword.com
	helm template release "$E2E_LIB/../lookalike" --namespace "$NS" | kubectl apply --filename - >/dev/null
	start_connect work
	kubectl create secret generic onepassword-token --from-literal "token=$TOKEN" >/dev/null
}

teardown() {
	stop_processes
	[ -n "${BATS_TEST_COMPLETED:-}" ] || explain
	check_no_value_leaked
}

# What the original has made of three items: two resources, one of them with labels and a policy, and an annotated
# Deployment; and a Deployment that it has restarted.
original_at_work() {
	local n
	for n in 1 2 3; do
		eval "item_$n=\$(make_item item-$n password=\$(canary $n) user=name-$n)"
	done
	apply_item plain "$(item_path "$item_1")"
	apply_item labelled vaults/work/items/item-2 operator.1password.io/auto-restart=true
	kubectl label onepassworditem labelled team=blue app.kubernetes.io/instance=release >/dev/null
	deployment_json annotated plain labelled from-annotation | jq --arg path "$(item_path "$item_3")" '.metadata.annotations = {
		"operator.1password.io/item-path": $path, "operator.1password.io/item-name": "from-annotation"}' | kubectl apply --filename - >/dev/null
	deployment_json restarted plain | kubectl apply --filename - >/dev/null
	original_pass
	original_restarts restarted
	rolled_out annotated
	rolled_out restarted
}

original_pass() {
	original_syncs onepassworditem plain plain "$item_1"
	original_syncs onepassworditem labelled labelled "$item_2"
	original_syncs deployment annotated from-annotation "$item_3"
}

# Data, type, owners and what people and tools see of it; not what belongs to whoever operates it.
essence() {
	kapi "/api/v1/namespaces/$NS/secrets" | jq --compact-output '.items[] | select(.metadata.name | IN("plain", "labelled", "from-annotation")) |
		{name: .metadata.name, uid: .metadata.uid, data, type, owners: .metadata.ownerReferences,
		 labels: (.metadata.labels // {} | with_entries(select(.key | IN("team")))),
		 annotations: (.metadata.annotations | with_entries(select(.key | test("item-|auto-restart"))))}'
	kapi "/apis/apps/v1/namespaces/$NS/deployments" | jq --compact-output '.items[] | {name: .metadata.name, generation: .metadata.generation, template: .spec.template}'
}

are_taken_over() {
	local name
	for name in plain labelled from-annotation; do
		secret_json "$name" | jq --exit-status '.metadata.labels["operator.1password.io/managed"] == "true"' >/dev/null || return
	done
	kapi "/apis/onepassword.com/v1/namespaces/$NS/onepassworditems" | jq --exit-status 'all(.items[]; .metadata.finalizers // [] == [])' >/dev/null || return
	kapi "/apis/apps/v1/namespaces/$NS/deployments/annotated" | jq --exit-status '.metadata.finalizers // [] == []' >/dev/null
}

# Objects that were written have another resourceVersion.
resource_versions() {
	local kind
	for kind in api/v1/namespaces/$NS/secrets apis/onepassword.com/v1/namespaces/$NS/onepassworditems apis/apps/v1/namespaces/$NS/deployments; do
		kapi "/$kind" | jq --raw-output '.items[].metadata | select(.name | startswith("fence") | not) | "\(.name) \(.resourceVersion)"'
	done
}

swap_in() { start_deployed_operator onepassword-connect-operator AUTO_RESTART=true "$@"; }

# Each thing that the roles do not allow is told of once, though it is met again and again.
told_once() { equal "$(grep --count --fixed-strings "$1" "$LOGS/operator.log")" 1; }

@test "with the original's CRD, role, arguments and objects nothing changes but who writes them" {
	local before versions
	original_at_work
	before=$(essence)
	start_connect_proxy
	swap_in
	wait_for are_taken_over
	pass_a_fence
	equal "$(essence)" "$before"
	equal "$(replicasets annotated) $(replicasets restarted)" "1 2"
	told_once '"resource":"cronjobs"'
	told_once '"resource":"rollouts"'
	told_once 'running without leader election'

	# Nothing loops: no object is written once more, neither now nor at the next start.
	versions=$(resource_versions)
	wait_for_polls 3
	equal "$(resource_versions)" "$versions"
	stop_operator
	swap_in
	wait_for_polls 3
	equal "$(resource_versions)" "$versions"
}

@test "the original takes over again, and we after it" {
	local before value
	original_at_work
	swap_in
	wait_for are_taken_over
	value=$(canary rotated)
	set_field "$item_1" password "$value"
	wait_for secret_is plain password "$value"
	wait_for has_replicasets annotated 2
	wait_for has_replicasets restarted 3
	stop_operator

	original_pass
	value=$(canary by-original)
	set_field "$item_1" password "$value"
	original_pass
	original_restarts restarted
	original_restarts annotated
	rolled_out restarted
	rolled_out annotated
	secret_is plain password "$value"
	equal "$(secret_json plain | jq --compact-output '.metadata.labels')" null
	before=$(essence)

	swap_in
	wait_for are_taken_over
	pass_a_fence
	equal "$(essence)" "$before"
	value=$(canary again)
	set_field "$item_1" password "$value"
	wait_for secret_is plain password "$value"
	wait_for has_replicasets annotated 4
	wait_for has_replicasets restarted 5
	kubectl delete onepassworditem plain labelled --timeout 30s
	kubectl delete deployment annotated --timeout 30s
	wait_for fails has_secret plain
	wait_for fails has_secret from-annotation
}

@test "with RoleBindings in the watched namespaces, the operator serves these and asks for nothing beyond" {
	local team value
	kubectl delete clusterrolebinding onepassword-connect-operator >/dev/null
	value=$(canary new)
	item_1=$(make_item item-1 "password=$(canary old)")
	for team in "$NS-a" "$NS-b"; do
		kubectl create namespace "$team" >/dev/null
		kubectl create rolebinding operator --namespace "$team" --clusterrole onepassword-connect-operator --serviceaccount "$NS:onepassword-connect-operator" >/dev/null
		NS=$team apply_item database "$(item_path "$item_1")"
		NS=$team make_deployment web database
		NS=$team original_syncs onepassworditem database database "$item_1"
	done
	kubectl annotate namespace "$NS-a" operator.1password.io/auto-restart=false >/dev/null
	swap_in WATCH_NAMESPACE=" $NS-a, $NS-b "
	set_field "$item_1" password "$value"
	NS=$NS-a wait_for secret_is database password "$value"
	NS=$NS-b wait_for secret_is database password "$value"
	NS=$NS-b wait_for has_replicasets web 2
	NS=$NS-a has_replicasets web 1
	equal "$(grep --fixed-strings ":$NS:onepassword-connect-operator\"" "$E2E_CLUSTER/audit.log" |
		jq --raw-output 'select(.responseStatus.code == 403) | "\(.objectRef.resource) \(.objectRef.namespace)"' | sort --unique)" \
		"$(printf '%s\n' "cronjobs $NS-a" "cronjobs $NS-b" "leases $NS" "rollouts $NS-a" "rollouts $NS-b")"
}
