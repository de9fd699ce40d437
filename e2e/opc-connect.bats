#!/usr/bin/env bats
# opc against 1Password's own Connect, as far as that can be shown without it: its server can't be had here, so a stand-in
# (lib/standin) answers as its specification says, and has no endpoint of connect-server's.

# shellcheck disable=SC2016,SC2030,SC2031 # opc and the child's shell expand; each scenario is a subshell, on purpose.
load lib/scenario

op() { env OP_CONNECT_HOST="$STANDIN_URL" OP_CONNECT_TOKEN=standin-token "$E2E_BIN/opc" "$@"; }

start_standin() {
	local port
	REQUESTS=$WORK/requests
	port=$(pick_port)
	STANDIN_URL=http://127.0.0.1:$port
	launch standin "$E2E_LIB/standin" "$port" standin-token "$REQUESTS" "$@"
	wait_for curl --silent --fail --output /dev/null "$STANDIN_URL/heartbeat"
	: >"$REQUESTS"
}

# The one that waited for it to start may be told of late.
requests() {
	grep --invert-match ' /heartbeat ' "$REQUESTS" | sort || true
	: >"$REQUESTS"
}

@test "against Connect without our endpoints, opc reads and asks for each item once" {
	local vault=teamteamteamteamteamteamte database=databasedatabasedatabaseda bank=bankbankbankbankbankbankba
	start_standin
	equal "$(op read "op://$vault/$database/password")" s3cret-value
	equal "$(requests)" "GET /v1/vaults/$vault/items/$database 200"
	equal "$(op read op://team/database/extra/token)" tok-1
	equal "$(requests | wc -l)" 3
	equal "$(op read 'op://Team/Database/one-time password?attribute=otp')" 123456
	equal "$(op read op://Team/Database/ca.pem)" '-----BEGIN CERTIFICATE-----'
	: >"$REQUESTS"
	export A=op://Team/Database/password B=op://Team/Database/username C=op://Team/Bank/pin D=op://team/bank/PIN
	equal "$(op run --no-masking -- sh -c 'echo $A $B $C $D')" 's3cret-value app 1234 1234'
	equal "$(requests)" "GET /v1/vaults 200
GET /v1/vaults/$vault/items 200
GET /v1/vaults/$vault/items/$bank 200
GET /v1/vaults/$vault/items/$database 200
POST /connect-server/v1/resolve 404"
	equal "$(op run -- sh -c 'echo $A')" '<concealed by 1Password>'
	: >"$REQUESTS"
	equal "$(printf 'a: op://Team/Database/password\nb: {{ op://Team/Bank/pin }}\n' | op inject)" $'a: s3cret-value\nb: 1234'
	equal "$(requests | grep --count '/items/')" 2
	run -1 op read op://Team/Bnk/pin
	[[ $output == *'(there are: Bank, Database)'* ]]
	run -1 op read "op://otherotherotherotherothero/$bank/pin"
	run -1 env OP_CONNECT_HOST="$STANDIN_URL" OP_CONNECT_TOKEN=wrong "$E2E_BIN/opc" read "op://$vault/$bank/pin"
	[[ $output == *'Invalid token signature'* ]]
}

@test "against Connect without our endpoints, opc writes items, and says what can't be there" {
	start_standin
	equal "$(op item list --format json | op item get - --format json | jq --raw-output .title | sort)" $'Bank\nDatabase'
	equal "$(op item edit Bank pin=5678 --format json | jq --raw-output '.fields[0].value')" 5678
	equal "$(op read op://Team/Bank/pin)" 5678
	op item create --category login --title New user=x >/dev/null
	equal "$(op item get New --fields label=user --reveal)" x
	run -1 op item edit New "f[file]=$BATS_TEST_FILENAME"
	[[ $output == *"which 1Password's Connect can't"* ]]
	run -1 op document create "$BATS_TEST_FILENAME"
	[[ $output == *"which 1Password's Connect can't"* ]]
	op item delete New
	run -1 op item get New
	equal "$(op whoami --format json | jq .vaults)" 1
}

@test "a proxy that lets only Connect's own paths through costs opc one request" {
	start_standin 403
	export A=op://Team/Database/password B=op://Team/Bank/pin
	equal "$(op run --no-masking -- sh -c 'echo $A $B')" 's3cret-value 1234'
	equal "$(requests | wc -l)" 5
	run -1 env C=op://Team/Nothing/x OP_CONNECT_HOST="$STANDIN_URL" OP_CONNECT_TOKEN=standin-token "$E2E_BIN/opc" run -- true
	[[ $output == *"\"Nothing\" isn't an item"* ]]
	: >"$REQUESTS"
	run -1 env OP_CONNECT_HOST="$STANDIN_URL" OP_CONNECT_TOKEN=wrong "$E2E_BIN/opc" run -- true
	equal "$(requests | wc -l)" 3
}
