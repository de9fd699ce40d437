# shellcheck shell=bash
# Objects of the cluster, as its administrator.

kubectl() {
	"$KUBECTL" --kubeconfig "$ADMIN_KUBECONFIG" --cache-dir "${TMPDIR:-/tmp}/kubectl-cache" --namespace "$NS" "$@"
}

# kapi PATH [CURL_OPTION...]: quicker than kubectl where something is asked for again and again.
kapi() {
	curl --silent --fail --max-time 10 --cacert "$E2E_CLUSTER/ca.crt" --cert "$E2E_CLUSTER/pki/admin.crt" \
		--key "$E2E_CLUSTER/pki/admin.key" "$(<"$E2E_CLUSTER/server-url")$1" "${@:2}"
}

# A namespace with the service account `operator`, which has the shipped ClusterRole in it, and no right elsewhere.
make_namespace() {
	local namespace=$1
	kubectl create --namespace "$namespace" --filename - >/dev/null <<-END
		apiVersion: v1
		kind: Namespace
		metadata: {name: $namespace}
		---
		apiVersion: v1
		kind: ServiceAccount
		metadata: {name: operator, namespace: $namespace}
		---
		apiVersion: rbac.authorization.k8s.io/v1
		kind: RoleBinding
		metadata: {name: operator, namespace: $namespace}
		roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: onepassword-connect-operator}
		subjects: [{kind: ServiceAccount, name: operator, namespace: $namespace}]
		---
		apiVersion: rbac.authorization.k8s.io/v1
		kind: RoleBinding
		metadata: {name: operator-lease, namespace: $namespace}
		roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: onepassword-connect-operator-lease}
		subjects: [{kind: ServiceAccount, name: operator, namespace: $namespace}]
	END
	kubectl apply --namespace "$namespace" --filename "$E2E_LIB/../../deploy/manifests/lease_role.yaml" >/dev/null
}

delete_namespace() { kapi "/api/v1/namespaces/$1" --request DELETE --output /dev/null; }

# As in an installation for the whole cluster.
bind_cluster_wide() {
	kubectl create clusterrolebinding "$NS" --clusterrole onepassword-connect-operator --serviceaccount "$NS:operator" >/dev/null
}

# apply_item NAME ITEM_PATH [ANNOTATION=VALUE...]
apply_item() {
	jq --null-input --arg name "$1" --arg path "$2" '{
		apiVersion: "onepassword.com/v1", kind: "OnePasswordItem",
		metadata: {name: $name, annotations: ($ARGS.positional | map(split("=") | {(.[0]): .[1]}) | add // {})},
		spec: {itemPath: $path}}' --args "${@:3}" | kubectl apply --filename - >/dev/null
}

# deployment_json NAME SECRET...: a Deployment that uses these Secrets; two pods.
deployment_json() {
	jq --null-input --arg name "$1" '{
		apiVersion: "apps/v1", kind: "Deployment", metadata: {name: $name},
		spec: {replicas: 2, selector: {matchLabels: {app: $name}}, template: {
			metadata: {labels: {app: $name}},
			spec: {containers: [{name: "main", image: "example/web",
				envFrom: ($ARGS.positional | map({secretRef: {name: .}}))}]}}}}' --args "${@:2}"
}

make_deployment() {
	deployment_json "$@" | kubectl apply --filename - >/dev/null
	rolled_out "$1"
}

rolled_out() { kubectl rollout status "deployment/$1" --timeout 60s >/dev/null; }

# The proof of a rollout: the controller manager makes a ReplicaSet for each new pod template.
replicasets() { kapi "/apis/apps/v1/namespaces/$NS/replicasets?labelSelector=app%3D$1" | jq '.items | length'; }
# make_workload KIND NAME SECRET...: a StatefulSet or a DaemonSet that uses these Secrets.
make_workload() {
	deployment_json "${@:2}" | jq --arg kind "$1" '
		.kind = $kind | if $kind == "DaemonSet" then del(.spec.replicas) else .spec.serviceName = .metadata.name end' |
		kubectl apply --filename - >/dev/null
	kubectl rollout status "$1/$2" --timeout 60s >/dev/null
}

# revisions NAME: pod templates that a StatefulSet or a DaemonSet has had.
revisions() { kubectl get controllerrevisions --selector "app=$1" --output name | wc -l; }
has_revisions() { [ "$(revisions "$1")" = "$2" ]; }

has_replicasets() { [ "$(replicasets "$1")" = "$2" ]; }

object() { kapi "/api/v1/namespaces/$NS/$1"; }
secret_json() { kapi "/api/v1/namespaces/$NS/secrets/$1"; }
has_secret() { secret_json "$1" >/dev/null; }
secret_value() { secret_json "$1" | jq --raw-output --arg key "$2" '.data[$key] // "" | @base64d'; }
secret_is() { [ "$(secret_value "$1" "$2")" = "$3" ]; }
secret_annotation() { secret_json "$1" | jq --raw-output --arg key "operator.1password.io/$2" '.metadata.annotations[$key] // ""'; }

item_json() { kapi "/apis/onepassword.com/v1/namespaces/$NS/onepassworditems/$1"; }

# condition NAME FIELD
condition() { item_json "$1" | jq --raw-output --arg field "$2" '.status.conditions // [] | map(select(.type == "Ready"))[0][$field] // ""'; }
is_ready() { [ "$(condition "$1" status)" = True ]; }
has_reason() { [ "$(condition "$1" status)" = False ] && [ "$(condition "$1" reason)" = "$2" ]; }
message_has() { [[ "$(condition "$1" message)" == *"$2"* ]]; }

# audit FILTER: requests of the operator's service account, as JSON, one a line.
audit() {
	grep --fixed-strings "\"system:serviceaccount:$NS:operator\"" "$E2E_CLUSTER/audit.log" |
		jq --compact-output "select(.stage == \"ResponseComplete\") | select($1)" || true
}

writes() { audit '(.verb | IN("create", "update", "patch", "delete", "deletecollection")) and .objectRef.resource != "leases"'; }
count_writes() { writes | wc -l; }
