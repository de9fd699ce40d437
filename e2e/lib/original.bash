# shellcheck shell=bash
# What 1Password's operator 1.12 does to objects, as its contract says: all by PUT, under the field manager `manager`.

# put NAME... reads an object and replaces the one in the cluster.
put() { kubectl replace --field-manager manager --filename - "$@" >/dev/null; }

finalizer=onepassword.com/finalizer.secret

# add_finalizer KIND NAME
original_adds_finalizer() {
	kubectl get "$1" "$2" --output json |
		jq --arg finalizer "$finalizer" '.metadata.finalizers = ((.metadata.finalizers // []) + [$finalizer] | unique)' | put
}

# original_secret KIND NAME SECRET ITEM: what it writes for that owner; the item's values, no label but the owner's.
original_secret() {
	local owner item
	owner=$(kubectl get "$1" "$2" --output json)
	item=$(connect GET "/v1/vaults/$VAULT/items/$4")
	jq --null-input --argjson owner "$owner" --argjson item "$item" --arg name "$3" --arg path "$(item_path "$4")" '
		($owner.kind == "OnePasswordItem") as $by_item | {
		apiVersion: "v1", kind: "Secret",
		metadata: ({
			name: $name,
			annotations: (
				(if $by_item then $owner.metadata.annotations | with_entries(select(.key == "operator.1password.io/auto-restart"))
				else $owner.metadata.annotations | with_entries(select((.key | startswith("operator.1password.io/")) and (.key | endswith("auto-restart") | not))) end) +
				{"operator.1password.io/item-path": $path, "operator.1password.io/item-version": ($item.version | tostring)}),
			ownerReferences: [$owner | {apiVersion, kind, name: .metadata.name, uid: .metadata.uid}]
		} + (if $by_item and $owner.metadata.labels then {labels: $owner.metadata.labels} else {} end)),
		type: "Opaque",
		data: ($item.fields | map(select((.value // "") != "") | {(.label): (.value | @base64)}) | add)}'
}

# original_syncs KIND NAME SECRET ITEM: its reconcile of one object, with the status of a resource.
original_syncs() {
	local want
	original_adds_finalizer "$1" "$2"
	want=$(original_secret "$@")
	if ! has_secret "$3"; then
		kubectl create --field-manager manager --filename - <<<"$want" >/dev/null
	else
		# Annotations, labels and data replaced whole; owners and type kept.
		secret_json "$3" | jq --argjson want "$want" '
			.metadata.annotations = $want.metadata.annotations | .metadata.labels = ($want.metadata.labels // {}) |
			.data = $want.data' | put
	fi
	[ "$1" != onepassworditem ] || original_says_ready "$2"
}

# original_says_ready NAME
original_says_ready() {
	kubectl get onepassworditem "$1" --output json |
		jq --arg now "$(date --utc +%Y-%m-%dT%H:%M:%SZ)" '
			.status = {conditions: [{type: "Ready", status: "True", lastTransitionTime: (.status.conditions[0].lastTransitionTime // $now)}]}' |
		put --subresource status
}

# original_restarts DEPLOYMENT
original_restarts() {
	kubectl get deployment "$1" --output json |
		jq --arg now "$(date --iso-8601=seconds)" '.spec.template.metadata.annotations["operator.1password.io/last-restarted"] = $now' | put
}
