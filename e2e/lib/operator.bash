# shellcheck shell=bash
# The operator as shipped, and other processes of a scenario.

PROCESSES=()
# Nothing outlives the shell that launched it, also when that is killed.
tie=(setpriv --pdeathsig KILL)

# launch LOG COMMAND...: in the background until the scenario ends; its pid is in LAUNCHED. Not to be called in $().
launch() {
	local log=$1
	shift
	"${tie[@]}" "$@" >>"$LOGS/$log.log" 2>&1 3>&- 4>&- &
	LAUNCHED=$!
	PROCESSES+=("$LAUNCHED")
}

# end_process PID [SIGNAL]: prints nothing and returns the exit status.
end_process() {
	kill "-${2:-TERM}" "$1" 2>/dev/null || true
	wait "$1" 2>/dev/null
}

stop_processes() {
	local pid
	for pid in "${PROCESSES[@]}"; do
		end_process "$pid" KILL || true
	done
}

# operator_kubeconfig SERVER CA_FILE
operator_kubeconfig() { "$E2E_LIB/cluster" kubeconfig "$E2E_CLUSTER" "$NS" operator "$1" "$2"; }

# OPERATOR_LOG: another name for its log. OPERATOR_STOPPED: it waits for SIGCONT before it does anything.
# start_operator [VARIABLE=VALUE...] [--FLAG...]: sets OPERATOR_PID and OPERATOR_URL; returns when it is ready.
start_operator() {
	launch_operator "$@"
	wait_for operator_answers readyz
}

launch_operator() {
	local variables=() flags=() argument kubeconfig=${OPERATOR_KUBECONFIG:-$WORK/operator.kubeconfig}
	for argument; do
		case $argument in
		--*) flags+=("$argument") ;;
		*) variables+=("$argument") ;;
		esac
	done
	[ -e "$kubeconfig" ] || operator_kubeconfig "$(<"$E2E_CLUSTER/server-url")" "$E2E_CLUSTER/ca.crt" >"$kubeconfig"
	OPERATOR_PORT=$(pick_port)
	OPERATOR_URL=http://127.0.0.1:$OPERATOR_PORT
	launch "${OPERATOR_LOG:-operator}" ${OPERATOR_STOPPED:+bash -c 'kill -STOP $$; exec "$@"' -} env --ignore-environment OP_CONNECT_HOST="$CONNECT_URL" OP_CONNECT_TOKEN="$TOKEN" \
		POLLING_INTERVAL=1 WATCH_NAMESPACE="$NS" "${variables[@]}" "$E2E_BIN/onepassword-operator" \
		--kubeconfig "$kubeconfig" --health-probe-bind-address "127.0.0.1:$OPERATOR_PORT" --metrics-bind-address 0 \
		--zap-log-level debug --zap-encoder json "${flags[@]}"
	OPERATOR_PID=$LAUNCHED
}

operator_answers() { curl --silent --fail --max-time 5 --output /dev/null "$OPERATOR_URL/$1"; }

# In order: it has to end by itself, soon, and well.
stop_operator() {
	local begin=$SECONDS
	end_process "$OPERATOR_PID"
	((SECONDS - begin < 20))
}

# A change that the operator sees after all that happened so far, and its effect: then it has had its time.
pass_a_fence() {
	local fence=fence-$RANDOM item value
	value=$(canary fence)
	item=$(make_item "$fence" password=before)
	apply_item "$fence" "$(item_path "$item")"
	wait_for secret_is "$fence" password before
	set_field "$item" password "$value"
	wait_for secret_is "$fence" password "$value"
}
