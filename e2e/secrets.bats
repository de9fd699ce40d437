#!/usr/bin/env bats
# An item becomes a Secret and stays one.

load lib/scenario

@test "an item becomes a Secret" {
	local value item
	value=$(canary one)
	item=$(make_item database "username=app" "password=$value" "a label with blanks=x")
	apply_item database "vaults/work/items/database"
	start_operator
	wait_for is_ready database
	equal "$(secret_value database password)" "$value"
	equal "$(secret_value database username)" app
	equal "$(secret_value database a-label-with-blanks)" x
	equal "$(secret_annotation database item-path)" "$(item_path "$item")"
	equal "$(secret_annotation database item-version)" "$(item_version "$item")"
	equal "$(secret_json database | jq --raw-output '.type, .metadata.ownerReferences[0].kind')" $'Opaque\nOnePasswordItem'
	equal "$(condition database reason)" Synced
}

@test "a Secret has the type that its resource asks for" {
	make_item tls "tls.crt=x" "tls.key=y" >/dev/null
	kubectl apply --filename - <<-END
		{"apiVersion": "onepassword.com/v1", "kind": "OnePasswordItem", "metadata": {"name": "tls", "labels": {"team": "a"}},
			"spec": {"itemPath": "vaults/work/items/tls"}, "type": "kubernetes.io/tls"}
	END
	start_operator
	wait_for is_ready tls
	equal "$(secret_json tls | jq --raw-output '.type, .metadata.labels.team')" $'kubernetes.io/tls\na'
}

@test "a changed item reaches its Secret by the next poll" {
	local item value
	value=$(canary new)
	item=$(make_item database "password=$(canary old)")
	apply_item database "$(item_path "$item")"
	start_operator --change-feed=false
	wait_for is_ready database
	set_field "$item" password "$value"
	wait_for secret_is database password "$value"
	equal "$(secret_annotation database item-version)" "$(item_version "$item")"
	wait_for is_ready database
}

@test "a changed item reaches its Secret long before the next poll, where Connect tells of changes" {
	local item value
	value=$(canary new)
	item=$(make_item database "password=$(canary old)")
	apply_item database "vaults/work/items/database"
	start_operator POLLING_INTERVAL=3600
	wait_for is_ready database
	set_field "$item" password "$value"
	wait_for secret_is database password "$value"
	wait_for is_ready database
}

@test "the status says what the Secret holds, its keys and since when" {
	local item first
	item=$(make_item database "password=$(canary one)" user=joe)
	apply_item database "$(item_path "$item")"
	start_operator
	wait_for is_ready database
	equal "$(item_json database | jq --compact-output '.status | [.itemPath, .itemVersion, .keys, .observedGeneration]')" "[\"$(item_path "$item")\",1,[\"password\",\"user\"],1]"
	first=$(item_json database | jq --raw-output .status.lastSyncTime)
	(($(date --date "$first" +%s) > EPOCHSECONDS - 60))
	sleep_past() { [ "$(date --utc +%Y-%m-%dT%H:%M:%SZ)" \> "$first" ]; }
	wait_for sleep_past
	kubectl patch secret database --patch '{"stringData": {"password": "edited"}}' >/dev/null
	synced_again() { [ "$(item_json database | jq --raw-output .status.lastSyncTime)" \> "$first" ]; }
	wait_for synced_again
}

@test "a field that left the item leaves the Secret" {
	local item
	item=$(make_item database "password=a" "extra=b")
	apply_item database "$(item_path "$item")"
	start_operator
	wait_for secret_is database extra b
	connect PUT "/v1/vaults/$VAULT/items/$item" \
		"$(connect GET "/v1/vaults/$VAULT/items/$item" | jq 'del(.fields[] | select(.label == "extra"))')" >/dev/null
	wait_for secret_is database extra ""
	equal "$(secret_value database password)" a
}

@test "a Secret edited by hand is repaired at once, not at the next poll" {
	local value
	value=$(canary right)
	make_item database "password=$value" >/dev/null
	apply_item database vaults/work/items/database
	start_operator POLLING_INTERVAL=3600
	wait_for is_ready database
	kubectl patch secret database --patch '{"stringData": {"password": "wrong"}}'
	wait_for secret_is database password "$value"
	kubectl patch secret database --type json --patch '[{"op": "remove", "path": "/data/password"}]'
	wait_for secret_is database password "$value"
	kubectl annotate secret database operator.1password.io/item-version=77 --overwrite
	wait_for fails annotation_is database item-version 77
}

annotation_is() { [ "$(secret_annotation "$1" "$2")" = "$3" ]; }

@test "a Secret deleted by hand is made again at once" {
	local value
	value=$(canary right)
	make_item database "password=$value" >/dev/null
	apply_item database vaults/work/items/database
	start_operator POLLING_INTERVAL=3600
	wait_for is_ready database
	kubectl delete secret database
	wait_for secret_is database password "$value"
}

@test "keys, labels and annotations of other tools stay" {
	local item value
	value=$(canary new)
	item=$(make_item database "password=$(canary old)")
	apply_item database "$(item_path "$item")"
	start_operator
	wait_for is_ready database
	kubectl patch secret database --patch \
		'{"metadata": {"labels": {"other": "tool"}, "annotations": {"other/note": "kept"}}, "stringData": {"added": "by another"}}'
	set_field "$item" password "$value"
	wait_for secret_is database password "$value"
	equal "$(secret_value database added)" "by another"
	equal "$(secret_json database | jq --raw-output '.metadata.labels.other, .metadata.annotations["other/note"]')" $'tool\nkept'
}

@test "deleting the resource removes its Secret" {
	make_item database "password=$(canary one)" >/dev/null
	apply_item database vaults/work/items/database
	start_operator
	wait_for is_ready database
	kubectl delete onepassworditem database --timeout 30s
	wait_for fails has_secret database
}

@test "Secrets outlive resources that are deleted without what they own, and the operator" {
	local value
	value=$(canary kept)
	make_item database "password=$value" >/dev/null
	apply_item database vaults/work/items/database
	start_operator
	wait_for is_ready database
	kubectl delete onepassworditem database --cascade=orphan --timeout 60s
	is_without_owners() { secret_json database | jq --exit-status '.metadata.ownerReferences // [] == []' >/dev/null; }
	wait_for is_without_owners
	pass_a_fence
	secret_is database password "$value"
	stop_operator
	secret_is database password "$value"
	# The same resource made anew serves it again.
	apply_item database vaults/work/items/database
	start_operator
	wait_for is_ready database
	equal "$(secret_json database | jq '.metadata.ownerReferences | length')" 1
}

@test "a resource of the original operator is deleted without hanging on its finalizer" {
	make_item database "password=$(canary one)" >/dev/null
	apply_item database vaults/work/items/database
	kubectl patch onepassworditem database --type merge --patch '{"metadata": {"finalizers": ["onepassword.com/finalizer.secret"]}}'
	start_operator
	wait_for is_ready database
	kubectl delete onepassworditem database --timeout 30s
	wait_for fails has_secret database
}

@test "a new item path brings another item into the Secret" {
	make_item first "password=1" >/dev/null
	make_item second "password=2" >/dev/null
	apply_item database vaults/work/items/first
	start_operator POLLING_INTERVAL=3600
	wait_for secret_is database password 1
	apply_item database vaults/work/items/second
	wait_for secret_is database password 2
	wait_for is_ready database
	equal "$(item_json database | jq '.status.observedGeneration')" 2
}

@test "a Deployment with annotations gets its Secret, which goes with it" {
	local value
	value=$(canary one)
	make_item database "password=$value" >/dev/null
	start_operator
	deployment_json web from-annotation | jq '.metadata.annotations = {
		"operator.1password.io/item-path": "vaults/work/items/database", "operator.1password.io/item-name": "from-annotation"}' |
		kubectl apply --filename -
	wait_for secret_is from-annotation password "$value"
	equal "$(secret_json from-annotation | jq --raw-output '.metadata.ownerReferences | length, .[0].kind, .[0].name')" $'1\nDeployment\nweb'
	kubectl delete deployment web
	wait_for fails has_secret from-annotation
}
