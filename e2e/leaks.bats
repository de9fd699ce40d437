#!/usr/bin/env bats
# Values of items are in their Secret and nowhere else. After each scenario the logs (at debug level), Events and statuses are
# searched for them too: lib/scenario.bash.

load lib/scenario

# make_full_item TITLE: a value in every place that an item has for one; prints its id.
make_full_item() {
	local item
	item=$(connect POST "/v1/vaults/$VAULT/items" "$(jq --null-input --arg vault "$VAULT" --arg title "$1" '{
		title: $title, category: "LOGIN", vault: {id: $vault}, tags: ["canary-tag"],
		sections: [{id: "s1", label: "canary-section"}],
		urls: [{label: "site", href: "https://canary-url.example", primary: true}],
		fields: [
			{label: "password", type: "CONCEALED", value: "canary-field"},
			{label: "notesPlain", type: "STRING", purpose: "NOTES", value: "canary-notes"},
			{label: "inner", type: "CONCEALED", value: "canary-inner", section: {id: "s1"}}]}')" | jq --raw-output .id)
	connect PUT "/connect-server/v1/vaults/$VAULT/items/$item/files/key.pem" canary-file >/dev/null
	echo "$item"
}

# Everything that others may read, but the data of Secrets.
shown_by_the_cluster() {
	kapi "/api/v1/namespaces/$NS/events"
	kapi "/apis/onepassword.com/v1/namespaces/$NS/onepassworditems"
	kapi "/apis/apps/v1/namespaces/$NS/deployments"
	kapi "/api/v1/namespaces/$NS/secrets" | jq 'del(.items[].data)'
}

holds_no_value() { run ! grep --extended-regexp --text "$canary_pattern" "$@"; }

@test "values from every part of an item show nowhere but where their Secret holds them" {
	local port item
	port=$(pick_port)
	item=$(make_full_item canary-title)
	apply_item full "$(item_path "$item")" operator.1password.io/auto-restart=true
	start_operator "--metrics-bind-address=127.0.0.1:$port" --metrics-secure=false
	wait_for is_ready full
	make_deployment web full
	equal "$(secret_json full | jq --compact-output '.data | map_values(@base64d) | [.password, .inner, .site, .["key.pem"], .notesPlain]')" \
		'["canary-field","canary-inner","https://canary-url.example","canary-file","canary-notes"]'
	set_field "$item" password canary-second
	wait_for secret_is full password canary-second
	wait_for has_replicasets web 2
	wait_for is_ready full
	shown_by_the_cluster >"$WORK/shown"
	curl --silent --fail "http://127.0.0.1:$port/metrics" >"$WORK/metrics"
	grep --quiet '"operator.1password.io/changed-at"' "$WORK/shown"
	grep --quiet '^onepassword_' "$WORK/metrics"
	grep --quiet '"level":"debug"' "$LOGS/operator.log"
	holds_no_value "$WORK/shown" "$WORK/metrics"
	holds_no_value "/proc/$OPERATOR_PID/cmdline" "/proc/$OPERATOR_PID/environ"
}

# bad_answer ITEM STATUS BODY REASON: Connect answers so for the item, and the status says why, without the body.
bad_answer() {
	local item=$1 name=bad-$RANDOM
	fault connect "$(jq --null-input --arg match "GET .*/items/$item( |\$)" --argjson status "$2" --arg body "$3" '{
		match: $match, action: "status", status: $status, body: $body, times: -1}')"
	apply_item "$name" "$(item_path "$item")"
	wait_for has_reason "$name" "$4"
	(($(hits connect) > 0))
	shown_by_the_cluster >"$WORK/shown"
	holds_no_value "$WORK/shown"
	clear_faults connect
	kubectl delete onepassworditem "$name" >/dev/null
}

@test "an answer of Connect that can't be read is not quoted" {
	local item good
	item=$(make_full_item canary-title)
	good=$(connect GET "/v1/vaults/$VAULT/items/$item")
	start_connect_proxy
	start_operator
	bad_answer "$item" 200 "${good:0:$((${#good} / 2))}" ConnectError
	bad_answer "$item" 200 "$(jq '.fields[0].label = {"a": "canary-label"}' <<<"$good")" ConnectError
	bad_answer "$item" 200 "$(jq '.version = "canary-version"' <<<"$good")" ConnectError
	bad_answer "$item" 200 '<html>canary-page</html>' ConnectError
	bad_answer "$item" 403 '<html>canary-page</html>' AccessDenied
	bad_answer "$item" 500 "$good" ConnectUnavailable
}

@test "a value is wiped from the operator's memory once its Secret is written" {
	local item title=title-$RANDOM$RANDOM
	item=$(make_full_item "$title")
	apply_item full "$(item_path "$item")"
	start_operator
	wait_for is_ready full
	set_field "$item" password canary-second
	wait_for secret_is full password canary-second
	pass_a_fence
	if ((EUID != 0)); then
		run ! cat "/proc/$OPERATOR_PID/mem"
		return
	fi
	"$E2E_LIB/memory" "$OPERATOR_PID" "$title" >"$WORK/known"
	[ -s "$WORK/known" ]
	equal "$("$E2E_LIB/memory" "$OPERATOR_PID" canary-field canary-second canary-inner canary-notes canary-file canary-url Y2FuYXJ5L)" ""
}

@test "an operator that is aborted leaves no core dump, even where these are allowed" {
	local status=0
	make_full_item full >/dev/null
	apply_item full vaults/work/items/full
	ulimit -S -c "$(ulimit -H -c)"
	mkdir "$WORK/cores"
	cd "$WORK/cores"
	start_operator
	wait_for is_ready full
	grep --quiet --extended-regexp '^Max core file size +0 +0 ' "/proc/$OPERATOR_PID/limits"
	end_process "$OPERATOR_PID" ABRT || status=$?
	equal "$status" 134
	equal "$(ls -A "$WORK/cores")" ""
}

@test "no resource makes the API server mint a token for a service account" {
	local item minted='.metadata.annotations["kubernetes.io/service-account.name"]'
	item=$(make_item database "password=$(canary value)")
	kubectl create serviceaccount powerful >/dev/null
	apply_item plain "$(item_path "$item")" kubernetes.io/service-account.name=powerful example.com/copied=yes
	apply_item token "$(item_path "$item")" kubernetes.io/service-account.name=powerful
	kubectl patch onepassworditem token --type merge --patch '{"type": "kubernetes.io/service-account-token"}' >/dev/null
	apply_item bootstrap "$(item_path "$item")"
	kubectl patch onepassworditem bootstrap --type merge --patch '{"type": "bootstrap.kubernetes.io/token"}' >/dev/null
	start_operator --enable-annotations
	wait_for is_ready plain
	equal "$(secret_json plain | jq --raw-output "$minted // \"none\", .type, .metadata.annotations[\"example.com/copied\"], (.data | keys | join(\" \"))")" \
		$'none\nOpaque\nyes\npassword'
	wait_for message_has token "mints credentials"
	wait_for message_has bootstrap "mints credentials"
	fails has_secret token
	fails has_secret bootstrap

	# Nor does one that was given away: it keeps its type, and gets no value of ours.
	jq --null-input '{apiVersion: "v1", kind: "Secret", type: "kubernetes.io/service-account-token", metadata: {name: "given",
		annotations: {"kubernetes.io/service-account.name": "powerful", "operator.1password.io/adopt": "true"}}}' | kubectl apply --filename - >/dev/null
	apply_item given "$(item_path "$item")"
	wait_for message_has given "cannot change secret type"
	equal "$(secret_json given | jq --raw-output '.type, (.data // {} | has("password"))')" $'kubernetes.io/service-account-token\nfalse'
}
