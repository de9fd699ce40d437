# shellcheck shell=bash
# A Connect server of the scenario's own, and items in it.

# start_connect VAULT_TITLE: sets CONNECT_URL, TOKEN and VAULT.
start_connect() {
	CONNECT_DIR=$WORK/connect
	connect_port=$(pick_port)
	CONNECT_URL=http://127.0.0.1:$connect_port
	init_connect "$1"
	run_connect
	VAULT=$(connect GET '/v1/vaults' | jq --raw-output '.[0].id')
}

init_connect() {
	mkdir -p "$CONNECT_DIR/keys"
	"$E2E_BIN/connect-server" init --data "$CONNECT_DIR/data" --credentials "$CONNECT_DIR/keys/1password-credentials.json" \
		--admin-key "$CONNECT_DIR/keys/administrator-key.json" --vault "$1" >"$CONNECT_DIR/keys/token" 2>"$LOGS/connect-init.log"
	TOKEN=$(<"$CONNECT_DIR/keys/token")
}

run_connect() {
	launch connect "$E2E_BIN/connect-server" serve --data "$CONNECT_DIR/data" \
		--credentials "$CONNECT_DIR/keys/1password-credentials.json" --listen "127.0.0.1:$connect_port"
	CONNECT_PID=$LAUNCHED
	wait_for connect_answers
}

connect_answers() { curl --silent --fail --max-time 5 --output /dev/null "$CONNECT_URL/heartbeat"; }

stop_connect() { end_process "$CONNECT_PID"; }

# connect METHOD PATH [BODY]
connect() {
	curl --silent --show-error --fail-with-body --max-time 10 --request "$1" --header "Authorization: Bearer $TOKEN" \
		--header 'Content-Type: application/json' ${3:+--data-binary "$3"} "http://127.0.0.1:$connect_port$2"
}

# make_item TITLE LABEL=VALUE...: prints the id of the new item.
make_item() {
	connect POST "/v1/vaults/$VAULT/items" "$(jq --null-input --arg vault "$VAULT" --arg title "$1" '{
		title: $title, category: "LOGIN", vault: {id: $vault},
		fields: ($ARGS.positional | map(capture("^(?<label>[^=]*)=(?<value>.*)$") + {type: "CONCEALED"}))}' --args "${@:2}")" |
		jq --raw-output .id
}

# set_field ITEM LABEL VALUE
set_field() {
	local item
	item=$(connect GET "/v1/vaults/$VAULT/items/$1")
	connect PUT "/v1/vaults/$VAULT/items/$1" "$(jq --arg field "$2" --arg value "$3" \
		'(.fields[] | select(.label == $field)).value = $value' <<<"$item")" >/dev/null
}

item_version() { connect GET "/v1/vaults/$VAULT/items/$1" | jq .version; }
delete_item() { connect DELETE "/v1/vaults/$VAULT/items/$1"; }
item_path() { echo "vaults/$VAULT/items/$1"; }
