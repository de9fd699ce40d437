#!/usr/bin/env bats
# Rollouts of Argo, with its own controller.

load lib/scenario

setup_file() {
	E2E_ENGINE=$("$E2E_LIB/../controlplane/build" rollouts-controller)
	export E2E_ENGINE
}

start_argo() {
	kubectl apply --server-side --filename "$E2E_ENGINE/crds" >/dev/null
	wait_for kubectl wait --for condition=Established --timeout 30s crd/rollouts.argoproj.io >/dev/null
	launch argo "$E2E_ENGINE/rollouts-controller" --kubeconfig "$ADMIN_KUBECONFIG" --namespaced --namespace "$NS" \
		--leader-elect=false --metricsport "$(pick_port)" --healthzPort "$(pick_port)"
}

# make_rollout NAME STRATEGY SECRET...
make_rollout() {
	deployment_json "$1" "${@:3}" | jq --argjson strategy "$2" '.kind = "Rollout" | .apiVersion = "argoproj.io/v1alpha1" | .spec.strategy = $strategy' |
		kubectl apply --filename - >/dev/null
	wait_for has_phase "$1" Healthy
}

rollout() { kapi "/apis/argoproj.io/v1alpha1/namespaces/$NS/rollouts/$1"; }
has_phase() { rollout "$1" | jq --exit-status --arg phase "$2" '.status.phase == $phase and (.status.observedGeneration // "0" | tonumber) >= .metadata.generation' >/dev/null; }

rotate() {
	local value
	value=$(canary "$RANDOM")
	set_field "$item" password "$value"
	wait_for secret_is database password "$value"
}

@test "a Rollout whose kind came after the operator rolls once for each rotation, and one that was put back is left so" {
	local item n
	item=$(make_item database "password=$(canary old)")
	apply_item database "$(item_path "$item")"
	start_operator AUTO_RESTART=true
	wait_for is_ready database
	start_argo
	make_rollout web '{"canary": {}}' database
	make_rollout careful '{"canary": {"steps": [{"setWeight": 50}, {"pause": {}}]}}' database
	rotate
	wait_for has_replicasets web 2
	wait_for has_phase web Healthy
	# It is up to a person to let this one go on.
	wait_for has_replicasets careful 2
	wait_for has_phase careful Paused

	rotate
	wait_for has_replicasets web 3
	wait_for has_phase web Healthy
	pass_a_fence
	equal "$(replicasets web)" 3

	rollout web | jq 'del(.spec.template.metadata.annotations, .status)' | kubectl replace --filename - >/dev/null
	wait_for has_phase web Healthy
	pass_a_fence
	equal "$(replicasets web)" 3
	equal "$(rollout web | jq '.spec.template.metadata.annotations // {} | length')" 0
}
