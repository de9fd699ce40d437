#!/usr/bin/env bats
# What users of 1Password's operator 1.12 rely on, case by case as its own tests try it (docs/compatibility.md).

load lib/scenario

# add_to_item ITEM JQ_FILTER
change_item() {
	connect PUT "/v1/vaults/$VAULT/items/$1" "$(connect GET "/v1/vaults/$VAULT/items/$1" | jq "$2")" >/dev/null
}

# has_keys SECRET KEY...: exactly these, sorted.
has_keys() { [ "$(secret_json "$1" | jq --raw-output '.data // {} | keys | join(" ")')" = "${*:2}" ]; }

ask_by_deployment() {
	deployment_json "$1" "$3" | jq --arg path "$2" --arg name "$3" '.metadata.annotations = {
		"operator.1password.io/item-path": $path, "operator.1password.io/item-name": $name}' | kubectl apply --filename - >/dev/null
}

@test "URLs become keys by their labels, the primary one beats others, and fields beat URLs" {
	local item
	item=$(make_item login "username=joe" "docs=a field")
	change_item "$item" '.urls = [
		{"label": "website", "href": "https://second.example"}, {"label": "website", "href": "https://first.example", "primary": true},
		{"label": "website", "href": "https://third.example"}, {"label": "test website", "href": "https://test.example"},
		{"label": "docs", "href": "https://docs.example"}]'
	apply_item login "$(item_path "$item")"
	start_operator
	wait_for is_ready login
	has_keys login docs test-website username website
	equal "$(secret_value login website)" https://first.example
	equal "$(secret_value login test-website)" https://test.example
	equal "$(secret_value login docs)" "a field"
}

@test "an item with the tag to ignore it leaves its Secret as it is, until the tag goes" {
	local item fence value
	item=$(make_item database "password=$(canary old)")
	value=$(secret_value_of_item "$item")
	apply_item database "$(item_path "$item")"
	start_operator
	wait_for secret_is database password "$value"
	change_item "$item" '.tags = ["operator.1password.io:ignore-secret"]'
	set_field "$item" password "$(canary new)"
	pass_a_fence
	secret_is database password "$value"
	change_item "$item" '.tags = []'
	wait_for secret_is database password "$(secret_value_of_item "$item")"
}

secret_value_of_item() { connect GET "/v1/vaults/$VAULT/items/$1" | jq --raw-output '.fields[] | select(.label == "password").value'; }

@test "an item is found by a title that looks like an id, and by its id; a vault by its title in any case" {
	local item
	item=$(make_item abcdefghijklmnopqrstuvwxyz "password=$(canary title)")
	apply_item by-title vaults/WoRk/items/abcdefghijklmnopqrstuvwxyz
	apply_item by-id "vaults/work/items/$item"
	start_operator
	wait_for is_ready by-title
	wait_for is_ready by-id
	equal "$(secret_annotation by-title item-path)" "$(item_path "$item")"
	equal "$(secret_annotation by-id item-path)" "$(item_path "$item")"
}

@test "a file becomes a key with its bytes, where no field has that name" {
	local item
	item=$(make_item files "a field.txt=the field's")
	head --bytes 70000 /dev/urandom >"$WORK/test.txt"
	put_file "$item" test.txt "$WORK/test.txt"
	put_file "$item" 'a%20field.txt' "$WORK/test.txt"
	apply_item files "$(item_path "$item")"
	start_operator
	wait_for is_ready files
	has_keys files a-field.txt test.txt
	secret_json files | jq --raw-output '.data["test.txt"]' | base64 --decode | cmp - "$WORK/test.txt"
	equal "$(secret_value files a-field.txt)" "the field's"
	head --bytes 70000 /dev/urandom >"$WORK/new.txt"
	put_file "$item" test.txt "$WORK/new.txt"
	file_is_new() { secret_json files | jq --raw-output '.data["test.txt"]' | base64 --decode | cmp --quiet - "$WORK/new.txt"; }
	wait_for file_is_new
}

# put_file ITEM NAME FILE
put_file() {
	curl --silent --fail --max-time 10 --output /dev/null --request PUT --header "Authorization: Bearer $TOKEN" \
		--data-binary "@$3" "$CONNECT_URL/connect-server/v1/vaults/$VAULT/items/$1/files/$2"
}

@test "labels become keys that Kubernetes takes; those of which nothing is left, and empty values, are left out" {
	local item
	item=$(make_item labels "AWS Access Key=1" "😄 ice-cream type=2" "foo - bar=3" "naïve key é=4" "a/b:c=5" ".dockerconfigjson=6" \
		"###=7" "..=8" "empty=" "label w%th invalid ch!rs-=9")
	apply_item labels "$(item_path "$item")"
	start_operator
	wait_for is_ready labels
	has_keys labels .dockerconfigjson AWS-Access-Key a-b-c foo---bar ice-cream-type label-w-th-invalid-ch-rs- na-ve-key
	stop_operator
	start_operator --allow-empty-values
	kubectl annotate onepassworditem labels operator.1password.io/force-sync=1 >/dev/null
	wait_for has_keys labels .dockerconfigjson AWS-Access-Key a-b-c empty foo---bar ice-cream-type label-w-th-invalid-ch-rs- na-ve-key
}

@test "a type of one's own is kept; another one is refused, and the values stay as they are" {
	local item
	item=$(make_item typed "password=$(canary typed)")
	jq --null-input --arg path "$(item_path "$item")" '{apiVersion: "onepassword.com/v1", kind: "OnePasswordItem",
		metadata: {name: "typed"}, spec: {itemPath: $path}, type: "CustomType"}' | kubectl apply --filename - >/dev/null
	start_operator
	wait_for is_ready typed
	equal "$(secret_json typed | jq --raw-output .type)" CustomType
	kubectl patch onepassworditem typed --type merge --patch '{"type": "Opaque"}' >/dev/null
	wait_for message_has typed "cannot change secret type: secret type is immutable"
	secret_is typed password "$(secret_value_of_item "$item")"
	kubectl patch onepassworditem typed --type merge --patch '{"type": "CustomType"}' >/dev/null
	wait_for is_ready typed
}

@test "the API server refuses resources whose name no Secret could have" {
	local name
	for name in under_score Capitals; do
		run kubectl apply --filename - <<-END
			{"apiVersion": "onepassword.com/v1", "kind": "OnePasswordItem", "metadata": {"name": "$name"},
				"spec": {"itemPath": "vaults/work/items/x"}}
		END
		[ "$status" -ne 0 ]
		[[ "$output" == *"lowercase RFC 1123"* ]]
	done
}

@test "a Deployment's Secret follows its item, and has the name that its annotation makes" {
	local item value
	value=$(canary new)
	item=$(make_item database "password=$(canary old)")
	deployment_json web x | jq --arg path "$(item_path "$item")" '.metadata.annotations = {
		"operator.1password.io/item-path": $path, "operator.1password.io/item-name": "My Secret%Name"}' |
		kubectl apply --filename - >/dev/null
	start_operator
	wait_for has_secret my-secret-name
	equal "$(secret_json my-secret-name | jq --raw-output '.type, .metadata.ownerReferences[0].kind')" $'Opaque\nDeployment'
	set_field "$item" password "$value"
	wait_for secret_is my-secret-name password "$value"
}

@test "a Deployment's Secret outlives it while another Deployment uses it, and goes with the last" {
	local item
	item=$(make_item database "password=$(canary shared)")
	ask_by_deployment web "$(item_path "$item")" shared
	deployment_json by-env shared | kubectl apply --filename - >/dev/null
	deployment_json by-volume | jq '.spec.template.spec.volumes = [
		{"name": "scratch", "emptyDir": {}}, {"name": "shared", "secret": {"secretName": "shared"}}]' | kubectl apply --filename - >/dev/null
	start_operator
	wait_for has_secret shared
	kubectl delete deployment web >/dev/null
	pass_a_fence
	# Time for the garbage collector to do what it must not.
	kubectl delete deployment by-env >/dev/null
	set_field "$item" password "$(canary rotated)"
	wait_for secret_is shared password "$(secret_value_of_item "$item")"
	kubectl delete deployment by-volume >/dev/null
	wait_for fails has_secret shared
}

@test "Secrets that were deleted while the operator was away come back when it starts" {
	local item
	item=$(make_item database "password=$(canary one)")
	apply_item database "$(item_path "$item")"
	start_operator
	wait_for is_ready database
	stop_operator
	kubectl delete secret database >/dev/null
	start_operator
	wait_for secret_is database password "$(secret_value_of_item "$item")"
}

@test "a Deployment whose item can't be had is told why by an Event, and so is one that must wait" {
	start_connect_proxy
	start_operator
	deployment_json nameless x | jq '.metadata.annotations = {
		"operator.1password.io/item-path": "vaults/work/items/x", "operator.1password.io/item-name": "###"}' | kubectl apply --filename - >/dev/null
	wait_for has_event nameless ReconcileError 'Failed to sync secret from 1Password: operator.1password.io/item-name "###" gives no name'
	ask_by_deployment missing vaults/work/items/missing from-missing
	wait_for has_event missing ReconcileError 'Failed to sync secret from 1Password: failed to retrieve item: '
	fault connect '{"match": "/items", "action": "status", "status": 429, "retryAfter": "1", "times": -1}'
	ask_by_deployment waiting vaults/work/items/other from-other
	wait_for has_event waiting RateLimited '1Password rate limit hit. '
}

# has_event DEPLOYMENT REASON TEXT
has_event() {
	kapi "/apis/events.k8s.io/v1/namespaces/$NS/events" | jq --exit-status --arg name "$1" --arg reason "$2" --arg text "$3" '
		.items | any(.regarding.kind == "Deployment" and .regarding.name == $name and .type == "Warning" and
			.reason == $reason and (.note | startswith($text)))' >/dev/null
}
