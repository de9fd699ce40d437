#!/usr/bin/env bats
# Where nothing has changed, nothing is written. Counted by the API server's audit log; Leases aside.

load lib/scenario

settle() {
	local n item
	start_connect_proxy
	for n in 1 2 3; do
		item=$(make_item "item-$n" "password=$(canary "$n")")
		apply_item "by-id-$n" "$(item_path "$item")"
		apply_item "by-title-$n" "vaults/work/items/item-$n"
	done
	apply_item broken vaults/work/items/missing
	deployment_json web from-annotation by-id-1 | jq '.metadata.annotations = {
		"operator.1password.io/item-path": "vaults/work/items/item-1", "operator.1password.io/item-name": "from-annotation"}' |
		kubectl apply --filename -
	start_operator AUTO_RESTART=true
	for n in 1 2 3; do
		wait_for is_ready "by-id-$n"
		wait_for is_ready "by-title-$n"
	done
	wait_for has_secret from-annotation
	wait_for has_reason broken ItemNotFound
	rolled_out web
	set_field "$item" password "$(canary rotated)"
	wait_for has_version by-id-3 2
	wait_for has_version by-title-3 2
	# What these changes cause is still under way.
	wait_for no_write_in_three_polls
}

no_write_in_three_polls() {
	local before
	before=$(count_writes)
	wait_for_polls 3
	[ "$(count_writes)" = "$before" ]
}

has_version() { [ "$(secret_annotation "$1" item-version)" = "$2" ]; }

# Besides its waiting for news of changes.
asked_connect() { requests connect | grep --invert-match ' GET /connect-server/v1/changes'; }

no_write_since() {
	equal "$(writes | tail -n "+$(($1 + 1))" | jq --raw-output '"\(.verb) \(.requestURI)"')" ""
}

@test "three idle polls write nothing, and fetch no item" {
	local before asked
	settle
	before=$(count_writes)
	wait_for_polls 3
	no_write_since "$before"

	# A title that is not found is looked for again.
	kubectl delete onepassworditem broken
	wait_for_polls 2
	asked=$(asked_connect | wc -l)
	wait_for_polls 3
	# Each looks at the vaults; now and then one lists a vault all the same.
	asked_connect | tail -n "+$((asked + 1))" >"$LOGS/idle.log"
	equal "$(grep --count --invert-match ' GET /v1/vaults 200$' "$LOGS/idle.log")" "$(grep --count '/items 200$' "$LOGS/idle.log")"
	(($(grep --count '/items 200$' "$LOGS/idle.log") <= 1))
}

@test "an operator that starts anew writes nothing" {
	local before
	settle
	stop_operator
	before=$(count_writes)
	start_operator AUTO_RESTART=true
	wait_for_polls 3
	no_write_since "$before"
}

@test "a Deployment that only changes its status costs no request to Connect and no write" {
	local before asked polls
	settle
	stop_operator
	polls=$(count_polls)
	start_operator AUTO_RESTART=true POLLING_INTERVAL=3600
	wait_for polls_reach $((polls + 1))
	before=$(count_writes) asked=$(asked_connect | wc -l)
	kubectl scale deployment web --replicas 4
	rolled_out web
	kubectl scale deployment web --replicas 1
	rolled_out web
	no_write_since "$before"
	equal "$(asked_connect | wc -l)" "$asked"
}
