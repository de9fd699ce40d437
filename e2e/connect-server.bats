#!/usr/bin/env bats
# connect-server on its own: set-up, tokens while it serves, refusals, its end and its return.

load lib/scenario

server() { "$E2E_BIN/connect-server" "$@"; }

# The flags that name the scenario's server, for serving it and for administrating it.
name_keys() {
	place=(--data "$CONNECT_DIR/data" --credentials "$CONNECT_DIR/keys/1password-credentials.json")
	keys=("${place[@]}" --admin-key "$CONNECT_DIR/keys/administrator-key.json")
}

# status TOKEN PATH: the status of a GET.
status() { curl --silent --output /dev/null --write-out '%{http_code}' --header "Authorization: Bearer $1" "$CONNECT_URL$2"; }

@test "one command sets up files that only their owner can read" {
	equal "$(stat --format %a "$CONNECT_DIR/data" "$CONNECT_DIR/data/connect.sqlite" "$CONNECT_DIR"/keys/*.json | paste -sd ' ')" '700 600 600 600'
	run ! server init --data "$CONNECT_DIR/data" --credentials "$WORK/a" --admin-key "$WORK/b"
	[[ $output == *'was set up already'* ]]
	[ ! -e "$WORK/a" ]
	run ! server init --data "$WORK/new" --credentials "$WORK/new/credentials.json" --admin-key "$WORK/b"
	[[ $output == *'lies in the data directory'* ]]
}

@test "tokens made and revoked while it serves count at once" {
	local token id other

	name_keys
	other=$(server vault create other "${keys[@]}")
	token=$(server token create reader --vault work,r --vault "$other,w" --expires-in 90d "${keys[@]}" 2>"$WORK/told")
	id=$(grep --only-matching '([a-z0-9]*)' "$WORK/told" | tr -d '()')
	equal "$(status "$token" "/v1/vaults/$VAULT/items")" 200
	equal "$(status "$token" "/v1/vaults/$other/items")" 403
	equal "$(server token list "${keys[@]}" | awk -v id="$id" '$1 == id { print $2, $5, $6 }')" 'active work,r other,w'
	server token revoke "$id" "${keys[@]}"
	equal "$(status "$token" "/v1/vaults/$VAULT/items")" 401
	equal "$(server token list "${keys[@]}" | awk -v id="$id" '$1 == id { print $2 }')" revoked
}

@test "every command has help, and refuses what it does not know" {
	local command words

	for command in serve init recover 'vault create' 'vault list' 'token create' 'token list' 'token revoke'; do
		read -ra words <<<"$command"
		run -0 server "${words[@]}" --help
		[[ $output == *"connect-server $command"*--data* ]]
	done
	run -2 server serve --no-such-flag
	run -2 server no-such-command
	run -2 server token create
	run -2 server vault list extra
}

@test "secrets do not leave the machine in the clear unless that is asked for" {
	name_keys
	run -2 server serve "${place[@]}" --listen 0.0.0.0:0
	[[ $output == *'would send secrets in the clear'* ]]
}

@test "another server's credentials open nothing" {
	server init --data "$WORK/other" --credentials "$WORK/other.json" --admin-key "$WORK/other-key.json" 2>/dev/null
	run ! server serve --data "$CONNECT_DIR/data" --credentials "$WORK/other.json"
	[[ $output == *'belongs to another store'* ]]
	OP_SESSION=$(base64 --wrap 0 "$WORK/other.json") run -0 server vault list --data "$WORK/other" --admin-key "$WORK/other-key.json"
}

@test "the recovery key makes a new administrator key" {
	local words

	server init --data "$WORK/lost" --credentials "$WORK/lost.json" --admin-key "$WORK/lost-key.json" 2>"$WORK/told"
	words=$(grep --extended-regexp --only-matching '([a-z2-7]{4}-){12}[a-z2-7]{4}' "$WORK/told")
	rm "$WORK/lost-key.json"
	server recover --data "$WORK/lost" --credentials "$WORK/lost.json" --admin-key "$WORK/found.json" <<<"$words"
	server vault create again --data "$WORK/lost" --credentials "$WORK/lost.json" --admin-key "$WORK/found.json"
	# One letter is wrong.
	run ! server recover --data "$WORK/lost" --credentials "$WORK/lost.json" --admin-key "$WORK/x" <<<"$(tr '2-7a-z' '3-7a-z2' <<<"${words:0:1}")${words:1}"
	[[ $output == *'not the recovery key of this store'* ]]
}

@test "it ends on SIGTERM, and after SIGKILL all that was written is there" {
	local item

	item=$(make_item kept "password=$(canary kept)")
	kill -KILL "$CONNECT_PID"
	wait_for is_away
	run_connect
	equal "$(item_version "$item")" 1
	kill -TERM "$CONNECT_PID"
	wait_for is_away
	run_connect
	equal "$(item_version "$item")" 1
}

is_away() { ! connect_answers; }
