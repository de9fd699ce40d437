#!/usr/bin/env bats
# Secrets that were there before.

load lib/scenario

@test "a Secret of somebody else is left alone until its annotation gives it away" {
	local value
	value=$(canary ours)
	make_item database "password=$value" >/dev/null
	kubectl create secret generic database --from-literal password=theirs --from-literal other=kept
	apply_item database vaults/work/items/database
	start_operator
	wait_for has_reason database SecretExists
	message_has database operator.1password.io/adopt
	pass_a_fence
	equal "$(secret_value database password)" theirs
	kubectl annotate secret database operator.1password.io/adopt=true
	wait_for secret_is database password "$value"
	wait_for is_ready database
	equal "$(secret_value database other)" kept
}

@test "deleting the resource leaves a Secret of somebody else" {
	make_item database "password=$(canary ours)" >/dev/null
	kubectl create secret generic database --from-literal password=theirs
	apply_item database vaults/work/items/database
	start_operator
	wait_for has_reason database SecretExists
	kubectl delete onepassworditem database --timeout 30s
	pass_a_fence
	equal "$(secret_value database password)" theirs
}

# What 1Password's operator leaves behind: written whole, by a manager of its name, owned by the resource.
make_secret_of_original() {
	local name=$1 item=$2 version=$3 uid
	shift 3
	uid=$(item_json "$name" | jq --raw-output .metadata.uid)
	jq --null-input --arg name "$name" --arg uid "$uid" --arg path "$(item_path "$item")" --arg version "$version" '{
		apiVersion: "v1", kind: "Secret", metadata: {name: $name,
			annotations: {"operator.1password.io/item-path": $path, "operator.1password.io/item-version": $version},
			ownerReferences: [{apiVersion: "onepassword.com/v1", kind: "OnePasswordItem", name: $name, uid: $uid}]},
		type: "Opaque", data: ($ARGS.positional | map(split("=") | {(.[0]): (.[1] | @base64)}) | add)}' --args "$@" |
		kubectl create --field-manager manager --filename - >/dev/null
}

@test "a Secret of the original operator is taken over, without a change of its values and without a restart" {
	local item value before
	value=$(canary same)
	item=$(make_item database "password=$value")
	apply_item database "$(item_path "$item")" operator.1password.io/auto-restart=true
	make_secret_of_original database "$item" "$(item_version "$item")" "password=$value"
	make_deployment web database
	before=$(secret_json database | jq .data)
	start_operator AUTO_RESTART=true
	wait_for is_ready database
	wait_for is_managed database
	pass_a_fence
	equal "$(secret_json database | jq .data)" "$before"
	equal "$(replicasets web)" 1
}

is_managed() { secret_json "$1" | jq --exit-status '.metadata.labels["operator.1password.io/managed"] == "true"' >/dev/null; }

@test "after taking over, keys that leave the item leave the Secret, and a rotation restarts once" {
	local item value
	value=$(canary new)
	item=$(make_item database "password=$(canary old)" extra=b)
	apply_item database "$(item_path "$item")"
	make_secret_of_original database "$item" 1 "password=stale" extra=b gone=c
	make_deployment web database
	start_operator AUTO_RESTART=true
	wait_for is_ready database
	wait_for secret_is database gone ""
	wait_for secret_is database extra b
	set_field "$item" password "$value"
	wait_for secret_is database password "$value"
	wait_for fails has_replicasets web 1
	wait_for rolled_out web
}
