#!/usr/bin/env bats
# The manifests in deploy/, on a cluster of their own, because here the operator serves all namespaces.

load lib/scenario
load lib/deployed

setup_file() {
	"$E2E_LIB/cluster" start "$BATS_FILE_TMPDIR/cluster" 2>"$E2E_LOGS/installation-cluster.log"
}

teardown_file() { "$E2E_LIB/cluster" stop "$BATS_FILE_TMPDIR/cluster"; }

setup() {
	E2E_CLUSTER=$BATS_FILE_TMPDIR/cluster
	ADMIN_KUBECONFIG=$E2E_CLUSTER/admin.kubeconfig
	TMPDIR=$BATS_FILE_TMPDIR
	NS=onepassword-operator WORK=$BATS_TEST_TMPDIR LOGS=$E2E_LOGS/installation-$BATS_TEST_NUMBER
	mkdir -p "$LOGS"
	kubectl apply --kustomize "$E2E_LIB/../../deploy/manifests"
	wait_for kubectl wait --for condition=Established --timeout 30s crd/onepassworditems.onepassword.com
	start_connect work
	kubectl create secret generic onepassword-token --from-literal "token=$TOKEN" --dry-run=client --output yaml | kubectl apply --filename -
}

teardown() {
	stop_processes
	[ -n "${BATS_TEST_COMPLETED:-}" ] || explain
	check_no_value_leaked
}

@test "installed by its manifests, the operator serves every namespace with the rights that they give" {
	local namespace item value
	value=$(canary new)
	item=$(make_item database "password=$(canary old)")
	start_deployed_operator onepassword-connect-operator AUTO_RESTART=true
	for namespace in one two; do
		kubectl create namespace "$namespace"
		NS=$namespace apply_item database "$(item_path "$item")"
		NS=$namespace wait_for is_ready database
		NS=$namespace make_deployment web database
	done
	set_field "$item" password "$value"
	for namespace in one two; do
		NS=$namespace wait_for secret_is database password "$value"
		NS=$namespace wait_for has_replicasets web 2
	done
	stop_operator
	rights_sufficed onepassword-connect-operator
}

@test "kubectl shows a resource by its short name, with its state" {
	make_item database "password=$(canary one)" >/dev/null
	NS=default apply_item database vaults/work/items/database
	start_deployed_operator onepassword-connect-operator
	NS=default wait_for is_ready database
	NS=default
	equal "$(kubectl get opi database | head -n 1 | tr -s ' ')" "NAME AGE READY REASON"
	equal "$(kubectl get opi database --no-headers | awk '{print $1, $3, $4}')" "database True Synced"
	equal "$(kubectl get opi database --output wide --no-headers | awk '{print $5, $6}')" "1 $(item_json database | jq --raw-output .status.itemPath)"
	kubectl wait --for condition=Ready onepassworditem/database --timeout 10s
	kubectl explain onepassworditem.spec.itemPath >/dev/null
}

readiness() { curl --silent --max-time 5 "$OPERATOR_URL/readyz"; }

is_unready_without_crd() { ! operator_answers readyz && [[ $(readiness) == *"the CRD onepassworditems.onepassword.com is not installed: apply "* ]]; }

@test "without its CRD the operator lives, is not ready, says why, and serves once it is there" {
	make_item database "password=$(canary one)" >/dev/null
	kubectl delete crd onepassworditems.onepassword.com --timeout 60s
	start_operator() { launch_operator "$@"; }
	start_deployed_operator onepassword-connect-operator
	wait_for is_unready_without_crd
	operator_answers healthz
	equal "$(jq --raw-output 'select(.msg | startswith("the CRD onepassworditems.onepassword.com is not installed")) | .level' "$LOGS/operator.log")" error
	kubectl apply --filename "$E2E_LIB/../../deploy/crds/onepassworditems.onepassword.com.yaml"
	wait_for kubectl wait --for condition=Established --timeout 30s crd/onepassworditems.onepassword.com
	NS=default apply_item late vaults/work/items/database
	NS=default wait_for is_ready late
	operator_answers readyz
}
