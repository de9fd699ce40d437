#!/usr/bin/env bats
# The access token for Connect in a file, as a mounted Secret: exchanged while the operator runs.

# shellcheck disable=SC2153 # TOKEN is start_connect's.
load lib/scenario

server() { "$E2E_BIN/connect-server" "$@" --data "$CONNECT_DIR/data" --credentials "$CONNECT_DIR/keys/1password-credentials.json" --admin-key "$CONNECT_DIR/keys/administrator-key.json"; }

# As the kubelet does it: the name is a link to a link to a folder, which is exchanged.
mount_token() {
	local folder
	folder=$(mktemp --directory "$WORK/mounted.XXXX")
	echo "$1" >"$folder/token"
	ln --symbolic --force --no-dereference "$folder" "$WORK/..data.new"
	mv --no-target-directory "$WORK/..data.new" "$WORK/..data"
	[ -L "$WORK/token" ] || ln --symbolic ..data/token "$WORK/token"
}

# With the token in the file.
start_with_file() {
	start_operator OP_CONNECT_TOKEN= "OP_CONNECT_TOKEN_FILE=$WORK/token" POLLING_INTERVAL=600 "$@"
}

@test "a new token in the file counts within seconds, and rewrites nothing that is equal" {
	local item version token id value
	value=$(canary new)
	item=$(make_item database "password=$(canary old)")
	mount_token "$TOKEN"
	apply_item database "$(item_path "$item")"
	start_with_file
	wait_for is_ready database
	version=$(secret_json database | jq --raw-output .metadata.resourceVersion)

	token=$(server token create second --vault work,rw 2>"$WORK/told")
	mount_token "$token"
	wait_for grep --quiet 'a new token is in use' "$LOGS/operator.log"
	id=$(server token list | awk '/first token/ { print $1 }')
	server token revoke "$id"
	TOKEN=$token set_field "$item" password "$value"
	equal "$(secret_json database | jq --raw-output .metadata.resourceVersion)" "$version"
	kubectl annotate onepassworditem database operator.1password.io/force-sync=now
	wait_for secret_is database password "$value"
	fails grep --fixed-strings --quiet -- "$token" "$LOGS/operator.log"
}

@test "a token that was revoked is replaced in the file, and all that waited is synced at once" {
	local item id
	item=$(make_item database "password=$(canary one)")
	mount_token "$(server token create short --vault work,r 2>"$WORK/told")"
	start_with_file POLLING_INTERVAL=2
	id=$(grep --only-matching '([a-z0-9]*)' "$WORK/told" | tr -d '()')
	server token revoke "$id"
	apply_item database "$(item_path "$item")"
	wait_for has_reason database AccessDenied
	mount_token "$TOKEN"
	wait_for is_ready database
}

token_condition() { item_json "$1" | jq --compact-output '.status.conditions[] | select(.type == "TokenExpiring")'; }
ends_soon() { [ "$(token_condition "$1" | jq --raw-output .status)" = True ]; }

@test "a token that ends soon is told of, by a log line, a metric, an Event and a condition" {
	mount_token "$(server token create short --vault work,r --expires-in 3d 2>"$WORK/told")"
	metrics_port=$(pick_port)
	make_item database "password=$(canary one)" >/dev/null
	apply_item database vaults/work/items/database
	start_with_file POD_NAME=operator-1 POD_NAMESPACE="$NS" --metrics-secure=false --metrics-bind-address="127.0.0.1:$metrics_port"
	wait_for grep --quiet 'the access token for Connect ends soon' "$LOGS/operator.log"
	[[ "$(jq --raw-output 'select(.msg | startswith("the access token")).daysLeft' "$LOGS/operator.log" | head -n 1)" == [23] ]]
	ends() { curl --silent --max-time 5 "http://127.0.0.1:$metrics_port/metrics" | awk '$1 == "onepassword_token_expiry_timestamp_seconds" { printf "%d", $2 }'; }
	wait_for is_ready database
	wait_for ends_soon database
	[[ "$(token_condition database | jq --raw-output .message)" == "the access token for Connect ends at 20"* ]]
	kubectl wait --for condition=TokenExpiring --timeout 10s onepassworditem/database
	told_pod() { kapi "/api/v1/namespaces/$NS/events?fieldSelector=reason=TokenExpiring" | jq --exit-status '.items[0].involvedObject | .kind == "Pod" and .name == "operator-1"' >/dev/null; }
	wait_for told_pod
	(($(ends) > EPOCHSECONDS + 2 * 86400 && $(ends) <= EPOCHSECONDS + 3 * 86400))

	mount_token "$(server token create long --vault work,r --expires-in 90d 2>>"$WORK/told")"
	wait_for fails ends_soon database
	is_ready database
}

@test "a token file that is missing, or empty, or beside a token, is refused by name" {
	run ! env --ignore-environment OP_CONNECT_HOST="$CONNECT_URL" OP_CONNECT_TOKEN_FILE="$WORK/none" "$E2E_BIN/onepassword-operator" --kubeconfig "$ADMIN_KUBECONFIG" --metrics-bind-address 0
	[[ $output == *OP_CONNECT_TOKEN_FILE*"$WORK/none"* ]]
	run ! env --ignore-environment OP_CONNECT_HOST="$CONNECT_URL" OP_CONNECT_TOKEN=a OP_CONNECT_TOKEN_FILE="$WORK/none" "$E2E_BIN/onepassword-operator" --kubeconfig "$ADMIN_KUBECONFIG"
	[[ $output == *'both set'* ]]
}

@test "a forced sync repairs what metadata can't show, once for each value" {
	local item before
	item=$(make_item database "password=$(canary one)")
	apply_item database "$(item_path "$item")"
	start_operator POLLING_INTERVAL=600
	wait_for is_ready database
	forced_is() { [ "$(item_json database | jq --raw-output '.status.forceSync // ""')" = "$1" ]; }
	kubectl annotate onepassworditem database operator.1password.io/force-sync=first
	wait_for forced_is first
	before=$(secret_json database | jq --raw-output .metadata.resourceVersion)
	kubectl annotate onepassworditem database operator.1password.io/force-sync=second --overwrite
	wait_for forced_is second
	equal "$(secret_json database | jq --raw-output .metadata.resourceVersion)" "$before"
	equal "$(secret_annotation database force-sync)" ""
}
