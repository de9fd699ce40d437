#!/usr/bin/env bats
# Where restarts get lost, or come twice, in other operators.

load lib/scenario

# An operator that restarts, an item and its Secret. Sets item.
serve_database() {
	item=$(make_item database "password=$(canary old)")
	apply_item database "$(item_path "$item")"
	start_operator AUTO_RESTART=true "$@"
	wait_for is_ready database
}

# rotate [COMMAND...]: new values for the Secret; the command runs as soon as they are there.
rotate() {
	local value
	value=$(canary "$RANDOM")
	set_field "$item" password "$value"
	wait_for secret_is database password "$value"
	"$@"
}

# stamp KIND NAME: what the operator wrote on the pod template.
stamp() { kubectl get "$1" "$2" --output json | jq --raw-output '.spec.template.metadata.annotations["operator.1password.io/last-restarted"] // ""'; }
is_stamped() { [ -n "$(stamp "$@")" ]; }
generation() { kubectl get "$1" "$2" --output jsonpath='{.metadata.generation}'; }

add_reference='[{"op": "add", "path": "/spec/template/spec/containers/0/envFrom", "value": [{"secretRef": {"name": "database"}}]}]'
drop_reference='[{"op": "remove", "path": "/spec/template/spec/containers/0/envFrom"}]'

@test "references added or dropped later, a policy switched on later, a Secret deleted by hand: no restart" {
	local item uid
	serve_database
	make_deployment dropped database
	make_deployment added
	make_deployment unwilling database
	make_deployment witness database
	kubectl annotate deployment unwilling operator.1password.io/auto-restart=false
	rotate
	wait_for has_replicasets witness 2
	wait_for has_replicasets dropped 2

	kubectl patch deployment dropped --type json --patch "$drop_reference"
	kubectl patch deployment added --type json --patch "$add_reference"
	kubectl annotate --overwrite deployment unwilling operator.1password.io/auto-restart=true
	uid=$(secret_json database | jq .metadata.uid)
	kubectl delete secret database
	wait_for has_secret database
	[ "$(secret_json database | jq .metadata.uid)" != "$uid" ]
	pass_a_fence
	# The two that were edited have one more for that.
	equal "$(replicasets dropped) $(replicasets added) $(replicasets unwilling) $(replicasets witness)" "3 2 1 2"
	equal "$(stamp deployment added)" ""

	# Policy and references of now count for the next change.
	rotate
	wait_for has_replicasets unwilling 2
	wait_for has_replicasets added 3
	wait_for has_replicasets witness 3
	pass_a_fence
	equal "$(replicasets dropped) $(replicasets added) $(replicasets unwilling) $(replicasets witness)" "3 3 2 3"
}

@test "use in env, in init containers and in projected volumes is found" {
	local item name
	serve_database
	deployment_json env | jq '.spec.template.spec.containers[0].env = [{name: "A", valueFrom: {secretKeyRef: {name: "database", key: "password"}}}]' |
		kubectl apply --filename - >/dev/null
	deployment_json init | jq '.spec.template.spec.initContainers = [{name: "first", image: "example/init", envFrom: [{secretRef: {name: "database"}}]}]' |
		kubectl apply --filename - >/dev/null
	deployment_json projected | jq '.spec.template.spec.volumes = [{name: "all", projected: {sources: [{secret: {name: "database"}}]}}]' |
		kubectl apply --filename - >/dev/null
	for name in env init projected; do rolled_out "$name"; done
	rotate
	for name in env init projected; do wait_for has_replicasets "$name" 2; done
}

@test "undo, replace and a clone of a StatefulSet or a DaemonSet are left so; one that updates on delete is only stamped" {
	local item kind pods
	serve_database
	make_workload StatefulSet store database
	make_workload DaemonSet agent database
	make_workload DaemonSet manual database
	kubectl patch daemonset manual --type merge --patch '{"spec": {"updateStrategy": {"type": "OnDelete", "rollingUpdate": null}}}'
	pods=$(kubectl get pods --selector app=manual --output jsonpath='{.items[*].metadata.uid}')
	rotate
	wait_for is_stamped statefulset store
	wait_for is_stamped daemonset agent
	wait_for is_stamped daemonset manual
	kubectl rollout status statefulset/store --timeout 60s
	kubectl rollout status daemonset/agent --timeout 60s
	equal "$(kubectl get pods --selector app=manual --output jsonpath='{.items[*].metadata.uid}')" "$pods"

	kubectl get statefulset store --output json | jq '{apiVersion, kind, metadata: {name: "clone"}, spec} |
		.spec.selector.matchLabels.app = "clone" | .spec.template.metadata.labels.app = "clone"' | kubectl apply --filename -
	kubectl rollout undo statefulset/store
	kubectl get daemonset agent --output json | jq 'del(.spec.template.metadata.annotations) | {apiVersion, kind, metadata: {name: .metadata.name}, spec}' |
		kubectl replace --filename -
	pass_a_fence
	equal "$(stamp statefulset store)$(stamp daemonset agent)" ""
	equal "$(generation statefulset clone)" 1
}

@test "a workload without pods, and one made in the same second as the change, restart once" {
	local item
	serve_database --restart-window=4s
	deployment_json idle database | jq '.spec.replicas = 0' | kubectl apply --filename - >/dev/null
	wait_for has_replicasets idle 1
	rotate make_deployment newborn database
	wait_for has_replicasets idle 2
	wait_for has_replicasets newborn 2
	kubectl scale deployment idle --replicas 1
	rolled_out idle
	pass_a_fence
	equal "$(replicasets idle) $(replicasets newborn)" "2 2"
}

@test "a conflict, an outage of the API server, an answer that is lost: one restart for each change" {
	local item
	start_api_proxy
	serve_database --leader-elect=false
	make_deployment web database
	fault api '{"match": "PATCH .*/deployments/", "action": "status", "status": 409}'
	rotate
	wait_for has_replicasets web 2

	fault api '{"match": "PATCH .*/deployments/", "action": "drop"}'
	rotate
	wait_for has_replicasets web 3

	# A restart that is due when the server goes away.
	fault api '{"match": "PATCH .*/deployments/", "action": "reset", "times": -1}'
	rotate
	wait_for has_hits
	fault api '{"match": "", "action": "reset", "times": -1}'
	curl --silent --fail --request POST "${PROXY_CONTROL[api]}/cut?match=watch=" >/dev/null
	equal "$(replicasets web)" 3
	clear_faults api
	wait_for has_replicasets web 4
	pass_a_fence
	equal "$(replicasets web)" 4
}

has_hits() { (($(hits api) >= 3)); }

kill_first() { end_process "$first" KILL || true; }

@test "a restart that is due when the leader dies is done by the next" {
	local item first
	serve_database --restart-window=3s
	first=$OPERATOR_PID
	make_deployment web database
	OPERATOR_LOG=second start_operator AUTO_RESTART=true --restart-window=3s
	rotate kill_first
	equal "$(replicasets web)" 1
	wait_for has_replicasets web 2
	pass_a_fence
	equal "$(replicasets web)" 2
}

pending() { item_json database | jq --raw-output '.status.restartsPending // 0'; }
is_pending() { [ "$(pending)" = "$1" ]; }
metric() { curl --silent --fail "http://127.0.0.1:$METRICS_PORT/metrics" | awk -v name="$1" '$1 == name { print $2 }'; }
stamped() {
	kubectl get deployments --output json |
		jq --raw-output '.items[] | select(.spec.template.metadata.annotations["operator.1password.io/last-restarted"]).metadata.name'
}
has_stamped() { [ "$(stamped | wc -l)" = "$1" ]; }

@test "in a storm so many workloads roll at a time, and status and metrics say what waits" {
	local item n
	METRICS_PORT=$(pick_port)
	serve_database --restarts-in-progress=2 --restarts-per-second=100 --metrics-bind-address="127.0.0.1:$METRICS_PORT" --metrics-secure=false
	# No node for their pods: no rollout of them is ever over.
	for n in 1 2 3 4 5; do
		deployment_json "web-$n" database | jq '.spec.template.spec.nodeSelector = {no: "node"}' | kubectl apply --filename - >/dev/null
	done
	rotate
	wait_for has_stamped 2
	wait_for is_pending 3
	equal "$(metric onepassword_restart_pending) $(metric onepassword_restarts_in_progress)" "3 2"
	equal "$(condition database status)" True
	equal "$(kubectl get opi database --output wide --no-headers | awk '{print $(NF - 1)}')" 3
	equal "$(stamped | wc -l)" 2

	# A rollout that is over makes room for one more, also for an operator that has just started.
	end_process "$OPERATOR_PID" KILL || true
	start_operator AUTO_RESTART=true --restarts-in-progress=2 --metrics-bind-address="127.0.0.1:$METRICS_PORT" --metrics-secure=false
	kubectl scale deployment "$(stamped | head -n 1)" --replicas 0
	wait_for has_stamped 3
	pass_a_fence
	equal "$(stamped | wc -l)" 3
	kubectl scale deployment --all --replicas 0
	wait_for has_stamped 5
	wait_for is_pending 0
	equal "$(metric onepassword_restart_pending)" 0
}

some_wait() { [ "$(metric onepassword_restart_pending)" -gt 0 ]; }
restarts() { audit '.verb == "patch" and .objectRef.resource == "deployments"'; }

@test "in a storm so many workloads roll in a second, each once, and nothing else holds them up" {
	local item n
	METRICS_PORT=$(pick_port)
	serve_database --restarts-in-progress=0 --restarts-per-second=1 --metrics-bind-address="127.0.0.1:$METRICS_PORT" --metrics-secure=false
	for n in 1 2 3 4 5 6; do
		deployment_json "web-$n" database | jq '.spec.template.spec.nodeSelector = {no: "node"}' | kubectl apply --filename - >/dev/null
	done
	rotate
	wait_for some_wait
	wait_for has_stamped 6
	wait_for is_pending 0
	pass_a_fence
	equal "$(restarts | jq --raw-output .objectRef.name | sort | tr '\n' ' ')" "web-1 web-2 web-3 web-4 web-5 web-6 "
	# Five pauses of a second, less what the first request took.
	restarts | jq --slurp --exit-status '[.[].requestReceivedTimestamp | (.[:19] + "Z" | fromdate) + (.[19:-1] | tonumber)] |
		max - min >= 3.5' >&2
	equal "$(metric onepassword_restart_pending)" 0
}

# idle_workloads COUNT: Deployments without pods, each with a Secret of its own, all of one item.
idle_workloads() {
	local one
	one=$(deployment_json web web)
	jq --null-input --argjson count "$1" --argjson one "$one" --arg path "$(item_path "$item")" '{apiVersion: "v1", kind: "List", items: [
		range($count) | "web-\(.)" | . as $name |
		{apiVersion: "onepassword.com/v1", kind: "OnePasswordItem", metadata: {$name}, spec: {itemPath: $path}},
		($one | .metadata.name = $name | .spec.replicas = 0 | .spec.template.spec.containers[0].envFrom[0].secretRef.name = $name)]}' |
		kubectl create --filename - >/dev/null
}

@test "a hundred Secrets that wait in one namespace hold up the rollouts of another for seconds only" {
	local item other=$NS-other
	bind_cluster_wide
	kubectl create namespace "$other" >/dev/null
	serve_database WATCH_NAMESPACE="$NS,$other" --restarts-per-second=3
	idle_workloads 100
	NS=$other idle_workloads 12
	wait_for is_ready web-99
	NS=$other wait_for is_ready web-11
	rotate
	NS=$other wait_for has_stamped 12
	# Both have had about as many turns until then.
	stamped | wc -l | tee /dev/stderr | awk '{ exit $1 >= 40 }'
	delete_namespace "$other"
}

@test "an operator that starts on lists that are stale catches up, repeats no restart and loses none" {
	local item uid kind
	start_api_proxy
	# The first lists are those of an empty namespace; whoever comes later gets them again.
	for kind in secrets deployments onepassworditems; do
		fault api "{\"match\": \"/$kind\\\\?limit=\", \"action\": \"stale\", \"times\": -1}"
	done
	serve_database --leader-elect=false
	make_deployment web database
	rotate
	wait_for has_replicasets web 2
	uid=$(secret_json database | jq .metadata.uid)
	stop_operator

	start_operator AUTO_RESTART=true --leader-elect=false
	(($(hits api) >= 3))
	pass_a_fence
	equal "$(replicasets web)" 2
	equal "$(secret_json database | jq .metadata.uid)" "$uid"
	rotate
	wait_for has_replicasets web 3
	pass_a_fence
	equal "$(replicasets web)" 3
}

owner_is_current() {
	[ "$(secret_json database | jq --raw-output '.metadata.ownerReferences[0].uid')" = "$(item_json database | jq --raw-output .metadata.uid)" ]
}

@test "events that never come are made up for by the next ones" {
	local item
	start_api_proxy
	serve_database --leader-elect=false
	make_deployment web database
	# Of its own stamp and of what the controllers answer.
	fault api '{"match": "/deployments\\?watch=", "event": "\"MODIFIED\"", "action": "drop-event", "times": 3}'
	rotate
	wait_for has_replicasets web 2
	rolled_out web
	rotate
	wait_for has_replicasets web 3

	# A value that somebody changed, and a resource that was another for a moment.
	fault api '{"match": "/secrets\\?watch=", "event": "\"MODIFIED\"", "action": "drop-event"}'
	kubectl patch secret database --type merge --patch '{"data": {"password": "Ynk="}}' >/dev/null
	fault api '{"match": "/onepassworditems\\?watch=", "event": "\"DELETED\"", "action": "drop-event"}'
	kubectl delete onepassworditem database >/dev/null
	apply_item database "$(item_path "$item")"
	rotate
	wait_for owner_is_current
	wait_for has_replicasets web 4
	pass_a_fence
	equal "$(replicasets web)" 4
	equal "$(hits api)" 5
}

@test "a workload that its watch was too late to show restarts once it is shown" {
	local item
	start_api_proxy
	serve_database --leader-elect=false
	make_deployment web database
	fault api '{"match": "/deployments\\?watch=", "event": "\"name\":\"late\"", "action": "drop-event", "times": -1}'
	make_deployment late database
	rotate
	wait_for has_replicasets web 2
	pass_a_fence
	equal "$(replicasets late)" 1
	clear_faults api
	kubectl label deployment late seen=now
	wait_for has_replicasets late 2
	pass_a_fence
	equal "$(replicasets late) $(replicasets web)" "2 2"
}
