#!/usr/bin/env bats
# What goes wrong is said, and nothing is lost by it.

load lib/scenario

@test "an item that is gone leaves its Secret as it is, and the status says so" {
	local item value
	value=$(canary kept)
	item=$(make_item database "password=$value")
	apply_item database "$(item_path "$item")"
	start_operator
	wait_for is_ready database
	delete_item "$item"
	wait_for has_reason database ItemNotFound
	message_has database "$item"
	equal "$(secret_value database password)" "$value"
}

@test "a server that is away leaves Secrets as they are; when it is back, its changes arrive" {
	local item old new
	old=$(canary old) new=$(canary new)
	item=$(make_item database "password=$old")
	apply_item database "$(item_path "$item")"
	start_operator
	wait_for is_ready database
	stop_connect
	wait_for has_reason database ConnectUnavailable
	equal "$(secret_value database password)" "$old"
	run_connect
	set_field "$item" password "$new"
	wait_for secret_is database password "$new"
	wait_for is_ready database
}

@test "a server that is away at the start is waited for" {
	local value
	value=$(canary late)
	make_item database "password=$value" >/dev/null
	apply_item database vaults/work/items/database
	stop_connect
	start_operator
	wait_for has_reason database ConnectUnavailable
	run_connect
	wait_for secret_is database password "$value"
	wait_for is_ready database
}

@test "a wrong path is named, and a right one mends it" {
	make_item database "password=$(canary one)" >/dev/null
	apply_item database work/database
	start_operator
	wait_for has_reason database Invalid
	message_has database 'vaults/{vault_id}/items/{item_id}'
	fails has_secret database
	apply_item database vaults/work/items/database
	wait_for is_ready database
}

@test "an unknown vault and an unknown item are named, and a new item of that title is found" {
	apply_item no-vault vaults/play/items/database
	apply_item no-item vaults/work/items/database
	start_operator
	wait_for has_reason no-vault ItemNotFound
	message_has no-vault play
	wait_for has_reason no-item ItemNotFound
	message_has no-item database
	# Once, as kubectl describe shows it.
	told() { kapi "/api/v1/namespaces/$NS/events?fieldSelector=reason=ItemNotFound" | jq --exit-status '[.items[] | select(.type == "Warning" and
		.involvedObject.kind == "OnePasswordItem") | .involvedObject.name] | sort == ["no-item", "no-vault"]' >/dev/null; }
	wait_for told
	make_item database "password=$(canary one)" >/dev/null
	wait_for is_ready no-item
	told
	apply_item typing-error vaults/wark/items/database
	wait_for has_reason typing-error ItemNotFound
	message_has typing-error 'near: "work"'
	apply_item typing-error vaults/work/items/Database2
	wait_for message_has typing-error 'near: "database"'
}

waits_for_ready() { kubectl wait --for condition=Ready "onepassworditem/$1" --timeout "$2" >/dev/null 2>&1; }
columns() { kubectl get onepassworditem "$1" --no-headers | awk '{print $1, $3, $4}'; }

@test "kubectl wait and kubectl get tell a resource that is served from those that wait or fail" {
	make_item database "password=$(canary one)" >/dev/null
	apply_item fine vaults/work/items/database
	apply_item failing vaults/work/items/nowhere
	fails waits_for_ready fine 2s
	equal "$(columns fine)" "fine  "
	start_operator
	waits_for_ready fine 30s
	equal "$(columns fine)" "fine True Synced"
	wait_for has_reason failing ItemNotFound
	equal "$(columns failing)" "failing False ItemNotFound"
	fails waits_for_ready failing 2s
	kubectl wait --for condition=Ready=False onepassworditem/failing --timeout 10s
	apply_item failing vaults/only
	kubectl wait --for condition=Stalled onepassworditem/failing --timeout 30s
	equal "$(columns failing)" "failing False Invalid"

	# What Ready says of an older generation does not count.
	stop_operator
	apply_item fine vaults/work/items/nowhere
	equal "$(columns fine)" "fine True Synced"
	fails waits_for_ready fine 2s
	start_operator
	wait_for has_reason fine ItemNotFound
	apply_item failing vaults/work/items/database
	waits_for_ready failing 30s
	equal "$(item_json failing | jq --compact-output '[.status.conditions[].type]')" '["Ready"]'
}

@test "a token that is not accepted is named" {
	local value
	value=$(canary kept)
	make_item database "password=$value" >/dev/null
	apply_item database vaults/work/items/database
	start_operator
	wait_for is_ready database
	stop_operator
	start_operator "OP_CONNECT_TOKEN=${TOKEN%.*}.AAAA"
	wait_for has_reason database AccessDenied
	message_has database 401
	equal "$(secret_value database password)" "$value"
	stop_operator
	start_operator
	wait_for is_ready database
}

@test "an item whose request hangs stops only itself" {
	local slow quick value
	value=$(canary quick)
	slow=$(make_item slow "password=$(canary slow)")
	quick=$(make_item quick "password=$(canary old)")
	start_connect_proxy
	fault connect "{\"match\": \"/items/$slow\", \"action\": \"stall\", \"times\": -1}"
	apply_item slow "$(item_path "$slow")"
	start_operator
	wait_for hit connect
	apply_item quick "$(item_path "$quick")"
	wait_for is_ready quick
	set_field "$quick" password "$value"
	wait_for secret_is quick password "$value"
	clear_faults connect
	wait_for is_ready slow
}

hit() { (($(hits "$1") > 0)); }

# For a while nothing that the operator writes is accepted.
survive_a_storm() {
	local item new fault=$1
	new=$(canary new)
	item=$(make_item database "password=$(canary old)")
	start_api_proxy
	apply_item database "$(item_path "$item")"
	start_operator AUTO_RESTART=true
	wait_for is_ready database
	make_deployment web database
	fault api "$fault"
	set_field "$item" password "$new"
	wait_for hits_reach api 5
	clear_faults api
	wait_for secret_is database password "$new"
	wait_for has_replicasets web 2
	wait_for is_ready database
}

hits_reach() { (($(hits "$1") >= $2)); }

@test "a storm of 500 from the API server passes" {
	survive_a_storm '{"class": "writes", "match": "/namespaces/", "action": "status", "status": 500, "times": -1}'
}

@test "a storm of 429 from the API server passes" {
	survive_a_storm '{"class": "writes", "match": "/namespaces/", "action": "status", "status": 429, "retryAfter": "1", "times": -1}'
}

@test "a storm of 409 from the API server passes" {
	survive_a_storm '{"class": "writes", "match": "/namespaces/", "action": "status", "status": 409, "times": -1}'
}

@test "answers that never come, from the API server, pass" {
	survive_a_storm '{"class": "writes", "match": "/namespaces/", "action": "drop", "times": -1}'
}

@test "watches that break, or have expired, miss nothing" {
	local item value
	value=$(canary new)
	item=$(make_item database "password=$(canary old)")
	start_api_proxy
	apply_item database "$(item_path "$item")"
	start_operator POLLING_INTERVAL=3600
	wait_for is_ready database
	fault api '{"match": "watch=", "action": "status", "status": 410, "times": 6}'
	curl --silent --fail --request POST "${PROXY_CONTROL[api]}/cut?match=watch="
	kubectl delete secret database
	wait_for has_secret database
	wait_for hits_reach api 3
	kubectl delete secret database
	wait_for has_secret database
}
