#!/usr/bin/env bats
# opc as the administrator of connect-server: with the grammar of `op connect`.

# shellcheck disable=SC2153 # TOKEN and VAULT are the scenario's.
load lib/scenario

opc() { (cd "$WORK" && env OPC_ADMIN_URL="$ADMIN_URL" OPC_ADMIN_KEY="$ADMIN_KEY" "$E2E_BIN/opc" "$@"); }

# The scenario's server again, with its administration API.
serve_administration() {
	local port
	stop_connect || true
	port=$(pick_port)
	ADMIN_URL=http://127.0.0.1:$port ADMIN_KEY=$CONNECT_DIR/keys/administrator-key.json
	launch connect "$E2E_BIN/connect-server" serve --data "$CONNECT_DIR/data" --admin-listen "127.0.0.1:$port" \
		--credentials "$CONNECT_DIR/keys/1password-credentials.json" --listen "127.0.0.1:$connect_port"
	wait_for connect_answers
}

status() { curl --silent --output /dev/null --write-out '%{http_code}' --header "Authorization: Bearer $1" "$CONNECT_URL$2"; }

@test "opc makes, lists, renames and revokes tokens, and makes vaults for them" {
	local token vault
	serve_administration
	vault=$(opc vault create other --description 'for tests' --format json | jq --raw-output .id)
	token=$(opc connect token create reader --vault work,r --vault other --expires-in 1w2d)
	equal "$(status "$token" "/v1/vaults/$vault/items")" 200
	equal "$(opc connect token list --format json | jq --compact-output '.[] | select(.name == "reader") | [.state, .audience, .features, (.vaults | map(.acl | length))]')" \
		'["ACTIVE","com.1password.connect",["vaultaccess"],[1,4]]'
	make_item Bank pin=1 >/dev/null
	run -1 env OP_CONNECT_HOST="$CONNECT_URL" OP_CONNECT_TOKEN="$token" "$E2E_BIN/opc" item get Bnk
	[[ $output == *"\"Bnk\" isn't an item."*'(there are: Bank)'* ]]
	opc connect token edit reader --name renamed
	run -0 opc connect token list
	[[ $output == *renamed*ACTIVE*'work,r other,rw'* && $output != *"$token"* ]]
	opc vault edit other --name Other2 >/dev/null
	opc connect token delete renamed
	equal "$(status "$token" "/v1/vaults/$vault/items")" 401
	run -1 opc vault delete Other2 </dev/null
	[[ $output == *'--force'* ]]
	opc vault delete Other2 --force
	run -1 opc connect token create x --vault Other2
	[[ $output == *"\"Other2\" isn't a vault"*'(there are: work)'* ]]
	run -0 opc audit list --limit 20
	[[ $output == *AT*WHO*ACTION* && $output == *ADMIN* ]]
	[[ "$(opc audit verify)" == *'rows are whole'* ]]
	chmod 644 "$ADMIN_KEY"
	run -1 opc connect token list
	[[ $output == *'chmod 600'* ]]
}

@test "opc sets up other Connect servers, and gives them vaults" {
	local uuid
	serve_administration
	opc vault create other >/dev/null
	run -0 opc connect server create staging --vaults work
	[[ ${lines[0]} == 'Set up a Connect server.' && ${lines[2]} == 'Credentials file: ./1password-credentials.json' ]]
	uuid=${lines[1]#UUID: }
	equal "$(stat --format %a "$WORK/1password-credentials.json")" 600
	run -1 opc connect server create another </dev/null
	[[ $output == *'exists already'* ]]
	opc connect vault grant --server staging --vault other
	opc connect token create for-staging --server staging --vault other,r >"$WORK/token"
	equal "$(opc connect token list --server staging --format json | jq --raw-output '.[].name, .[].integration_id')" \
		"for-staging"$'\n'"$uuid"
	opc connect vault revoke --server staging --vault other
	opc connect server edit staging --name Stage
	equal "$(opc connect server get Stage --format json | jq --raw-output '.id, .state')" "$uuid"$'\nACTIVE'
	opc connect token create for-staging --vault work,r >/dev/null
	run -1 opc connect token edit for-staging --name x
	[[ $output == *'More than one token'* ]]
	opc connect token edit for-staging --server Stage --name staged
	equal "$(opc connect token list --server Stage --format json | opc connect token delete - --server Stage && opc connect token list --server Stage --format json | jq --raw-output '.[].state')" REVOKED
	equal "$(printf 'Stage\n' | opc connect server get - --format json | jq --raw-output .id)" "$uuid"
	echo Stage | opc connect server delete - --force
	equal "$(opc connect server list --format json | jq --arg id "$uuid" 'map(select(.id == $id and .state == "ACTIVE")) | length')" 0
}

@test "opc exports the usage log, whole or by what is asked for, and makes keys for those who look at it" {
	local key=$WORK/audit.json
	serve_administration
	opc connect token create reader --vault work,r >"$WORK/token"
	equal "$(status "$(<"$WORK/token")" "/v1/vaults/$VAULT/items")" 200
	equal "$(opc admin key create auditor --role auditor --out-file "$key")" "$key"
	equal "$(stat --format %a "$key")" 600
	equal "$(opc admin key list --format json | jq --raw-output '.[] | select(.name == "auditor").role')" auditor
	equal "$(ADMIN_KEY=$key opc audit export --token reader | tail -n +2 | cut -d, -f3,5,7)" "\"Display\",\"$VAULT\",\"reader\""
	[[ "$(ADMIN_KEY=$key opc audit export | head -1)" == Number,Date,Action,* ]]
	equal "$(opc audit export --format json --token reader | jq --raw-output .action)" READ
	equal "$(opc audit list --action ADMIN --format json | jq 'map(select(.action != "ADMIN")) | length')" 0
	ADMIN_KEY=$key run -1 opc vault create forbidden
	run -1 opc admin key delete auditor </dev/null
	[[ $output == *'--force'* ]]
	opc admin key delete auditor --force
	ADMIN_KEY=$key run -1 opc audit list
}

@test "opc takes servers and credentials from contexts of a file that only its owner may read" {
	local config=$WORK/config
	serve_administration
	plain() { (cd "$WORK" && env --unset=HOME OP_CONFIG_DIR="$config" "$E2E_BIN/opc" "$@"); }
	plain config set-server main --connect "$CONNECT_URL" --admin "$ADMIN_URL"
	plain config set-context work --server main --token-file - --admin-key "$ADMIN_KEY" <<<"$TOKEN"
	equal "$(stat --format %a "$config/opc.yaml" "$config/work.token")" $'600\n600'
	equal "$(plain vault list --format json | jq --raw-output '.[].name')" work
	equal "$(plain whoami --format json | jq --raw-output .url)" "$CONNECT_URL"
	plain connect token create ci --vault work,r >"$WORK/token"
	chmod 600 "$WORK/token"
	plain config set-context ci --server main --token-file "$WORK/token"
	equal "$(plain config get-contexts --format json | jq --raw-output '.[] | select(.current).name')" work
	equal "$(plain --context ci vault list --format json | jq length)" 1
	run -1 plain --context ci connect token list
	[[ $output == *'"ci" has no administrator key'* ]]
	plain connect token delete ci
	plain config use-context ci
	run -1 plain vault list
	[[ $output == *401* ]]
	equal "$(OPC_CONTEXT=work plain vault list --format json | jq length)" 1
	# Variables are meant where they are set, but not beside a context that is named.
	equal "$(OP_CONNECT_HOST=$CONNECT_URL OP_CONNECT_TOKEN=$TOKEN plain vault list --format json | jq length)" 1
	run -1 env OP_CONNECT_HOST="$CONNECT_URL" OP_CONNECT_TOKEN="$TOKEN" OP_CONFIG_DIR="$config" "$E2E_BIN/opc" vault list --context ci
	chmod 640 "$config/work.token"
	run -1 plain vault list --context work
	[[ $output == *'chmod 600'* ]]
	chmod 644 "$config/opc.yaml"
	run -1 plain config get-contexts
	[[ $output == *'chmod 600'* ]]
	run -1 env --ignore-environment "$E2E_BIN/opc" vault list
	[[ $output == *'not signed in'* ]]
}

@test "opc makes groups, invites people into them, and lets them manage servers" {
	local invitation
	serve_administration
	equal "$(opc group create Ops --description nights --format json | jq --raw-output '.name, .description, .state, .type')" \
		$'Ops\nnights\nACTIVE\nUSER_DEFINED'
	invitation=$(opc user provision --name Ann --email ann@example.org --group Ops)
	[ -n "$invitation" ]
	equal "$(opc user invite --name Bob --email bob@example.org --format json | jq --raw-output '.name, .state, (.invitation | length > 20)')" \
		$'Bob\nPENDING\ntrue'
	run -1 opc user provision --name Zoe --email zoe@example.org --group Ops2
	[[ $output == *"\"Ops2\" isn't a group"*'(there are: Ops'* ]]
	equal "$(opc user list --format json | jq --raw-output 'map(.name) | sort | .[]')" $'Ann\nBob'
	equal "$(opc user list --group Ops --format json | jq --compact-output '.[] | [.name, .email, .type, .state]')" \
		'["Ann","ann@example.org","MEMBER","PENDING"]'
	opc group user grant --group Ops --user BOB@example.org
	equal "$(opc group user list Ops --format json | jq --raw-output 'sort_by(.name)[] | .name + " " + .role')" $'Ann MEMBER\nBob MEMBER'
	equal "$(opc group list --user Bob --format json | jq --raw-output '.[].name')" Ops
	opc group user revoke --group Ops --user bob@example.org
	equal "$(opc group list --user Bob --format json | jq length)" 0
	opc admin key create deploy --role member --out-file deploy.json >/dev/null
	opc group user grant --group Ops --user deploy
	run -0 opc group user list Ops
	[[ $output == *NAME*KIND* && $output == *deploy*key* && $output == *ann@example.org*person* ]]
	opc connect server create staging --vaults work >/dev/null
	ADMIN_KEY=$WORK/deploy.json run -1 opc connect token create ci --server staging --vault work,r
	opc connect group grant --group Ops --server staging
	ADMIN_KEY=$WORK/deploy.json opc connect token create ci --server staging --vault work,r >/dev/null
	equal "$(opc connect token list --server staging --format json | jq --raw-output '.[0].creator_id')" \
		"$(opc admin key list --format json | jq --raw-output '.[] | select(.name == "deploy").id')"
	equal "$(opc connect server get staging --format json | jq '.tokens_version > 0 and (.creator_id | length == 26)')" true
	equal "$(opc group get Ops --format json | jq --compact-output '[.global, (.servers | map(.name))]')" '[false,["staging"]]'
	opc connect group revoke --group Ops --server staging
	ADMIN_KEY=$WORK/deploy.json run -1 opc connect token create other --server staging --vault work,r
	opc connect group grant --group Ops --all-servers
	[[ "$(opc group list)" == *'Ops'*nights*'(all)'* ]]
	run -1 opc connect group grant --group Ops --all-servers --server staging
	[[ $output == *'exclude each other'* ]]
	opc connect group revoke --group Ops
	opc group edit Ops --name Night --description 'on call' >/dev/null
	equal "$(echo Night | opc group get - --format json | jq --raw-output .description)" 'on call'
	opc user edit Bob --name Robert >/dev/null
	equal "$(opc user get bob@example.org --format json | jq --raw-output '.name, .role')" $'Robert\nmember'
	run -1 opc user suspend robert
	[[ $output == *'not accepted the invitation'* ]]
	run -1 opc user get --me
	[[ $output == *'no person who has signed in'* ]]
	run -1 opc user recover Ann </dev/null
	[[ $output == *'--force'* ]]
	run -1 opc user delete Ann </dev/null
	[[ $output == *'--force'* ]]
	opc user list --format json | opc user delete - --force
	equal "$(opc user list --format json)" '[]'
	run -1 opc group delete Night </dev/null
	[[ $output == *'--force'* ]]
	opc group delete Night --force
	run -1 opc group get Night
	[[ $output == *"\"Night\" isn't a group"* ]]
}

@test "opc accepts invitations, signs people in and out, and changes passphrases" {
	local invitation token passphrase='correct horse battery' other='staple staple staple'
	export OP_CONFIG_DIR=$WORK/people
	serve_administration
	# A person has no key.
	person() { (cd "$WORK" && env --unset=HOME OPC_ADMIN_URL="$ADMIN_URL" "$E2E_BIN/opc" "$@"); }
	run -1 person group list
	[[ $output == *'sign in'* ]]
	invitation=$(opc user provision --name Ann --email ann@example.org --group Managers)
	run -1 person invitation accept <<<"$invitation"
	[[ $output == *'no New passphrase on standard input'* ]]
	run -0 person invitation accept < <(printf '%s\n' "$invitation" "$passphrase")
	[[ $output == *'Welcome, Ann'*'--email ann@example.org'* && $output != *"$passphrase"* ]]
	run -1 person signin --email ann@example.org <<<'something else entirely'
	[[ $output != *'something else'* ]]
	run -0 person signin --email ann@example.org <<<"$passphrase"
	[[ $output == 'Signed in as Ann until '* ]]
	equal "$(stat --format %a "$WORK"/people/session-*.json)" 600
	equal "$(person user get --me --format json | jq --raw-output '.name, .type, .state, .role')" $'Ann\nMEMBER\nACTIVE\nmanager'
	equal "$(person group list --format json | jq --raw-output '.[].name')" Managers
	# The session is shown to no other server than its own; a key that is named wins over it.
	run -1 env --unset=HOME OPC_ADMIN_URL=http://127.0.0.1:1 "$E2E_BIN/opc" group list
	[[ $output == *'sign in'* ]]
	run -1 opc user get --me
	[[ $output == *'no person who has signed in'* ]]
	run -0 person passphrase change < <(printf '%s\n' "$passphrase" "$other")
	token=$(person signin --email ann@example.org --raw <<<"$other")
	OPC_SESSION=$token person signout
	OPC_SESSION=$token run -1 person group list
	person vault create annas >/dev/null
	person signout
	run -1 person signout
	[[ $output == *'not signed in'* ]]
	run -1 person signin --email ann@example.org <<<"$passphrase"
	token=$(person signin --email ann@example.org --raw <<<"$other")
	equal "$(OPC_SESSION=$token person user get --me --format json | jq --raw-output .name)" Ann
	opc user list --format json | opc user suspend -
	equal "$(opc user get Ann --format json | jq --raw-output .state)" SUSPENDED
	OPC_SESSION=$token run -1 person group list
	opc user reactivate ann@example.org
	invitation=$(opc user recover Ann --force)
	run -1 person signin --email ann@example.org <<<"$other"
	printf '%s\n' "$invitation" "$passphrase" | person invitation accept
	person signin --email ann@example.org <<<"$passphrase" >/dev/null
	chmod 644 "$WORK"/people/session-*.json
	run -1 person group list
	[[ $output == *'chmod 600'* ]]
}
