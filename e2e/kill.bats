#!/usr/bin/env bats
# The operator is killed at each of its requests in turn, to the API server and to Connect, and started again:
# nothing is lost, nothing happens twice.

load lib/scenario

# One life: a resource, a Deployment, a rotation, with the fault set. Its folder says how it went.
# live NAME PROXY FAULT_JSON_WITHOUT_PID
live() {
	local name=$1 proxy=$2 fault=$3 item value
	NS=$NS-$name LOGS=$LOGS/$name
	WORK=$WORK/$name
	PROCESSES=()
	trap stop_processes EXIT
	mkdir -p "$LOGS" "$WORK"
	value=$(canary "$name")
	make_namespace "$NS"
	start_api_proxy
	start_connect_proxy
	item=$(make_item "$name" "password=$(canary old)")
	apply_item database "$(item_path "$item")"
	deployment_json web database | kubectl apply --filename - >/dev/null

	keep_running "$proxy" "$fault"
	wait_for running_and has_secret database
	rolled_out web
	wait_for running_and is_ready database
	set_field "$item" password "$value"
	wait_for running_and secret_is database password "$value"
	wait_for running_and has_replicasets web 2
	wait_for running_and is_ready database

	# Whatever was left over is done by one that starts with a clean memory.
	end_process "$OPERATOR_PID" KILL || true
	hits "$proxy" >"$LOGS/hits"
	clear_faults "$proxy"
	keep_running
	wait_for running_and pass_a_fence
	secret_is database password "$value"
	equal "$(replicasets web)" 2
	echo "nothing lost" >"$LOGS/outcome"
	delete_namespace "$NS"
}

is_stopped() { [ "$(process_field "$1" 1)" = T ]; }

# keep_running [PROXY FAULT]: starts the operator; the fault is for this one process. Its requests come in the same order each
# time, so it does not listen for changes.
keep_running() {
	OPERATOR_STOPPED=1 launch_operator AUTO_RESTART=true --leader-elect=false --restart-window=100ms --change-feed=false
	[ -z "${1:-}" ] || fault "$1" "$(jq --argjson pid "$OPERATOR_PID" '.pid = $pid' <<<"$2")"
	wait_for is_stopped "$OPERATOR_PID"
	kill -CONT "$OPERATOR_PID"
}

# As a kubelet would.
running_and() {
	! has_ended "$OPERATOR_PID" || keep_running
	"$@"
}

# lives PREFIX PROXY FAULT [LAST]: one life for each number of request, some at a time, until the number is beyond the
# last request, or LAST.
lives() {
	local prefix=$1 proxy=$2 fault=$3 last=${4:-} at=1 n batch=6 beyond="" pids
	[ -z "$last" ] || batch=$last
	while [ -z "$beyond" ] && ((at <= ${last:-100})); do
		pids=()
		for ((n = at; n < at + batch; n++)); do
			(live "$prefix-$n" "$proxy" "$(jq --argjson at "$n" '.at = $at' <<<"$fault")") >"$LOGS/$prefix-$n.output" 2>&1 &
			pids+=($!)
		done
		wait "${pids[@]}" || true
		for ((n = at; n < at + batch; n++)); do
			[ -e "$LOGS/$prefix-$n/outcome" ] || {
				echo "killed at request $n:"
				cat "$LOGS/$prefix-$n.output"
				tail -n 20 "$LOGS/$prefix-$n/proxy-$proxy/requests.log"
				return 1
			}
			[ "$(<"$LOGS/$prefix-$n/hits")" -gt 0 ] || beyond=1
		done
		at=$n
	done
	[ -n "$beyond$last" ]
	echo "# $prefix: killed at each of $(cat "$LOGS/$prefix"-*/hits | grep --count 1) requests" >&3
}

@test "killed before any of its requests, it loses nothing and restarts nothing twice" {
	lives before api '{"class": "without-leases", "match": "", "action": "kill-before"}'
}

@test "killed after any of its writes, before the answer, it loses nothing and restarts nothing twice" {
	lives after api '{"class": "writes", "match": "", "action": "kill-after"}'
}

# Its first looks at the vaults, all lists and all items; later looks are as many as one waits for.
@test "killed before any of its requests to Connect, or before their answers, it loses nothing and restarts nothing twice" {
	lives before-vaults connect '{"match": "/v1/vaults$", "action": "kill-before"}' 2
	lives before-items connect '{"match": "/v1/vaults/", "action": "kill-before"}'
	lives after-items connect '{"match": "/v1/vaults/", "action": "kill-after"}'
}
