# shellcheck shell=bash
# Programs that a manifest or a chart deployed: nodes are simulated, so the scenario runs them as the object in the
# cluster says.

# resolve_env CONTAINER_JSON: NAME=VALUE of each variable, with those from Secrets and from the pod's own fields.
resolve_env() {
	local name secret key field
	jq --raw-output '.env[]? | select(has("valueFrom") | not) | "\(.name)=\(.value // "")"' <<<"$1"
	jq --raw-output '.env[]? | select(.valueFrom.secretKeyRef) | [.name, .valueFrom.secretKeyRef.name, .valueFrom.secretKeyRef.key] | @tsv' <<<"$1" |
		while IFS=$'\t' read -r name secret key; do
			echo "$name=$(kubectl get secret "$secret" --output json | jq --raw-output --arg key "$key" '.data[$key] | @base64d')"
		done
	jq --raw-output '.env[]? | select(.valueFrom.fieldRef) | [.name, .valueFrom.fieldRef.fieldPath] | @tsv' <<<"$1" |
		while IFS=$'\t' read -r name field; do
			case $field in
			metadata.namespace) echo "$name=$NS" ;;
			metadata.name) echo "$name=pod-$RANDOM" ;;
			esac
		done
}

# start_deployed_operator DEPLOYMENT [VARIABLE=VALUE...] [--FLAG...]: with its arguments, environment and service
# account. Connect is at the scenario's address, and what its volumes hold lies below WORK.
start_deployed_operator() {
	local pod container account trust
	pod=$(kubectl get deployment "$1" --output json | jq .spec.template.spec)
	container=$(jq '.containers[0]' <<<"$pod")
	account=$(jq --raw-output .serviceAccountName <<<"$pod")
	shift
	equal "$(jq --raw-output '.command[0]' <<<"$container")" /manager
	mapfile -t settings < <(
		jq --raw-output '.args[]' <<<"$container" | grep --invert-match --regexp=-address
		resolve_env "$container" | grep --invert-match --extended-regexp '^(OP_CONNECT_HOST|SSL_CERT_FILE)='
	)
	if [ "$(jq '[.env[] | select(.name == "SSL_CERT_FILE")] | length' <<<"$container")" = 1 ]; then
		trust=$(jq --raw-output '.volumes[] | select(.name == "trust").secret | "\(.secretName) \(.items[0].key)"' <<<"$pod")
		kubectl get secret "${trust% *}" --output json | jq --raw-output --arg key "${trust#* }" '.data[$key] | @base64d' >"$WORK/trust.crt"
		settings+=("SSL_CERT_FILE=$WORK/trust.crt")
	fi
	OPERATOR_KUBECONFIG=$WORK/$account.kubeconfig
	"$E2E_LIB/cluster" kubeconfig "$E2E_CLUSTER" "$NS" "$account" >"$OPERATOR_KUBECONFIG"
	start_operator "${settings[@]}" POLLING_INTERVAL=1 "$@"
}

# rights_sufficed SERVICEACCOUNT: nothing was refused to it.
rights_sufficed() {
	equal "$(grep --fixed-strings ":$NS:$1\"" "$E2E_CLUSTER/audit.log" |
		jq --raw-output 'select(.responseStatus.code == 403) | "\(.verb) \(.requestURI)"')" ""
}
