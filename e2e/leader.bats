#!/usr/bin/env bats
# Two replicas, one of which works.

load lib/scenario

lease_holder() { kapi "/apis/coordination.k8s.io/v1/namespaces/$NS/leases/c26807fd.onepassword.com" | jq --raw-output '.spec.holderIdentity // ""'; }
lease_is_held_by_another() { local holder; holder=$(lease_holder) && [ -n "$holder" ] && [ "$holder" != "$1" ]; }
works() { grep --quiet '"msg":"working"' "$LOGS/$1.log"; }

two_replicas() {
	item=$(make_item database "password=$(canary old)")
	apply_item database "$(item_path "$item")"
	OPERATOR_LOG=first start_operator --leader-elect
	first=$OPERATOR_PID
	wait_for works first
	holder=$(lease_holder)
	OPERATOR_LOG=second start_operator --leader-elect
	second=$OPERATOR_PID
	wait_for is_ready database
}

rotated() {
	local value
	value=$(canary "$RANDOM")
	set_field "$item" password "$value"
	wait_for secret_is database password "$value"
}

@test "of two replicas one works, and the other takes over when the first is stopped, within seconds" {
	two_replicas
	rotated
	run ! works second
	equal "$(lease_holder)" "$holder"
	end_process "$first"
	patience_s=10
	wait_for works second
	lease_is_held_by_another "$holder"
	rotated
}

@test "a replica takes over from one that was killed" {
	two_replicas
	end_process "$first" KILL || true
	wait_for lease_is_held_by_another "$holder"
	wait_for works second
	rotated
}

@test "a replica that cannot renew its Lease stops working, and ends" {
	start_api_proxy
	item=$(make_item database "password=$(canary old)")
	apply_item database "$(item_path "$item")"
	start_operator --leader-elect
	wait_for works operator
	fault api '{"match": "/leases/", "action": "reset", "times": -1}'
	fault api '{"match": "POST .*/leases", "action": "reset", "times": -1}'
	wait_for has_ended "$OPERATOR_PID"
	fails wait "$OPERATOR_PID"
}

@test "without the right to Leases the operator works all the same, and says so" {
	MAY_BE_DENIED=1
	kubectl delete rolebinding operator-lease
	make_item database "password=$(canary one)" >/dev/null
	apply_item database vaults/work/items/database
	start_operator
	wait_for is_ready database
	grep --quiet 'without leader election' "$LOGS/operator.log"
}

told_of_another_instance() {
	kapi "/api/v1/namespaces/$NS/events" | jq --exit-status 'any(.items[]; .reason == "Contested" and .involvedObject.name == "database" and
		(.message | startswith("another instance of this operator keeps rewriting the Secret")))' >/dev/null
}

versions_of_database() { secret_json database | jq .metadata.resourceVersion && item_json database | jq .metadata.resourceVersion; }

# Nothing is written for three seconds, in which two that fight write hundreds of times.
is_left_alone() {
	local before
	before=$(versions_of_database)
	sleep 3
	[ "$(versions_of_database)" = "$before" ]
}

@test "two operators with values and a Lease of their own each say so and do not fight" {
	make_item database "password=$(canary one)" >/dev/null
	apply_item database vaults/work/items/database
	OPERATOR_LOG=first start_operator
	wait_for is_ready database
	WORK=$WORK/second
	mkdir "$WORK"
	start_connect work
	make_item database "password=$(canary two)" >/dev/null
	OPERATOR_LOG=second start_operator --leader-election-id=other
	wait_for told_of_another_instance
	wait_for is_left_alone
}
