#!/usr/bin/env bats
# 1Password's operator 1.12 itself, built from its module, at work; then ours in its place, back, and again. swap.bats has more
# cases, with what that one writes imitated. On a cluster of its own, because of its CRD.

load lib/scenario
load lib/deployed

setup_file() {
	E2E_ORIGINAL=$("$E2E_LIB/../controlplane/build" onepassword-operator)
	export E2E_ORIGINAL
	"$E2E_LIB/cluster" start "$BATS_FILE_TMPDIR/cluster" 2>"$E2E_LOGS/original-cluster.log"
}

teardown_file() { "$E2E_LIB/cluster" stop "$BATS_FILE_TMPDIR/cluster"; }

setup() {
	E2E_CLUSTER=$BATS_FILE_TMPDIR/cluster
	ADMIN_KUBECONFIG=$E2E_CLUSTER/admin.kubeconfig
	TMPDIR=$BATS_FILE_TMPDIR
	NS=original-$BATS_TEST_NUMBER WORK=$BATS_TEST_TMPDIR LOGS=$E2E_LOGS/original-$BATS_TEST_NUMBER
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

# It wants to know the namespace of its pod, from a file that is no setting; the name of its program is its field manager's.
start_original() {
	local as_user=()
	ln --symbolic --force "$E2E_ORIGINAL/onepassword-operator" "$WORK/manager"
	# In a chroot nobody gets a user namespace, and root needs none.
	((EUID == 0)) || as_user=(--user --map-root-user)
	# shellcheck disable=SC2016 # The inner shell expands.
	launch original unshare "${as_user[@]}" --mount --propagation unchanged bash -euc '
		mount --make-rprivate / 2>/dev/null || true
		mount -t tmpfs tmpfs /run
		mkdir -p /run/secrets/kubernetes.io/serviceaccount
		printf %s "$1" >/run/secrets/kubernetes.io/serviceaccount/namespace
		shift
		exec "$@"' - "$NS" env --ignore-environment HOME="$WORK" OP_CONNECT_HOST="$CONNECT_URL" OP_CONNECT_TOKEN="$TOKEN" \
		POLLING_INTERVAL=2 WATCH_NAMESPACE="$NS" AUTO_RESTART=true "$WORK/manager" --kubeconfig "$ADMIN_KUBECONFIG" \
		--metrics-bind-address=0 --health-probe-bind-address="127.0.0.1:$(pick_port)" --zap-log-level=info
	ORIGINAL_PID=$LAUNCHED
	wait_for has_secret plain
	wait_for has_secret labelled
	wait_for has_secret from-annotation
	# What it does first restarts nothing; what its polls find does.
	wait_for grep --quiet "Secret with name plain and version .* already exists" "$LOGS/original.log"
	: >"$LOGS/original.log"
}

# Two resources, one of them with labels and a policy, and an annotated Deployment; it has rolled one once.
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
	start_original
	set_field "$item_2" password "$(canary original)"
	wait_for has_replicasets annotated 2
	rolled_out annotated
	rolled_out restarted
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

swap_in() { start_deployed_operator onepassword-connect-operator AUTO_RESTART=true; }

@test "on a cluster that 1Password's operator has served nothing changes but who writes, there and back" {
	local before versions value
	original_at_work
	end_process "$ORIGINAL_PID" || true
	before=$(essence)
	start_connect_proxy
	swap_in
	wait_for are_taken_over
	pass_a_fence
	equal "$(essence)" "$before"
	versions=$(resource_versions)
	wait_for_polls 3
	equal "$(resource_versions)" "$versions"
	value=$(canary rotated)
	set_field "$item_1" password "$value"
	wait_for secret_is plain password "$value"
	wait_for has_replicasets annotated 3
	wait_for has_replicasets restarted 2
	rolled_out annotated
	rolled_out restarted
	stop_operator

	start_original
	value=$(canary by-original)
	set_field "$item_1" password "$value"
	wait_for secret_is plain password "$value"
	wait_for has_replicasets annotated 4
	wait_for has_replicasets restarted 3
	rolled_out annotated
	rolled_out restarted
	end_process "$ORIGINAL_PID" || true

	before=$(essence)
	swap_in
	wait_for are_taken_over
	pass_a_fence
	equal "$(essence)" "$before"
	kubectl delete onepassworditem plain labelled --timeout 30s
	kubectl delete deployment annotated --timeout 30s
	wait_for fails has_secret plain
	wait_for fails has_secret from-annotation
}

told_of_contest() {
	kapi "/api/v1/namespaces/$NS/events" | jq --exit-status '[.items[] | select(.reason == "Contested" and .type == "Warning" and
		(.message | contains("field manager \"manager\" (as 1Password'"'"'s operator)"))) | .involvedObject.name] |
		contains(["plain", "labelled", "annotated"])' >/dev/null
}

# Nothing is written for three seconds, in which either would have written hundreds of times.
is_at_peace() {
	local before
	before=$(resource_versions)
	sleep 3
	[ "$(resource_versions)" = "$before" ]
}

@test "beside 1Password's operator at work ours says so, and does not fight" {
	local value
	original_at_work
	start_connect_proxy
	swap_in
	wait_for told_of_contest
	wait_for is_at_peace
	equal "$(jq --raw-output 'select(.msg == "contested") | .level' "$LOGS/operator.log" | sort --unique)" warn
	# A change still arrives: there are two that bring it.
	value=$(canary rotated)
	set_field "$item_1" password "$value"
	wait_for secret_is plain password "$value"
	stop_operator
	end_process "$ORIGINAL_PID" || true
}
