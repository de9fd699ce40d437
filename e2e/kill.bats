#!/usr/bin/env bats
# The operator is killed at each of its requests in turn, to the API server and to Connect, and started again:
# nothing is lost, nothing happens twice, nothing goes on for ever.

load lib/scenario

at_once=5    # so many lives
pause_s=0.25 # as each look costs more than what is looked at

# Phase, proxy, how many at most, and what is counted. "first" is from the start of a process to a Secret and its status,
# "then" from a change of the item to the record of the restart. The vaults are asked for as long as one waits: two times do.
sweeps=(
	'first api 100 {"class": "without-leases", "match": "", "action": "kill-before"}'
	'first api 100 {"class": "writes", "match": "", "action": "kill-after"}'
	'first connect 2 {"class": "all", "match": "/v1/vaults$", "action": "kill-before"}'
	'first connect 100 {"class": "all", "match": "/v1/vaults/", "action": "kill-before"}'
	'first connect 100 {"class": "all", "match": "/v1/vaults/", "action": "kill-after"}'
	'then api 100 {"class": "without-leases", "match": "", "action": "kill-before"}'
	'then api 100 {"class": "writes", "match": "", "action": "kill-after"}'
	'then connect 2 {"class": "all", "match": "/v1/vaults$", "action": "kill-before"}'
	'then connect 100 {"class": "all", "match": "/v1/vaults/", "action": "kill-before"}'
	'then connect 100 {"class": "all", "match": "/v1/vaults/", "action": "kill-after"}'
)

# One life: a resource, a Deployment, a rotation. Its folder has the faults, one a line: "PHASE PROXY JSON".
live() {
	local name=$1 item value settled
	NS=$NS-$name LOGS=$LOGS/$name WORK=$WORK/$name
	PROCESSES=()
	trap stop_processes EXIT
	mkdir -p "$WORK"
	value=$(canary "$name")
	make_namespace "$NS"
	start_api_proxy
	start_connect_proxy
	item=$(make_item "$name" "password=$(canary old)")
	apply_item database "$(item_path "$item")"
	deployment_json web database | create "/apis/apps/v1/namespaces/$NS/deployments"

	keep_running 'first'
	wait_for running_and is_ready database
	wait_for has_replicasets web 1
	keep_faults 'first'

	set_faults 'then'
	set_field "$item" password "$value"
	wait_for running_and secret_is database password "$value"
	wait_for running_and all_have_restarted
	keep_faults 'then'

	# Whatever was left over is done by one that starts with a clean memory, and then it is quiet.
	end_process "$OPERATOR_PID" KILL || true
	keep_running
	pass_a_fence
	settled=$(own_writes)
	pass_a_fence
	equal "$(own_writes)" "$settled"
	secret_is database password "$value"
	is_ready database
	equal "$(replicasets web)" 2
	echo "nothing lost" >"$LOGS/outcome"
	delete_namespace "$NS"
}

create() { kapi "$1" --header 'Content-Type: application/json' --data-binary @- --output /dev/null; }
all_have_restarted() { [[ $(secret_annotation database restarted) == *'"*"'* ]] && is_ready database; }
own_writes() { count_requests api '^[0-9]+ (POST|PUT|PATCH|DELETE) [^ ]*/(secrets/database|onepassworditems/database|deployments/web)[/? ]'; }

# keep_running [PHASE]: starts the operator; the faults are for this one process. Its requests come in the same order each
# time, so it does not listen for changes.
keep_running() {
	OPERATOR_STOPPED=1 launch_operator AUTO_RESTART=true --leader-elect=false --restart-window=100ms --change-feed=false
	[ -z "${1:-}" ] || set_faults "$1"
	wait_for is_stopped "$OPERATOR_PID"
	kill -CONT "$OPERATOR_PID"
}

is_stopped() { [ "$(process_field "$1" 1)" = T ]; }

# As a kubelet would.
running_and() {
	! has_ended "$OPERATOR_PID" || keep_running
	"$@"
}

set_faults() {
	local phase proxy json
	while read -r phase proxy json; do
		[ "$phase" != "$1" ] || fault "$proxy" "${json%\}}, \"pid\": $OPERATOR_PID}" >/dev/null
	done <"$LOGS/faults"
}

keep_faults() {
	local proxy
	for proxy in api connect; do
		curl --silent --fail "${PROXY_CONTROL[$proxy]}/fault" >"$LOGS/$1-$proxy"
		clear_faults "$proxy"
	done
}

# run_lives NAME...: some at a time; all have to end well.
run_lives() {
	local name pids=()
	for name; do
		# Connect, which all of them share, is one of the jobs.
		while (($(jobs -rp | wc -l) > at_once)); do
			wait -n || true
		done
		(live "$name") >"$LOGS/$name/output" 2>&1 &
		pids+=($!)
	done
	wait "${pids[@]}" || true
	for name; do
		[ -e "$LOGS/$name/outcome" ] || {
			cat "$LOGS/$name/faults" "$LOGS/$name/output"
			tail -n 20 "$LOGS/$name"/proxy-*/requests.log
			return 1
		}
	done
}

# add_fault LIFE SWEEP AT
add_fault() {
	local phase proxy json
	read -r phase proxy _ json <<<"${sweeps[$2]}"
	mkdir -p "$LOGS/$1"
	echo "$phase $proxy ${json%\}}, \"at\": $3}" >>"$LOGS/$1/faults"
}

# of_sweep LIFE SWEEP FIELD: how many requests its fault has seen, or hit, when the life was over.
of_sweep() {
	local phase proxy json
	read -r phase proxy _ json <<<"${sweeps[$2]}"
	jq --argjson sweep "$json" --arg field "$3" '
		map(select({class, match, action} == $sweep)[$field]) | add // 0' "$LOGS/$1/$phase-$proxy"
}

# plan_lives: sets names to new lives, in which each sweep goes on from at to goal. newest is where it is then.
plan_lives() {
	local sweep phase limit
	local -A n=([first]=$lives [then]=$lives)
	for sweep in "${!sweeps[@]}"; do
		read -r phase _ limit _ <<<"${sweeps[sweep]}"
		while ((at[sweep] < goal[sweep] && at[sweep] < limit)); do
			newest[sweep]=life-$((n[$phase] += 1))
			at[sweep]=$((at[sweep] + 1))
			add_fault "${newest[sweep]}" "$sweep" "${at[sweep]}"
		done
	done
	names=()
	while ((lives < n[first] || lives < n[then])); do
		lives=$((lives + 1))
		names+=("life-$lives")
	done
}

@test "killed before any of its requests, or after one and before the answer, it loses nothing, restarts once and comes to rest" {
	local sweep lives=0 names=() at=() goal=() newest=()
	# One that is never killed tells how many requests there are.
	for sweep in "${!sweeps[@]}"; do
		add_fault calm "$sweep" 100000
	done
	run_lives calm
	for sweep in "${!sweeps[@]}"; do
		at[sweep]=0
		goal[sweep]=$(($(of_sweep calm "$sweep" seen) + 1))
	done
	plan_lives
	while ((${#names[@]} > 0)); do
		run_lives "${names[@]}"
		# Some more than that may come of a crash; each sweep ends with a number at which nobody was killed.
		for sweep in "${!sweeps[@]}"; do
			(($(of_sweep "${newest[sweep]}" "$sweep" hits) == 0)) || goal[sweep]=$((at[sweep] + 1))
		done
		plan_lives
	done
	echo "# killed $(jq --slurp 'map(map(.hits)) | flatten | add' "$LOGS"/life-*/{first,then}-{api,connect}) times in $lives lives" >&3
}
