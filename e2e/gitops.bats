#!/usr/bin/env bats
# Beside GitOps tools: Flux's own controller, and kubectl in the ways in which Argo CD applies.

load lib/scenario

# --- Flux: its kustomize-controller; what its source-controller would do, the scenario does ---

# Kinds of Flux that its controller watches, of which the scenario uses GitRepository.
source_crds() {
	local kind plural
	while read -r kind plural; do
		jq --null-input --arg kind "$kind" --arg plural "$plural" '{
			apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition",
			metadata: {name: "\($plural).source.toolkit.fluxcd.io"},
			spec: {group: "source.toolkit.fluxcd.io", scope: "Namespaced", names: {kind: $kind, plural: $plural},
				versions: [{name: "v1", served: true, storage: true, subresources: {status: {}},
					schema: {openAPIV3Schema: {type: "object", "x-kubernetes-preserve-unknown-fields": true}}}]}}'
	done <<-END
		GitRepository gitrepositories
		OCIRepository ocirepositories
		Bucket buckets
		ExternalArtifact externalartifacts
	END
}

start_flux() {
	local engine
	engine=$("$E2E_LIB/../controlplane/build" kustomize-controller)
	source_crds | kubectl apply --server-side --filename - >/dev/null
	kubectl apply --server-side --filename "$engine/crds" >/dev/null
	wait_for kubectl wait --for condition=Established --timeout 30s crd/kustomizations.kustomize.toolkit.fluxcd.io crd/gitrepositories.source.toolkit.fluxcd.io >/dev/null
	mkdir -p "$WORK/artifacts"
	artifact_port=$(pick_port)
	launch artifacts python3 -m http.server --bind 127.0.0.1 --directory "$WORK/artifacts" "$artifact_port"
	launch flux env KUBECONFIG="$ADMIN_KUBECONFIG" RUNTIME_NAMESPACE="$NS" "$engine/kustomize-controller" --watch-all-namespaces=false \
		--events-addr= --metrics-addr "127.0.0.1:$(pick_port)" --health-addr "127.0.0.1:$(pick_port)" --log-level info
}

# publish REVISION FILE...: as a commit that holds these manifests. FLUX_WAIT: for so long Flux waits for their health.
publish() {
	local archive=$WORK/artifacts/$1.tar.gz url=http://127.0.0.1:$artifact_port/$1.tar.gz
	tar --create --gzip --file "$archive" --directory "$WORK" "${@:2}"
	kubectl apply --filename - >/dev/null <<-END
		apiVersion: source.toolkit.fluxcd.io/v1
		kind: GitRepository
		metadata: {name: repository}
		spec: {interval: 1h, url: https://example.com/repository}
		---
		apiVersion: kustomize.toolkit.fluxcd.io/v1
		kind: Kustomization
		metadata: {name: all}
		spec: {interval: 1s, prune: true, path: ./, targetNamespace: $NS, wait: ${FLUX_WAIT:+true, timeout: }${FLUX_WAIT:-false}, sourceRef: {kind: GitRepository, name: repository}}
	END
	kubectl patch gitrepository repository --subresource status --type merge --patch "$(jq --null-input --arg revision "main@sha1:$1" --arg url "$url" \
		--arg digest "sha256:$(sha256sum <"$archive" | cut --delimiter ' ' --fields 1)" --argjson size "$(stat --format %s "$archive")" '{status: {
			observedGeneration: 1, conditions: [{type: "Ready", status: "True", reason: "Succeeded", message: "", lastTransitionTime: (now | todate)}],
			artifact: {path: "x", url: $url, revision: $revision, digest: $digest, size: $size, lastUpdateTime: (now | todate)}}}')" >/dev/null
}

reconciliations() { grep --count 'Reconciliation finished' "$LOGS/flux.log"; }
reconciled() { (($(reconciliations) >= $1)); }
# Whatever Flux would undo, it has undone by then.
ten_intervals() { wait_for reconciled $(($(reconciliations) + 10)); }

item_manifest() {
	jq --null-input --arg path "$1" '{apiVersion: "onepassword.com/v1", kind: "OnePasswordItem", metadata: {name: "database"}, spec: {itemPath: $path}}'
}

@test "Flux applies, corrects, and prunes, and neither undoes a restart nor fights over a Secret" {
	local item value version
	item=$(make_item database "password=$(canary old)")
	item_manifest "$(item_path "$item")" >"$WORK/item.yaml"
	deployment_json web database >"$WORK/web.yaml"
	start_operator AUTO_RESTART=true
	start_flux
	publish one item.yaml web.yaml
	wait_for is_ready database
	wait_for has_replicasets web 1
	rolled_out web

	value=$(canary new)
	set_field "$item" password "$value"
	wait_for secret_is database password "$value"
	wait_for has_replicasets web 2
	rolled_out web
	version=$(item_json database | jq --raw-output .metadata.resourceVersion)
	ten_intervals
	equal "$(replicasets web)" 2
	secret_is database password "$value"
	equal "$(item_json database | jq --raw-output .metadata.resourceVersion)" "$version"
	# What Flux marks as its own does not get to the Secret: it would prune it.
	equal "$(secret_json database | jq '[.metadata.labels, .metadata.annotations | keys[] | select(contains("fluxcd"))] | length')" 0

	kubectl scale deployment web --replicas 5
	kubectl patch onepassworditem database --type merge --patch '{"spec": {"itemPath": "vaults/none/items/none"}}'
	corrected() { [ "$(kubectl get deployment web --output json | jq .spec.replicas)$(item_json database | jq --raw-output .spec.itemPath)" = "2$(item_path "$item")" ]; }
	wait_for corrected
	wait_for is_ready database
	secret_is database password "$value"
	ten_intervals
	equal "$(replicasets web)" 2

	publish two web.yaml
	wait_for fails has_secret database
	equal "$(kubectl get onepassworditems --output name)" ""
}

# all REVISION STATUS REASON: how Flux takes what it has applied.
all_is() {
	kubectl get kustomization all --output json | jq --exit-status --arg revision "main@sha1:$1" --arg status "$2" --arg reason "$3" '.status.lastAttemptedRevision == $revision and
		any(.status.conditions[]; .type == "Ready" and .status == $status and .reason == $reason)' >/dev/null
}

@test "Flux waits for a resource until the operator has served it, and not for one that can't be" {
	local item value begin
	value=$(canary one)
	item=$(make_item database "password=$value")
	item_manifest "$(item_path "$item")" >"$WORK/item.yaml"
	item_manifest vaults/only >"$WORK/wrong.yaml"
	start_flux
	FLUX_WAIT=120s publish one item.yaml
	wait_for kubectl get onepassworditem database
	equal "$(item_json database | jq .status.observedGeneration)" -1
	# It looks at the health of what it waits for every few seconds.
	sleep 6
	all_is one Unknown Progressing
	start_operator
	wait_for all_is one True ReconciliationSucceeded

	begin=$SECONDS
	FLUX_WAIT=120s publish two wrong.yaml
	wait_for all_is two False HealthCheckFailed
	((SECONDS - begin < 60))
	has_reason database Invalid
	secret_is database password "$value"
}

# --- as Argo CD applies ---

# What Argo CD adds to what it applies: by label, as by default up to 2.x, and by annotation.
tracked() {
	jq --arg namespace "$NS" '.metadata.labels["app.kubernetes.io/instance"] = "shop" |
		.metadata.annotations["argocd.argoproj.io/tracking-id"] = "shop:\(.kind):\($namespace)/\(.metadata.name)"'
}

apply_as_argo() { kubectl apply --field-manager argocd-controller "$@" --filename "$WORK/item.yaml" --filename "$WORK/web.yaml"; }

sync_as_argo() {
	local item value way=("$@")
	item=$(make_item database "password=$(canary old)")
	item_manifest "$(item_path "$item")" | tracked >"$WORK/item.yaml"
	deployment_json web database | tracked >"$WORK/web.yaml"
	start_operator AUTO_RESTART=true
	apply_as_argo "${way[@]}"
	wait_for is_ready database
	rolled_out web
	value=$(canary new)
	set_field "$item" password "$value"
	wait_for secret_is database password "$value"
	wait_for has_replicasets web 2

	# Nothing that the operator did shows as a difference, and another sync changes nothing.
	kubectl diff --field-manager argocd-controller "${way[@]}" --filename "$WORK/item.yaml"
	apply_as_argo "${way[@]}"
	pass_a_fence
	equal "$(replicasets web)" 2
	# Prune looks for what carries its marks.
	equal "$(kubectl get secrets --selector app.kubernetes.io/instance=shop --output name)" ""
	equal "$(secret_json database | jq '.metadata.annotations | has("argocd.argoproj.io/tracking-id")')" false
	kubectl delete onepassworditems,deployments --selector app.kubernetes.io/instance=shop --timeout 60s
	wait_for fails has_secret database
}

@test "as Argo CD applies on the client's side, there is no difference to heal, and no restart but ours" {
	sync_as_argo
}

@test "as Argo CD applies on the server's side, there is no difference to heal, and no restart but ours" {
	sync_as_argo --server-side --force-conflicts
}

# --- Argo CD's customizations ---

# run_lua SCRIPT RESOURCE: what the script returns, as JSON, for that resource.
run_lua() {
	local literal
	literal=$(jq --raw-output 'def lua: if type == "object" then "{" + (to_entries | map("[" + (.key | tojson) + "]=" + (.value | lua)) | join(",")) + "}"
		elif type == "array" then "{" + (map(lua) | join(",")) + "}" else tojson end; lua' <<<"$2")
	lua5.3 - <<-END
		obj = $literal
		local function run() $(<"$E2E_LIB/../../deploy/argocd/$1")
		end
		local r = run()
		print(type(r.status) == "string" and r.status or r.metadata.annotations["operator.1password.io/force-sync"], r.message)
	END
}

@test "Argo CD's health check of a OnePasswordItem says what its status says" {
	local item
	item=$(make_item database "password=$(canary one)")
	apply_item database "$(item_path "$item")"
	apply_item wrong vaults/work/items/nowhere
	equal "$(run_lua health.lua "$(item_json database)")" $'Progressing\twaiting for the operator'
	start_operator
	wait_for is_ready database
	equal "$(run_lua health.lua "$(item_json database)")" $'Healthy\t'
	wait_for has_reason wrong ItemNotFound
	[[ "$(run_lua health.lua "$(item_json wrong)")" == $'Degraded\tfailed to retrieve item'* ]]
	equal "$(run_lua health.lua "$(item_json database | jq '.metadata.generation += 1')" | cut --fields 1)" Progressing
	[[ "$(run_lua force-sync.lua "$(item_json database)")" =~ ^20[0-9-]+T[0-9:]+Z ]]
}
