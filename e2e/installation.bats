#!/usr/bin/env bats
# The manifests in deploy/, on a cluster of their own, because here the operator serves all namespaces.

load lib/scenario

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
	kubectl wait --for condition=Established --timeout 30s crd/onepassworditems.onepassword.com
	start_connect work
}

teardown() {
	stop_processes
	[ -n "${BATS_TEST_COMPLETED:-}" ] || explain
	check_no_value_leaked
}

# As its Deployment says, but for addresses.
start_installed_operator() {
	local container
	container=$(kubectl get deployment onepassword-connect-operator --output json | jq '.spec.template.spec.containers[0]')
	equal "$(jq --raw-output '.command[0]' <<<"$container")" /manager
	mapfile -t settings < <(jq --raw-output '.args[], (.env[] | select(.name | startswith("OP_") | not) | "\(.name)=\(.value // "")")' <<<"$container" |
		grep --invert-match --regexp=-address)
	OPERATOR_KUBECONFIG=$WORK/operator.kubeconfig
	"$E2E_LIB/cluster" kubeconfig "$E2E_CLUSTER" "$NS" onepassword-connect-operator >"$OPERATOR_KUBECONFIG"
	start_operator "${settings[@]}" POLLING_INTERVAL=1 "$@"
}

rights_sufficed() {
	equal "$(grep --fixed-strings ":$NS:onepassword-connect-operator\"" "$E2E_CLUSTER/audit.log" |
		jq --raw-output 'select(.responseStatus.code == 403) | "\(.verb) \(.requestURI)"')" ""
}

@test "installed by its manifests, the operator serves every namespace with the rights that they give" {
	local namespace item value
	value=$(canary new)
	item=$(make_item database "password=$(canary old)")
	start_installed_operator AUTO_RESTART=true
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
	rights_sufficed
}

@test "kubectl shows a resource by its short name, with its state" {
	make_item database "password=$(canary one)" >/dev/null
	NS=default apply_item database vaults/work/items/database
	start_installed_operator
	NS=default wait_for is_ready database
	NS=default
	equal "$(kubectl get opi database | head -n 1 | tr -s ' ')" "NAME AGE READY REASON"
	equal "$(kubectl get opi database --no-headers | awk '{print $1, $3, $4}')" "database True Synced"
	equal "$(kubectl get opi database --output wide --no-headers | awk '{print $5, $6}')" "1 $(item_json database | jq --raw-output .status.itemPath)"
	kubectl wait --for condition=Ready onepassworditem/database --timeout 10s
	kubectl explain onepassworditem.spec.itemPath >/dev/null
}
