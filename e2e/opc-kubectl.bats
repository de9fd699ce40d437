#!/usr/bin/env bats
# `kubectl opi`: opc as a plugin of kubectl, beside the operator.

load lib/scenario

# kubectl finds the plugin by its name.
opi() {
	mkdir -p "$WORK/plugins"
	ln -sf "$E2E_BIN/opc" "$WORK/plugins/kubectl-opi"
	PATH=$WORK/plugins:$PATH KUBECONFIG=$ADMIN_KUBECONFIG OP_CONNECT_HOST=$CONNECT_URL OP_CONNECT_TOKEN=$TOKEN \
		"$KUBECTL" opi "$@" --namespace "$NS"
}

pending_is() { opi explain "$1" | grep --quiet "Deployment/$1: $2"; }

@test "kubectl opi status, explain and diff say what is fine, what would change and who uses it" {
	local item secret
	secret=$(canary opi)
	item=$(make_item Shop "password=$secret" user=app)
	apply_item shop "$(item_path "$item")"
	apply_item lost "$(item_path nothing)"
	start_operator POLLING_INTERVAL=600 --change-feed=false
	wait_for is_ready shop
	wait_for has_reason lost ItemNotFound
	equal "$(opi status --format json | jq --raw-output '.[] | "\(.name) \(.state) \(.reason) \(.item_version)"')" \
		$'lost failing ItemNotFound 0\nshop fine Synced 1'
	run -0 opi status
	[[ ${lines[0]} =~ ^NAMESPACE\ +NAME\ +STATE\ +REASON && $output == *"$NS"*shop*fine*Synced* ]]

	make_deployment shop shop
	run -0 opi explain shop
	[[ $output == *"vaults/$VAULT/items/$item, version 1"* && $output == *'2 keys:'*password,\ user* ]]
	[[ $output == *'Deployment/shop: has the newest values'* && $output != *"$secret"* ]]

	run -0 opi diff shop
	[[ $output == *'holds what version 1'* ]]
	set_field "$item" password "$secret-longer"
	run -1 opi diff shop
	[[ $output =~ change\ +password\ +${#secret}\ +$((${#secret} + 7)) && $output != *"$secret"* && $output != *user* ]]
	run -0 opi sync shop
	[[ $output == *"$NS/shop: Synced"* ]]
	equal "$(secret_value shop password)" "$secret-longer"
	wait_for pending_is shop 'waits for its restart'
	run -1 opi sync --all
	[[ $output == *"$NS/lost: ItemNotFound"* && $output == *'1 of 2 are failing'* ]]
	run -1 opi sync shp
	[[ $output == *"OnePasswordItem \"shp\" not found in the namespace $NS (there are: shop, lost)"* ]]
}

@test "kubectl opi doctor finds what is wrong" {
	local item
	item=$(make_item Shop "password=$(canary doctor)")
	apply_item shop "$(item_path "$item")"
	start_operator
	wait_for is_ready shop
	run -0 opi doctor --service-account "$NS:operator"
	[[ $output == *'ok    API server: v'* && $output == *'ok    CRD'* && $output == *'1 of 1 are fine'* ]]
	[[ $output == *"ok    rights of the operator in $NS: all that it needs"* && $output == *'ok    Connect from here'* ]]
	run -1 opi doctor --service-account "$NS:default"
	[[ $output == *"FAIL  rights of the operator in $NS: system:serviceaccount:$NS:default may not list onepassworditems"* ]]
	TOKEN=wrong run -1 opi doctor --service-account "$NS:operator"
	[[ $output == *'FAIL  Connect from here'*401* ]]
}

@test "kubectl opi gets its credentials from an exec plugin, in the context that is named" {
	local config=$WORK/kubeconfig.json
	apply_item lost "$(item_path nothing)"
	"$KUBECTL" --kubeconfig "$ADMIN_KUBECONFIG" config view --raw --flatten --output json >"$WORK/admin.json"
	jq '{apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status: (.users[0].user | {
		token, clientCertificateData: (."client-certificate-data" // empty | @base64d),
		clientKeyData: (."client-key-data" // empty | @base64d)} // {token})}' "$WORK/admin.json" >"$WORK/credential.json"
	jq --arg file "$WORK/credential.json" '.users = [{name: "plugged", user: {exec: {
			apiVersion: "client.authentication.k8s.io/v1", command: "cat", args: [$file], interactiveMode: "Never"}}}] |
		.contexts += [{name: "plugged", context: {cluster: .clusters[0].name, user: "plugged"}}]' "$WORK/admin.json" >"$config"
	ADMIN_KUBECONFIG=$config run -0 opi status --context plugged
	[[ $output == *lost*new* ]]
	ADMIN_KUBECONFIG=$config run -1 opi status --context nowhere
	[[ $output == *'no entry named "nowhere"'* ]]
	echo '{}' >"$WORK/credential.json"
	ADMIN_KUBECONFIG=$config run -1 opi status --context plugged
	[[ $output == *'exec plugin cat'* ]]
}
