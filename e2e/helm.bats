#!/usr/bin/env bats
# The chart: what it renders, and its releases on a cluster of their own, where it owns the CRD.

# shellcheck disable=SC2030,SC2031 # Each scenario is a subshell, on purpose.
load lib/scenario
load lib/deployed

chart=$E2E_LIB/../../deploy/helm/connect
golden=$E2E_LIB/../../deploy/helm/golden

setup_file() {
	"$E2E_LIB/cluster" start "$BATS_FILE_TMPDIR/cluster" 2>"$E2E_LOGS/helm-cluster.log"
}

teardown_file() { "$E2E_LIB/cluster" stop "$BATS_FILE_TMPDIR/cluster"; }

setup() {
	E2E_CLUSTER=$BATS_FILE_TMPDIR/cluster
	ADMIN_KUBECONFIG=$E2E_CLUSTER/admin.kubeconfig
	TMPDIR=$BATS_FILE_TMPDIR
	NS=helm-$BATS_TEST_NUMBER WORK=$BATS_TEST_TMPDIR LOGS=$E2E_LOGS/helm-$BATS_TEST_NUMBER
	export HELM_CACHE_HOME=$WORK/helm HELM_CONFIG_HOME=$WORK/helm HELM_DATA_HOME=$WORK/helm
	mkdir -p "$LOGS"
}

teardown() {
	stop_processes
	# The next scenario finds a cluster without a release.
	"$E2E_TOOLS/helm" --kubeconfig "$ADMIN_KUBECONFIG" list --all-namespaces --output json | jq --raw-output '.[] | "\(.name) \(.namespace)"' |
		while read -r release namespace; do
			"$E2E_TOOLS/helm" --kubeconfig "$ADMIN_KUBECONFIG" uninstall "$release" --namespace "$namespace" >/dev/null
		done
	remove_crd
	[ -n "${BATS_TEST_COMPLETED:-}" ] || explain
	check_no_value_leaked
}

helm() { "$E2E_TOOLS/helm" --kubeconfig "$ADMIN_KUBECONFIG" --namespace "$NS" "$@"; }

# A certificate is another one each time.
render() {
	set -o pipefail
	"$E2E_TOOLS/helm" template release "$chart" --namespace secrets "$@" |
		sed --regexp-extended 's/^(  (ca\.crt|tls\.crt|tls\.key): ).+/\1(made by the chart)/'
}

prepare_release() {
	kubectl create namespace "$NS" --dry-run=client --output yaml | kubectl apply --filename - >/dev/null
	[ -n "${CONNECT_URL:-}" ] || start_connect work
	kubectl create secret generic onepassword-token --from-literal "token=$TOKEN" >/dev/null
}

crd() { kubectl get crd onepassworditems.onepassword.com --ignore-not-found --output json; }

remove_crd() { kubectl delete crd onepassworditems.onepassword.com --ignore-not-found --timeout 60s >/dev/null; }

@test "helm finds nothing to say against the chart" {
	local values
	for values in "$chart"/ci/*-values.yaml; do
		run -0 helm lint --strict "$chart" --values "$values"
	done
}

@test "values of the right kind render to what was reviewed" {
	local values name
	for values in "$chart"/ci/*-values.yaml; do
		name=$(basename "$values" -values.yaml)
		render --values "$values" >"$WORK/$name.yaml"
		# E2E_UPDATE=1 writes what is now rendered, to be reviewed.
		[ -z "${E2E_UPDATE:-}" ] || cp "$WORK/$name.yaml" "$golden/$name.yaml"
		diff --unified "$golden/$name.yaml" "$WORK/$name.yaml"
	done
	equal "$(find "$golden" -name '*.yaml' | wc -l)" "$(find "$chart/ci" -name '*-values.yaml' | wc -l)"
}

@test "values of the wrong kind are refused by name" {
	refused() {
		run ! render --set operator.create=true "${@:2}"
		[[ $output == *"$1"* ]] || { echo "$output"; return 1; }
	}
	refused authMethod --set operator.authMethod=magic
	refused 'service accounts have no documented interface' --set operator.authMethod=service-account
	refused logEncoder --set operator.logEncoder=xml
	refused imageDigest --set operator.imageDigest=sha256:short
	refused replicas --set operator.replicas=many
	refused pollingInterval --set operator.pollingInterval=0
	refused serviceMonitors --set operator.metrics.serviceMonitors.enabled=true
	refused implementation --set connect.implementation=vault
	refused 'connect.replicas' --set connect.implementation=connect-server --set connect.replicas=2
	refused 'connect.hpa.enabled' --set connect.implementation=connect-server --set connect.hpa.enabled=true
	refused 'operator.rbac.scoped' --set operator.rbac.scoped=true
	refused 'operator.leaderElection.enabled' --set operator.leaderElection.enabled=false --set operator.replicas=2
	refused 'give one of them' --set connect.credentials=a --set connect.credentials_base64=YQ==
	refused 'nothing to install' --set operator.create=false --set connect.create=false
}

@test "the alerts fire when they should, and not before" {
	run -0 "$E2E_TOOLS/promtool" test rules "$chart/files/alerts_test.yaml"
	jq --exit-status '.panels | length > 5' "$chart/files/dashboard.json"
}

@test "what helm install prints tells of the CRD and of the token, which is not to stand on a command line" {
	local notes
	kubectl create namespace "$NS" >/dev/null
	notes=$(helm install release "$chart" --set operator.create=true --dry-run=server | sed '1,/^NOTES:/d')
	[[ "$notes" == *"create secret generic onepassword-token --from-file token=./token"* ]]
	[[ "$notes" == *"CRD onepassworditems.onepassword.com stays when this release is uninstalled"* ]]
	fails grep --quiet from-literal <<<"$notes"
	notes=$(helm install release "$chart" --set operator.create=true --set crds.keep=false --dry-run=server | sed '1,/^NOTES:/d')
	[[ "$notes" == *"goes when this release is uninstalled"* ]]
	notes=$(helm install release "$chart" --set operator.create=true --set crds.enabled=false --dry-run=server | sed '1,/^NOTES:/d')
	[[ "$notes" == *"is not there, and crds.enabled is false"* ]]
	kubectl apply --filename "$E2E_LIB/../../deploy/crds/onepassworditems.onepassword.com.yaml" >/dev/null
	notes=$(helm install release "$chart" --set operator.create=true --dry-run=server | sed '1,/^NOTES:/d')
	[[ "$notes" == *"was there already, and stays as it is"*"--set crds.adopt=true --take-ownership"* ]]
}

@test "a ClusterRole that is there already keeps a release out until it goes, or one of the two has another name or owner" {
	local role="$E2E_LIB/../../deploy/manifests/cluster_role.yaml"
	kubectl create namespace "$NS" >/dev/null
	kubectl apply --filename "$role" >/dev/null
	run helm install release "$chart" --set operator.create=true --wait=false
	[[ "$status" != 0 && "$output" == *'ClusterRole "onepassword-connect-operator"'*"exists and cannot be imported into the current release"* ]]
	helm install release "$chart" --set operator.create=true --set operator.clusterRole.name=another
	helm uninstall release --wait --timeout 60s
	kubectl get --filename "$role" >/dev/null
	helm install release "$chart" --set operator.create=true --take-ownership
	helm uninstall release --wait --timeout 60s
	fails kubectl get --filename "$role"
	helm install release "$chart" --set operator.create=true
}

@test "installed, upgraded, rolled back and uninstalled, it serves, and Secrets stay" {
	local item value
	prepare_release
	helm install release "$chart" --set operator.create=true --wait --timeout 60s
	wait_for kubectl wait --for condition=Established --timeout 30s crd/onepassworditems.onepassword.com
	value=$(canary installed)
	item=$(make_item database "password=$(canary first)")
	start_deployed_operator onepassword-connect-operator
	apply_item database "$(item_path "$item")"
	wait_for is_ready database
	set_field "$item" password "$value"
	wait_for secret_is database password "$value"
	stop_operator
	rights_sufficed onepassword-connect-operator

	helm upgrade release "$chart" --reuse-values --set operator.autoRestart=true --wait --timeout 60s
	make_deployment web database
	start_deployed_operator onepassword-connect-operator
	set_field "$item" password "$(canary upgraded)"
	wait_for has_replicasets web 2
	stop_operator

	helm rollback release 1 --wait --timeout 60s
	equal "$(kubectl get deployment onepassword-connect-operator --output json | jq --raw-output '.spec.template.spec.containers[0].env[] | select(.name == "AUTO_RESTART").value')" false
	helm uninstall release --wait --timeout 60s
	equal "$(kubectl get deployments --output name)" deployment.apps/web
	kubectl get onepassworditem database >/dev/null
	kubectl get secret database >/dev/null
	remove_crd
}

@test "told not to keep the CRD, uninstalling takes it, the items and their Secrets, and nothing hangs" {
	prepare_release
	helm install release "$chart" --set operator.create=true --set crds.keep=false --wait --timeout 60s
	wait_for kubectl wait --for condition=Established --timeout 30s crd/onepassworditems.onepassword.com
	start_deployed_operator onepassword-connect-operator
	gone() { [ -z "$(kubectl get secret "$1" --ignore-not-found --output name)" ]; }
	for name in first database; do
		apply_item "$name" "$(item_path "$(make_item "$name" "password=$(canary gone)")")"
		wait_for is_ready "$name"
	done
	# The garbage collector needs half a minute to learn of a new kind; before that it would miss what follows.
	kubectl delete onepassworditem first --timeout 60s
	wait_for gone first
	stop_operator
	helm uninstall release --wait --timeout 60s
	equal "$(crd)" ""
	wait_for gone database
}

@test "with namespaces and scoped rights there is no cluster-wide right, and it serves those namespaces" {
	local here=$NS
	prepare_release
	kubectl create namespace "$NS-team" >/dev/null
	helm install release "$chart" --set operator.create=true --set "operator.watchNamespace={$NS-team}" --set operator.rbac.scoped=true \
		--set operator.metrics.secure=false --wait --timeout 60s
	wait_for kubectl wait --for condition=Established --timeout 30s crd/onepassworditems.onepassword.com
	equal "$(kubectl get clusterroles,clusterrolebindings --selector app.kubernetes.io/instance=release --output name)" ""
	start_deployed_operator onepassword-connect-operator
	NS=$here-team apply_item database "$(item_path "$(make_item database "password=$(canary scoped)")")"
	NS=$here-team wait_for is_ready database
	stop_operator
	rights_sufficed onepassword-connect-operator
	helm uninstall release --wait --timeout 60s
}

@test "a release that looks like the original's is taken over in place, and given back" {
	local item before
	prepare_release
	helm install release "$E2E_LIB/../lookalike" --wait --timeout 60s
	wait_for kubectl wait --for condition=Established --timeout 30s crd/onepassworditems.onepassword.com
	before=$(crd | jq --compact-output '.spec.versions[0].schema')

	helm upgrade release "$chart" --set operator.create=true --wait --timeout 60s
	equal "$(crd | jq --compact-output '.spec.versions[0].schema')" "$before"
	item=$(make_item database "password=$(canary taken)")
	start_deployed_operator onepassword-connect-operator
	apply_item database "$(item_path "$item")"
	wait_for is_ready database
	stop_operator
	rights_sufficed onepassword-connect-operator

	helm upgrade release "$chart" --set operator.create=true --set crds.adopt=true --take-ownership --wait --timeout 60s
	kubectl get opi database >/dev/null

	helm rollback release 1 --wait --timeout 60s
	equal "$(kubectl get deployment onepassword-connect-operator --output jsonpath='{.spec.template.spec.containers[0].image}')" docker.io/1password/onepassword-operator:1.12.0
	kubectl get onepassworditem database >/dev/null
	kubectl get secret database >/dev/null
	helm uninstall release --wait --timeout 60s
}

@test "two releases serve two namespaces of one cluster" {
	local one=$NS-one two=$NS-two ns
	for ns in "$one" "$two"; do
		NS=$ns
		prepare_release
		helm install "$ns" "$chart" --set operator.create=true --set "operator.watchNamespace={$ns}" --set "crds.enabled=$([ "$ns" = "$one" ] && echo true || echo false)" \
			--set "operator.clusterRole.name=$ns" --set "operator.clusterRoleBinding.name=$ns" --wait --timeout 60s
		wait_for kubectl wait --for condition=Established --timeout 30s crd/onepassworditems.onepassword.com
		OPERATOR_LOG=operator-$ns start_deployed_operator onepassword-connect-operator
		apply_item database "$(item_path "$(make_item database "password=$(canary "$ns")")")"
	done
	for ns in "$one" "$two"; do
		NS=$ns wait_for is_ready database
	done
	for ns in "$one" "$two"; do
		NS=$ns
		helm uninstall "$ns" --wait --timeout 60s
	done
	NS=helm-$BATS_TEST_NUMBER
}

@test "connect-server, set up as its pod says, speaks TLS that the operator trusts" {
	local pod args=() value
	kubectl create namespace "$NS" >/dev/null
	helm install release "$chart" --set operator.create=true --set connect.implementation=connect-server --timeout 60s
	wait_for kubectl wait --for condition=Established --timeout 30s crd/onepassworditems.onepassword.com
	pod=$(kubectl get statefulset onepassword-connect --output json | jq .spec.template.spec)

	# Paths of the pod are folders here.
	CONNECT_DIR=$WORK/pod
	mkdir -p "$CONNECT_DIR"/{data,keys,tls}
	placed() { jq --raw-output "$1" <<<"$pod" | sed "s|/home/opuser/.op/data|$CONNECT_DIR/data|; s|=/keys|=$CONNECT_DIR/keys|; s|=/tls|=$CONNECT_DIR/tls|; s|0\.0\.0\.0|127.0.0.1|"; }
	for key in tls.crt tls.key; do
		kubectl get secret onepassword-connect-certificate --output json | jq --raw-output --arg key "$key" '.data[$key] | @base64d' >"$CONNECT_DIR/tls/$key"
	done
	mapfile -t args < <(placed '.initContainers[0].args[]')
	for _ in first-start restart; do
		"$E2E_BIN/connect-server" "${args[@]}" 2>"$LOGS/init.log"
	done
	fails grep --quiet "$(cat "$CONNECT_DIR/keys/recovery-key")" "$LOGS/init.log"
	mapfile -t args < <(placed '.containers[0].args[]')
	connect_port=$(pick_port)
	launch connect env OP_HTTPS_PORT="$connect_port" "$E2E_BIN/connect-server" "${args[@]}"
	TOKEN=$(<"$CONNECT_DIR/keys/token")
	kubectl create secret generic onepassword-token --from-literal "token=$TOKEN" >/dev/null
	kubectl get secret onepassword-connect-certificate --output json | jq --raw-output '.data["ca.crt"] | @base64d' >"$WORK/ca.crt"
	# By the name that its certificate is for.
	over_tls() { curl --silent --fail --max-time 5 --cacert "$WORK/ca.crt" --resolve "onepassword-connect:$connect_port:127.0.0.1" --header "Authorization: Bearer $TOKEN" "https://onepassword-connect:$connect_port$1" "${@:2}"; }
	wait_for over_tls /heartbeat --output /dev/null
	VAULT=$(over_tls /v1/vaults | jq --raw-output '.[0].id')
	value=$(canary tls)
	over_tls "/v1/vaults/$VAULT/items" --data "{\"title\": \"database\", \"category\": \"LOGIN\", \"fields\": [{\"label\": \"password\", \"value\": \"$value\"}]}" >/dev/null

	# The name does not resolve outside of a cluster: a proxy on the way does that.
	launch tunnel python3 "$E2E_LIB/tunnel" "$((tunnel_port = $(pick_port)))" "127.0.0.1:$connect_port"
	CONNECT_URL=https://onepassword-connect:$connect_port
	start_deployed_operator onepassword-connect-operator "HTTPS_PROXY=http://127.0.0.1:$tunnel_port" NO_PROXY=127.0.0.1,localhost
	apply_item database "vaults/$VAULT/items/database"
	wait_for secret_is database password "$value"
	helm upgrade release "$chart" --reuse-values --timeout 60s
	equal "$(kubectl get secret onepassword-connect-certificate --output json | jq --raw-output '.data["ca.crt"] | @base64d')" "$(<"$WORK/ca.crt")"
	helm uninstall release --wait --timeout 60s
}
