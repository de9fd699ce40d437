#!/usr/bin/env bats
# A workload restarts when the values that it uses have changed: once, and for nothing else.
# The proof of a restart is the ReplicaSet that the controller manager makes for a new pod template.

load lib/scenario

rotate() {
	local value
	value=$(canary "$RANDOM")
	set_field "$1" "${3:-password}" "$value"
	wait_for secret_is "$2" "${3:-password}" "$value"
}

# What has been restarted, had to be, by now.
nothing_more_than() {
	pass_a_fence
	equal "$(replicasets "$1")" "$2"
}

@test "each rotation restarts a Deployment exactly once" {
	local item n
	item=$(make_item database "password=$(canary old)")
	apply_item database "$(item_path "$item")"
	start_operator AUTO_RESTART=true
	wait_for is_ready database
	make_deployment web database
	for n in 2 3 4; do
		rotate "$item" database
		wait_for has_replicasets web "$n"
		rolled_out web
	done
	nothing_more_than web 4
}

@test "each rotation restarts a StatefulSet and a DaemonSet exactly once, also when they have one name" {
	local item n
	item=$(make_item database "password=$(canary old)")
	apply_item database "$(item_path "$item")"
	start_operator AUTO_RESTART=true
	wait_for is_ready database
	make_workload StatefulSet store database
	make_workload DaemonSet agent database
	make_deployment store database
	for n in 2 3; do
		rotate "$item" database
		wait_for has_revisions store "$n"
		wait_for has_revisions agent "$n"
		wait_for has_replicasets store "$n"
		kubectl rollout status statefulset/store --timeout 60s
		kubectl rollout status daemonset/agent --timeout 60s
	done
	pass_a_fence
	equal "$(revisions store) $(revisions agent) $(replicasets store)" "3 3 3"
}

@test "a StatefulSet that updates on delete is stamped, and its pods are left to whoever deletes them" {
	local item pods
	item=$(make_item database "password=$(canary old)")
	apply_item database "$(item_path "$item")"
	start_operator AUTO_RESTART=true
	wait_for is_ready database
	make_workload StatefulSet store database
	kubectl patch statefulset store --type merge --patch '{"spec": {"updateStrategy": {"type": "OnDelete", "rollingUpdate": null}}}'
	pods=$(kubectl get pods --selector app=store --output jsonpath='{.items[*].metadata.uid}')
	rotate "$item" database
	wait_for has_revisions store 2
	pass_a_fence
	equal "$(kubectl get pods --selector app=store --output jsonpath='{.items[*].metadata.uid}')" "$pods"
	equal "$(revisions store)" 2
}

@test "annotations of a StatefulSet ask for a Secret, which goes with it" {
	local item
	item=$(make_item database "password=$(canary asked)")
	start_operator
	deployment_json store | jq --arg path "$(item_path "$item")" '.kind = "StatefulSet" | .spec.serviceName = "store" |
		.metadata.annotations = {"operator.1password.io/item-path": $path, "operator.1password.io/item-name": "asked"}' |
		kubectl apply --filename - >/dev/null
	wait_for has_secret asked
	equal "$(secret_json asked | jq --raw-output '.metadata.ownerReferences[0].kind')" StatefulSet
	kubectl delete statefulset store
	wait_for fails has_secret asked
}

@test "annotations of a CronJob ask for a Secret, which goes with it; a rotation leaves the CronJob alone" {
	local item
	item=$(make_item database "password=$(canary old)")
	start_operator AUTO_RESTART=true
	deployment_json web asked | jq --arg path "$(item_path "$item")" '{apiVersion: "batch/v1", kind: "CronJob", metadata: {name: "report",
		annotations: {"operator.1password.io/item-path": $path, "operator.1password.io/item-name": "asked"}},
		spec: {schedule: "0 0 1 1 *", jobTemplate: {spec: {template: (.spec.template | .spec.restartPolicy = "Never")}}}}' |
		kubectl apply --filename - >/dev/null
	wait_for has_secret asked
	equal "$(secret_json asked | jq --raw-output '.metadata.ownerReferences[0].kind')" CronJob
	rotate "$item" asked
	pass_a_fence
	equal "$(kubectl get cronjob report --output jsonpath='{.metadata.generation}')" 1
	kubectl delete cronjob report
	wait_for fails has_secret asked
}

@test "one workload asks for several items by suffixed pairs" {
	local first second value
	value=$(canary second-new)
	first=$(make_item first "password=$(canary first)")
	second=$(make_item second "password=$(canary second)")
	start_operator AUTO_RESTART=true
	deployment_json web one two | jq --arg first "$(item_path "$first")" --arg second "$(item_path "$second")" '.metadata.annotations = {
		"operator.1password.io/item-path": $first, "operator.1password.io/item-name": "one",
		"operator.1password.io/item-path.cache": $second, "operator.1password.io/item-name.cache": "two"}' |
		kubectl apply --filename - >/dev/null
	wait_for has_secret one
	wait_for has_secret two
	rolled_out web
	set_field "$second" password "$value"
	wait_for secret_is two password "$value"
	wait_for has_replicasets web 2
	kubectl delete deployment web
	wait_for fails has_secret one
	wait_for fails has_secret two
}

@test "without auto-restart nothing restarts" {
	local item
	item=$(make_item database "password=$(canary old)")
	apply_item database "$(item_path "$item")"
	start_operator
	wait_for is_ready database
	make_deployment web database
	rotate "$item" database
	nothing_more_than web 1
}

@test "the annotation of a Secret beats that of a Deployment, that of its Namespace, that the setting" {
	local item name
	item=$(make_item database "password=$(canary old)")
	apply_item plain "$(item_path "$item")"
	apply_item never "$(item_path "$item")" operator.1password.io/auto-restart=false
	kubectl annotate namespace "$NS" operator.1password.io/auto-restart=true
	start_operator AUTO_RESTART=false
	wait_for is_ready plain
	wait_for is_ready never
	make_deployment by-namespace plain
	make_deployment by-deployment plain
	kubectl annotate deployment by-deployment operator.1password.io/auto-restart=false
	make_deployment by-secret never
	kubectl annotate deployment by-secret operator.1password.io/auto-restart=true
	rotate "$item" plain
	wait_for has_replicasets by-namespace 2
	pass_a_fence
	for name in by-deployment by-secret; do
		equal "$(replicasets "$name")" 1
	done
}

@test "two Secrets that change together give one rollout" {
	local first second one two
	one=$(canary one) two=$(canary two)
	first=$(make_item first "password=$(canary old)")
	second=$(make_item second "password=$(canary old)")
	apply_item first "$(item_path "$first")"
	apply_item second "$(item_path "$second")"
	start_operator AUTO_RESTART=true
	wait_for is_ready first
	wait_for is_ready second
	make_deployment web first second
	set_field "$first" password "$one"
	set_field "$second" password "$two"
	wait_for secret_is first password "$one"
	wait_for secret_is second password "$two"
	wait_for has_replicasets web 2
	nothing_more_than web 2
}

@test "a new version with equal values restarts nothing" {
	local item version
	item=$(make_item database "password=$(canary same)")
	apply_item database "$(item_path "$item")"
	start_operator AUTO_RESTART=true
	wait_for is_ready database
	make_deployment web database
	connect PUT "/v1/vaults/$VAULT/items/$item" "$(connect GET "/v1/vaults/$VAULT/items/$item" | jq '.tags = ["seen"]')" >/dev/null
	version=$(item_version "$item")
	wait_for has_version database "$version"
	nothing_more_than web 1
}

has_version() { [ "$(secret_annotation "$1" item-version)" = "$2" ]; }

@test "a Deployment that does not use the Secret is not restarted" {
	local item
	item=$(make_item database "password=$(canary old)")
	apply_item database "$(item_path "$item")"
	kubectl create secret generic other --from-literal a=b
	start_operator AUTO_RESTART=true
	wait_for is_ready database
	make_deployment web other
	make_deployment user database
	rotate "$item" database
	wait_for has_replicasets user 2
	nothing_more_than web 1
}

@test "a Deployment that uses the Secret by a volume is restarted" {
	local item
	item=$(make_item database "password=$(canary old)")
	apply_item database "$(item_path "$item")"
	start_operator AUTO_RESTART=true
	wait_for is_ready database
	deployment_json web | jq '.spec.template.spec += {volumes: [{name: "a", emptyDir: {}}, {name: "b", secret: {secretName: "database"}}]}' |
		kubectl apply --filename -
	rolled_out web
	rotate "$item" database
	wait_for has_replicasets web 2
}

# A rotation, and the restart that it is to cause.
restarted_once() {
	item=$(make_item database "password=$(canary old)")
	apply_item database "$(item_path "$item")"
	start_operator AUTO_RESTART=true
	wait_for is_ready database
	make_deployment web database
	rotate "$item" database
	wait_for has_replicasets web 2
	rolled_out web
}

@test "kubectl rollout undo is not undone" {
	restarted_once
	kubectl rollout undo deployment/web
	rolled_out web
	# Undo goes back to the old pod template, which has no stamp: an old ReplicaSet, and no new one.
	nothing_more_than web 2
	equal "$(kubectl get deployment web --output json | jq '.spec.template.metadata.annotations // {} | length')" 0
}

@test "a manifest put back by kubectl replace, without our annotation, is left so" {
	restarted_once
	deployment_json web database | kubectl replace --filename -
	rolled_out web
	nothing_more_than web 2
	equal "$(kubectl get deployment web --output json | jq '.spec.template.metadata.annotations // {} | length')" 0
}

@test "a clone of a restarted Deployment is not restarted" {
	restarted_once
	kubectl get deployment web --output json | jq '{apiVersion, kind, metadata: {name: "clone"}, spec} |
		.spec.selector.matchLabels.app = "clone" | .spec.template.metadata.labels.app = "clone"' | kubectl apply --filename -
	rolled_out clone
	nothing_more_than clone 1
	equal "$(replicasets web)" 2
}

@test "a paused Deployment restarts when it resumes" {
	local item
	item=$(make_item database "password=$(canary old)")
	apply_item database "$(item_path "$item")"
	start_operator AUTO_RESTART=true
	wait_for is_ready database
	make_deployment web database
	kubectl rollout pause deployment/web
	rotate "$item" database
	nothing_more_than web 1
	kubectl rollout resume deployment/web
	wait_for has_replicasets web 2
}

@test "a rotation while the operator was away restarts once it is back" {
	local item value
	value=$(canary new)
	item=$(make_item database "password=$(canary old)")
	apply_item database "$(item_path "$item")"
	start_operator AUTO_RESTART=true
	wait_for is_ready database
	make_deployment web database
	stop_operator
	set_field "$item" password "$value"
	start_operator AUTO_RESTART=true
	wait_for secret_is database password "$value"
	wait_for has_replicasets web 2
	nothing_more_than web 2
}
