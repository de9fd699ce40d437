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

	for command in serve check-config init recover 'usage verify' 'vault create' 'vault list' 'token create' 'token list' 'token revoke'; do
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

# serve_tls FLAG...: one more server of the same store, with TLS. Its port is in $tls_port, its pid in $LAUNCHED.
serve_tls() {
	name_keys
	tls_port=$(pick_port)
	launch tls "$E2E_BIN/connect-server" serve "${place[@]}" --listen "127.0.0.1:$tls_port" "$@"
	wait_for tls_answers
}

tls_answers() { curl --silent --insecure --max-time 5 --output /dev/null "https://127.0.0.1:$tls_port/heartbeat"; }

make_certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \
		-keyout "$WORK/$1.key" -out "$WORK/$1.crt" 2>/dev/null
	cp "$WORK/$1.key" "$WORK/tls.key"
	cp "$WORK/$1.crt" "$WORK/tls.crt"
}

served_certificate() { openssl s_client -connect "127.0.0.1:$tls_port" </dev/null 2>/dev/null | openssl x509 -noout "$@"; }
serves_name() { [ "$(served_certificate -subject)" = "subject=CN = $1" ]; }

@test "a new certificate is used without a restart, and a broken one is not" {
	make_certificate one
	serve_tls --tls-cert-file "$WORK/tls.crt" --tls-key-file "$WORK/tls.key"
	serves_name one
	make_certificate two
	wait_for serves_name two
	echo rubbish >"$WORK/tls.crt"
	wait_for grep --quiet 'the old one stays' "$LOGS/tls.log"
	serves_name two
	end_process "$LAUNCHED"
}

@test "once it serves, files elsewhere are out of its reach, and a certificate is followed where it led" {
	mkdir "$WORK/live" "$WORK/archive" "$WORK/elsewhere"
	renew() {
		make_certificate "$1"
		cp "$WORK/$1.crt" "$WORK/$1.key" "$2"
		ln -sf "$2/$1.crt" "$WORK/live/tls.crt"
		ln -sf "$2/$1.key" "$WORK/live/tls.key"
	}
	renew one "$WORK/archive"
	serve_tls --tls-cert-file "$WORK/live/tls.crt" --tls-key-file "$WORK/live/tls.key"
	serves_name one
	renew two "$WORK/archive"
	wait_for serves_name two
	renew three "$WORK/elsewhere"
	if grep --quiet 'has no Landlock' "$LOGS/tls.log"; then
		wait_for serves_name three
	else
		wait_for grep --quiet 'the old one stays.*Permission denied' "$LOGS/tls.log"
		serves_name two
	fi
	end_process "$LAUNCHED"
}

@test "its own certificate has the fingerprint that it logs, also after a restart" {
	local fingerprint

	serve_tls --self-signed
	fingerprint=$(served_certificate -fingerprint -sha256)
	grep --quiet --fixed-strings "${fingerprint#*=}" "$LOGS/tls.log"
	end_process "$LAUNCHED"
	serve_tls --self-signed
	equal "$(served_certificate -fingerprint -sha256)" "$fingerprint"
	end_process "$LAUNCHED"
}

@test "once it serves it can run no other program, nor gain rights" {
	awk '/^NoNewPrivs:/ { n = $2 } /^Seccomp:/ { s = $2 } END { exit !(n == 1 && s == 2) }' "/proc/$CONNECT_PID/status"
}

@test "variables of the original that mean nothing here are named in one line" {
	local port

	name_keys
	port=$(pick_port)
	OP_BUS_PORT=11220 OP_BUS_PEERS=localhost:11221 OP_SYNC_TIMEOUT=10s OP_HTTP_PORT=$port OP_LOG_LEVEL=debug OP_SESSION=${place[3]} \
		launch variables "$E2E_BIN/connect-server" serve --data "${place[1]}"
	wait_for curl --silent --fail --output /dev/null "http://127.0.0.1:$port/heartbeat"
	equal "$(grep --count 'mean nothing here' "$LOGS/variables.log")" 1
	grep --quiet '"names":"OP_SYNC_TIMEOUT, OP_BUS_PORT, OP_BUS_PEERS"' "$LOGS/variables.log"
	grep --quiet '"level":"debug"' "$LOGS/variables.log"
	end_process "$LAUNCHED"
}

@test "check-config says whether serve could start" {
	name_keys
	run -0 server check-config "${place[@]}"
	run -2 server check-config "${place[@]}" --admin-listen 0.0.0.0
	[[ $output == *'would send secrets in the clear'* ]]
	run ! server check-config "${place[@]}" --tls-cert-file "$WORK/none" --tls-key-file "$WORK/none"
	run ! server check-config --data "$WORK/none" --credentials "$CONNECT_DIR/keys/1password-credentials.json"
	[[ $output == *'was never set up'* ]]
}

@test "the usage log is whole, and the access log has a line for every request and no secret" {
	local port

	name_keys
	port=$(pick_port)
	launch usage "$E2E_BIN/connect-server" serve "${place[@]}" --listen "127.0.0.1:$port" --access-log --audit strict
	wait_for curl --silent --output /dev/null "http://127.0.0.1:$port/heartbeat"
	for _ in {1..70}; do
		curl --silent --output /dev/null --header "Authorization: Bearer $(<"$CONNECT_DIR/keys/token")" "http://127.0.0.1:$port/v1/vaults?filter=title+eq+%22$(canary query)%22"
	done
	end_process "$LAUNCHED" KILL || true
	equal "$(grep --count '"route":"vault_list","status":200' "$LOGS/usage.log")" 70
	run ! grep --quiet "$(canary query)" "$LOGS/usage.log"
	run -0 server usage verify "${keys[@]}"
	[[ $output == *'none missing or changed'* ]]
	((${output%% *} >= 70))
}

with_client() { curl --silent --insecure --max-time 5 --cert "$WORK/$1.crt" --key "$WORK/$1.key" "https://127.0.0.1:$tls_port/heartbeat"; }
friend_answers() { with_client friend; }

@test "with client authorities, only clients with a certificate of theirs get in" {
	make_certificate stranger
	make_certificate friend
	name_keys
	tls_port=$(pick_port)
	launch tls "$E2E_BIN/connect-server" serve "${place[@]}" --listen "127.0.0.1:$tls_port" --self-signed --tls-client-ca-file "$WORK/friend.crt"
	wait_for friend_answers
	equal "$(with_client friend)" .
	run ! with_client stranger
	run ! curl --silent --insecure --max-time 5 "https://127.0.0.1:$tls_port/heartbeat"
	run -2 server check-config "${place[@]}" --tls-client-ca-file "$WORK/friend.crt"
	end_process "$LAUNCHED"
}
