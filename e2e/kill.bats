#!/usr/bin/env bats
# The operator is killed at each of its requests in turn, and started again: nothing is lost, nothing happens twice.

load lib/scenario

# One life: a resource, a Deployment, a rotation, with the fault set. Its folder says how it went.
# live NAME FAULT_JSON_WITHOUT_PID
live() {
	local name=$1 fault=$2 item value
	NS=$NS-$name LOGS=$LOGS/$name
	WORK=$WORK/$name
	PROCESSES=()
	trap stop_processes EXIT
	mkdir -p "$LOGS" "$WORK"
	value=$(canary "$name")
	make_namespace "$NS"
	start_api_proxy
	item=$(make_item "$name" "password=$(canary old)")
	apply_item database "$(item_path "$item")"
	deployment_json web database | kubectl apply --filename - >/dev/null

	keep_running "$fault"
	wait_for running_and has_secret database
	rolled_out web
	wait_for running_and is_ready database
	set_field "$item" password "$value"
	wait_for running_and secret_is database password "$value"
	wait_for running_and has_replicasets web 2
	wait_for running_and is_ready database

	# Whatever was left over is done by one that starts with a clean memory.
	end_process "$OPERATOR_PID" KILL || true
	hits api >"$LOGS/hits"
	clear_faults api
	keep_running
	wait_for running_and pass_a_fence
	secret_is database password "$value"
	equal "$(replicasets web)" 2
	echo "nothing lost" >"$LOGS/outcome"
	delete_namespace "$NS"
}

is_stopped() { [ "$(process_field "$1" 1)" = T ]; }

# keep_running [FAULT]: starts the operator; the fault is for this one process.
keep_running() {
	OPERATOR_STOPPED=1 launch_operator AUTO_RESTART=true --leader-elect=false --restart-window=100ms
	[ -z "${1:-}" ] || fault api "$(jq --argjson pid "$OPERATOR_PID" '.pid = $pid' <<<"$1")"
	wait_for is_stopped "$OPERATOR_PID"
	kill -CONT "$OPERATOR_PID"
}

# As a kubelet would.
running_and() {
	! has_ended "$OPERATOR_PID" || keep_running
	"$@"
}

# lives PREFIX FAULT: one life for each number of request, some at a time, until the number is beyond the last request.
lives() {
	local prefix=$1 fault=$2 at=1 n batch=6 beyond="" pids
	while [ -z "$beyond" ]; do
		pids=()
		for ((n = at; n < at + batch; n++)); do
			(live "$prefix-$n" "$(jq --argjson at "$n" '.at = $at' <<<"$fault")") >"$LOGS/$prefix-$n.output" 2>&1 &
			pids+=($!)
		done
		wait "${pids[@]}" || true
		for ((n = at; n < at + batch; n++)); do
			[ -e "$LOGS/$prefix-$n/outcome" ] || {
				echo "killed at request $n:"
				cat "$LOGS/$prefix-$n.output"
				tail -n 20 "$LOGS/$prefix-$n/proxy-api/requests.log"
				return 1
			}
			[ "$(<"$LOGS/$prefix-$n/hits")" -gt 0 ] || beyond=1
		done
		at=$n
		((at < 100))
	done
	echo "# $prefix: killed at each of $(cat "$LOGS/$prefix"-*/hits | grep --count 1) requests" >&3
}

@test "killed before any of its requests, it loses nothing and restarts nothing twice" {
	lives before '{"class": "without-leases", "match": "", "action": "kill-before"}'
}

@test "killed after any of its writes, before the answer, it loses nothing and restarts nothing twice" {
	lives after '{"class": "writes", "match": "", "action": "kill-after"}'
}
