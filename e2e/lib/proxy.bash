# shellcheck shell=bash
# The fault proxy between two parts of a scenario.

declare -gA PROXY_URL=() PROXY_CONTROL=()

# start_proxy NAME UPSTREAM [OPTION...]
start_proxy() {
	local name=$1 upstream=$2 dir=$LOGS/proxy-$1
	shift 2
	mkdir -p "$dir"
	launch "proxy-$name" "$E2E_TOOLS/faultproxy" --upstream "$upstream" --dir "$dir" "$@"
	wait_for test -e "$dir/control-url"
	PROXY_URL[$name]=$(<"$dir/url")
	PROXY_CONTROL[$name]=$(<"$dir/control-url")
}

# Between the operator and the API server.
start_api_proxy() {
	start_proxy api "$(<"$E2E_CLUSTER/server-url")" --upstream-ca "$E2E_CLUSTER/ca.crt"
	OPERATOR_KUBECONFIG=$WORK/proxied.kubeconfig
	operator_kubeconfig "${PROXY_URL[api]}" "$LOGS/proxy-api/ca.crt" >"$OPERATOR_KUBECONFIG"
}

# Between the operator and Connect.
start_connect_proxy() {
	start_proxy connect "$CONNECT_URL" --plain
	CONNECT_URL=${PROXY_URL[connect]}
}

# fault NAME JSON
fault() { curl --silent --show-error --fail-with-body "${PROXY_CONTROL[$1]}/fault" --data "$2"; }
hits() { curl --silent --fail "${PROXY_CONTROL[$1]}/fault" | jq 'map(.hits) | add // 0'; }
clear_faults() { curl --silent --fail --request DELETE "${PROXY_CONTROL[$1]}/fault"; }
requests() { cat "$LOGS/proxy-$1/requests.log"; }
count_requests() { requests "$1" | grep --count --extended-regexp "$2" || true; }

# wait_for_polls N: N more of them, each a look at the vaults.
wait_for_polls() {
	local target
	target=$(($(count_polls) + $1))
	wait_for polls_reach "$target"
}
count_polls() { count_requests connect '^[0-9]+ GET /v1/vaults 200$'; }
polls_reach() { (($(count_polls) >= $1)); }
