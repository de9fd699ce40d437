#!/usr/bin/env bats
# Requests that schemathesis makes up from the server's own description, and whether the answers are as described.

load lib/scenario
# shellcheck source=lib/foreign.bash
. "$E2E_LIB/foreign.bash"

checks=not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance
checks+=,response_schema_conformance,ignored_auth,unsupported_method,allow_header_conformance

# The seed makes a failure one that comes again; SCHEMATHESIS_SEED has it ask for something else. Threads of its own break
# Python 3.11's parser now and then.
# try_all CONFIG URL BEARER [OPTION...]
try_all() {
	foreign schemathesis
	(cd "$WORK" && timeout 150 "$FOREIGN/venv/bin/st" --config-file "$1" run "$CONNECT_URL/connect-server/v1/openapi.json" --url "$2" \
		--header "Authorization: Bearer $3" --checks "$checks" --max-examples 20 --seed "${SCHEMATHESIS_SEED:-1}" --workers 1 --request-timeout 30 --no-color "${@:4}") >"$LOGS/schemathesis.log" 2>&1 || {
		# Values that it made up are no secrets, the bearer is.
		grep --invert-match --fixed-strings "$3" "$LOGS/schemathesis.log" | sed -n '/^=* FAILURES/,$p' | cut --characters 1-300 | head --lines 150
		return 1
	}
	grep --quiet --extended-regexp '[0-9]{3,} generated, [0-9]{3,} passed' "$LOGS/schemathesis.log"
}

@test "answers of the Connect API are as the description has them, whatever is asked" {
	local item file
	touch "$WORK/any.toml"
	try_all "$WORK/any.toml" "$CONNECT_URL" "$TOKEN" --exclude-path-regex '^/admin'
	item=$(make_item "to be tried" "password=$(canary tried)")
	file=$(connect PUT "/connect-server/v1/vaults/$VAULT/items/$item/files/a.txt" 'file content' | jq --raw-output .id)
	printf '[parameters]\n"path.vault" = "%s"\n"path.item" = "%s"\n"path.file" = "%s"\n' "$VAULT" "$item" "$file" >"$WORK/known.toml"
	try_all "$WORK/known.toml" "$CONNECT_URL" "$TOKEN" --exclude-path-regex '^/admin' --exclude-method DELETE
	connect_answers
}

@test "answers of the administration API are as the description has them, whatever is asked" {
	local port key
	stop_connect
	port=$(pick_port)
	launch connect "$E2E_BIN/connect-server" serve --data "$CONNECT_DIR/data" --credentials "$CONNECT_DIR/keys/1password-credentials.json" \
		--listen "127.0.0.1:$connect_port" --admin-listen "127.0.0.1:$port"
	wait_for connect_answers
	key=$(jq --raw-output '.id + "." + .secret' "$CONNECT_DIR/keys/administrator-key.json")
	touch "$WORK/any.toml"
	try_all "$WORK/any.toml" "http://127.0.0.1:$port" "$key" --include-path-regex '^/admin'
	connect_answers
}
