#!/usr/bin/env bats
# opc, the command line, as a script uses it, against the shipped server.

# shellcheck disable=SC2016,SC2030,SC2031 # opc expands; each scenario is a subshell, on purpose.
load lib/scenario

# As `op`, with the scenario's server.
op() { env OP_CONNECT_HOST="$CONNECT_URL" OP_CONNECT_TOKEN="$TOKEN" "$E2E_BIN/opc" "$@"; }

# An item with a section, a one-time password and a file.
make_rich_item() {
	local item
	item=$(connect POST "/v1/vaults/$VAULT/items" "$(jq --null-input --arg password "$1" --arg token "$2" '{
		title: "Database", category: "DATABASE", sections: [{id: "s", label: "Extra"}], fields: [
			{label: "username", value: "app"}, {label: "password", type: "CONCEALED", value: $password},
			{label: "token", section: {id: "s"}, value: $token},
			{label: "code", type: "OTP", value: "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ"}]}')" | jq --raw-output .id)
	connect PUT "/connect-server/v1/vaults/$VAULT/items/$item/files/ca.pem" 'file content' >/dev/null
	echo "$item"
}

@test "opc reads fields, sections, files, codes and attributes, by names in any case and by ids" {
	local item password
	password=$(canary read)
	item=$(make_rich_item "$password" token-1)
	equal "$(op read op://work/Database/password)" "$password"
	equal "$(op read "op://$VAULT/$item/password" | wc -c)" "$((${#password} + 1))"
	equal "$(op read --no-newline op://WORK/database/extra/token)" token-1
	equal "$(op read op://work/Database/ca.pem; echo .)" 'file content.'
	equal "$(op read 'op://work/Database/ca.pem?attribute=size')" 12
	equal "$(op read 'op://work/Database/password?attribute=type')" concealed
	[[ "$(op read 'op://work/Database/code?attribute=otp')" =~ ^[0-9]{6}$ ]]
	equal "$(op read op://work/Database/password --out-file "$WORK/secret")" "$WORK/secret"
	equal "$(stat --format %a "$WORK/secret") $(<"$WORK/secret")" "600 $password"
	run -1 op read op://work/Database/password -o "$WORK/secret" </dev/null
	[[ $output == *'--force overwrites it'* ]]
}

@test "opc says which part of a reference is wrong, and what is there" {
	make_rich_item "$(canary wrong)" token-1 >/dev/null
	says() {
		run -1 op read "$1"
		[[ $output =~ ^\[ERROR\]\ [0-9]{4}/[0-9]{2}/[0-9]{2}\ [0-9:]{8}\  && $output == *"$2"* ]] || { echo "$output"; return 1; }
	}
	says op://nowhere/Database/password "\"nowhere\" isn't a vault in this account. Specify it with its ID or name. (there are: work)"
	says op://work/Data/password "\"Data\" isn't an item in the \"work\" vault."
	says op://work/Database/pass "does not have a field 'pass' (there are: password, code, token, username"
	says op://work/Database "too few '/'"
	make_item Database password=x >/dev/null
	says op://work/Database/password 'More than one item matches "Database". Try again and specify the item by its ID:'
	TOKEN=wrong says op://work/Database/password 401
	run -1 env --ignore-environment "$E2E_BIN/opc" read op://a/b/c
	[[ $output == *'not signed in'* ]]
}

@test "opc run gives secrets to a command alone, and conceals them in what it prints" {
	local password
	password=$(canary run)
	make_rich_item "$password" tok-123456 >/dev/null
	printf 'FROM_FILE = "op://work/Database/extra/token"\nPLAIN=$HOME\n' >"$WORK/env"
	export PASSWORD=op://work/Database/password
	run -7 op run --env-file "$WORK/env" -- bash -c '
		echo "$PASSWORD"; printf tok-; sleep 0.1; echo 123456
		printf %s "$FROM_FILE" | base64
		test "${#PASSWORD}" = "$0" && test "$PLAIN" = "$HOME" && echo right
		echo "error $FROM_FILE" >&2; exit 7' "${#password}"
	equal "$(grep --count '<concealed by 1Password>' <<<"$output")" 4
	[[ $output == *right* && $output != *tok-123456* && $output != *"$password"* ]]
	equal "$(op run --no-masking -- printenv PASSWORD)" "$password"
	fails pgrep --full "$password"
	run -127 op run -- no-such-command
	# As a Basic authorization has it.
	run -0 op run -- bash -c 'printf "user:%s" "$PASSWORD" | base64 --wrap 0'
	[[ $output == *"<concealed by 1Password>"* && $output != *"$(printf "user:%s" "$password" | base64 --wrap 0)"* ]]
	# A reader that has enough ends the command, and the command's files have the modes that it wants.
	equal "$(timeout 20 env OP_CONNECT_HOST="$CONNECT_URL" OP_CONNECT_TOKEN="$TOKEN" "$E2E_BIN/opc" run -- yes | head --lines 1)" y
	(umask 022 && op run -- touch "$WORK/made")
	equal "$(stat --format %a "$WORK/made")" 644
}

@test "opc run gives a command a terminal where it had one, and conceals secrets there too" {
	local password
	password=$(canary terminal)
	make_rich_item "$password" x >/dev/null
	export PASSWORD=op://work/Database/password OP_CONNECT_HOST=$CONNECT_URL OP_CONNECT_TOKEN=$TOKEN
	cat >"$WORK/command" <<-'END'
		test -t 0 && test -t 1 && test -t 2 && echo terminal
		stty size
		read -r line && echo "read $line"
		echo "is $PASSWORD"
		trap 'echo caught; exit 4' INT
		while :; do sleep 0.1; done
	END
	# ^C is typed once the command has caught up.
	run -4 timeout 60 script --quiet --flush --return --command "stty rows 31 cols 97; $E2E_BIN/opc run -- bash $WORK/command" "$WORK/typescript" < <(
		wait_for grep --quiet '31 97' "$WORK/typescript"
		echo typed
		wait_for grep --quiet 'is <concealed' "$WORK/typescript"
		printf '\003'
		wait_for grep --quiet caught "$WORK/typescript"
	)
	[[ $output == *terminal* && $output == *'read typed'* && $output == *caught* && $output != *"$password"* ]]
}

@test "opc run passes on signals and the status that they leave" {
	local pid status=0
	export PASSWORD=op://work/Database/password
	make_rich_item "$(canary signal)" x >/dev/null
	op run -- bash -c 'trap "echo caught; exit 5" TERM; echo ready; while :; do sleep 0.1; done' >"$WORK/out" 3>&- 4>&- &
	pid=$!
	wait_for grep --quiet ready "$WORK/out"
	pkill -TERM --parent "$pid" opc || kill -TERM "$pid"
	wait "$pid" || status=$?
	equal "$status" 5
	grep --quiet caught "$WORK/out"
}

@test "opc inject fills a template, whole or not at all" {
	local password
	password=$(canary inject)
	make_rich_item "$password" token-1 >/dev/null
	printf 'user: op://$VAULT_NAME/Database/username\npassword: {{ op://work/Database/password }}\nkept: {{ "{{ x }}" }} ${MISSING:-none}\n' >"$WORK/template"
	VAULT_NAME=work op inject --in-file "$WORK/template" --out-file "$WORK/filled" --file-mode 0640
	equal "$(<"$WORK/filled")" "$(printf 'user: app\npassword: %s\nkept: {{ x }} none' "$password")"
	equal "$(stat --format %a "$WORK/filled")" 640
	# As op-js has it.
	equal "$(echo '{{ op://work/Database/username }}' | op inject --in-file=/dev/stdin)" app
	echo 'op://work/Database/none' >"$WORK/template"
	run -1 op inject -i "$WORK/template" -o "$WORK/filled" -f
	equal "$(tail -n 1 "$WORK/filled")" 'kept: {{ x }} none'
}

@test "many references cost one request, or one for each item from a server that has no more to offer" {
	local password n
	password=$(canary many)
	make_rich_item "$password" token-1 >/dev/null
	for n in 1 2 3; do
		make_item "item-$n" "password=$password-$n" "user=u$n" >/dev/null
	done
	start_connect_proxy
	printf '{{ op://work/%s }}\n' Database/username Database/ca.pem item-1/user item-1/password item-2/password item-3/password >"$WORK/template"
	printf '%s\n' app 'file content' u1 "$password-1" "$password-2" "$password-3" >"$WORK/want"
	op inject -i "$WORK/template" | cmp - "$WORK/want"
	equal "$(requests connect | cut --delimiter ' ' --fields 2-4)" 'POST /connect-server/v1/resolve 200'

	# As 1Password's own server answers it.
	fault connect '{"match": "/connect-server/", "action": "status", "status": 404, "times": -1}'
	op inject -i "$WORK/template" | cmp - "$WORK/want"
	equal "$(requests connect | tail --lines +3 | cut --delimiter ' ' --fields 2-3 | sed -E 's,[a-z0-9]{26},ID,g' | sort | uniq --count | sed 's/^ *//')" \
		$'1 GET /v1/vaults\n1 GET /v1/vaults/ID/items\n4 GET /v1/vaults/ID/items/ID\n1 GET /v1/vaults/ID/items/ID/files/ID/content'
	clear_faults connect

	# What is wrong with one of them is said as ever.
	echo 'op://work/item-1/user op://work/item-1/nothing' >"$WORK/template"
	run -1 op inject -i "$WORK/template"
	[[ $output == *"item 'work/item-1' does not have a field 'nothing' (there are: "* ]]
	equal "$(A=op://work/item-1/user B=op://work/item-2/password op run --no-masking -- sh -c 'echo $A $B')" "u1 $password-2"
	equal "$(requests connect | tail --lines 1 | cut --delimiter ' ' --fields 2-4)" 'POST /connect-server/v1/resolve 200'
}

@test "opc item get and the lists print what 1Password's program prints" {
	local item password
	password=$(canary item)
	item=$(make_rich_item "$password" token-1)
	op item get Database --format json >"$WORK/item.json"
	equal "$(jq --raw-output '.id, .vault.name, .category, (.fields[] | select(.label == "token").reference), .files[0].name' "$WORK/item.json" | paste -sd ' ')" \
		"$item work DATABASE op://work/Database/Extra/token ca.pem"
	equal "$(op item get "$item" --vault work --fields username,label=password --reveal)" "app,$password"
	equal "$(op item get "$item" --fields username,password)" "app,[use 'opc item get $item --reveal' to reveal]"
	equal "$(op item get "$item" --fields password --format json | jq --raw-output .value)" "$password"
	equal "$(op item get Database --fields type=otp --format json | jq --raw-output .label)" code
	[[ "$(op item get Database --otp)" =~ ^[0-9]{6}$ ]]
	run -0 op item get Database
	[[ $output != *"$password"* && $output != *GEZDGNBV* ]]
	equal "$(op item list --format json | jq --raw-output '.[0].title, .[0].fields')" $'Database\nnull'
	equal "$(op vault list --format json | jq --raw-output '.[0].name')" work
}

@test "opc item create, edit and delete change items by assignments, templates and recipes" {
	local item password secret
	secret=$(canary assigned)
	item=$(op item create --category login --title Made --vault work --tags a,b --url https://example.com --generate-password=letters,24 \
		username=app "Extra.token[password]=$secret" --format json | jq --raw-output .id)
	password=$(op read op://work/Made/password)
	[[ $password =~ ^[A-Za-z]{24}$ ]]
	equal "$(op read op://work/Made/Extra/token)" "$secret"
	equal "$(op --format json item get Made | jq --raw-output '.category, .tags[1], .urls[0].href, .fields[0].purpose' | paste -sd ' ')" \
		'LOGIN b https://example.com USERNAME'
	run -0 op item edit Made 'Extra.token[delete]' username=web "Other.pin=$secret" --title Renamed
	[[ $output == *Renamed* && $output != *"$secret"* ]]
	equal "$(op item get "$item" --fields username,pin --reveal)" "web,$secret"
	equal "$(op read op://work/Renamed/password)" "$password"
	run -1 op read op://work/Renamed/token
	op item get "$item" --format json | jq '.title = "Copied" | .tags = ["c"]' >"$WORK/template"
	op item create --template "$WORK/template" username=third >/dev/null
	equal "$(op item list --tags c --format json | jq --raw-output '.[].title')" Copied
	equal "$(op read op://work/Copied/Other/pin) $(op read op://work/Copied/username)" "$secret third"
	run -0 op item create --category database --title Dry --dry-run port=1
	[[ $output == *port:* ]]
	equal "$(op item list --format json | jq --raw-output 'map(.title) | sort | join(" ")')" 'Copied Renamed'
	equal "$(op item delete Copied)" ''
	run -1 op item get Copied
	run -1 op item create --category login "field[none]=$secret"
	[[ $output == *'a type is password, text'* && $output != *"$secret"* ]]
}

@test "opc's global flags may stand before the command, and lists are tables" {
	make_rich_item "$(canary flags)" x >/dev/null
	equal "$(op --format json vault get work | jq --raw-output '.name, .type')" $'work\nUSER_CREATED'
	run -0 op --no-color item list --long --categories database
	[[ ${lines[0]} =~ ^ID\ +TITLE\ +VAULT\ +EDITED\ +CATEGORY\ +VERSION\ +TAGS && ${lines[1]} == *Database*work*DATABASE* ]]
	run -0 op item list --categories login
	equal "${#lines[@]}" 1
	run -0 op --debug whoami --format json
	ln -s "$E2E_BIN/opc" "$WORK/op"
	equal "$("$WORK/op" --version)" 2.30.0
	[[ $output == *'[DEBUG] vaults: status 200'* && $output == *'"url":'* ]]
	equal "$(op document get Database)" 'file content'
	run -1 op document create "$WORK/no-such-file"
	printf 'a\0b' >"$WORK/key file.bin"
	op document create "$WORK/key file.bin" --title Document --tags keys >"$WORK/made.json"
	op document get "$(jq --raw-output .uuid "$WORK/made.json")" --out-file "$WORK/copy" >/dev/null
	cmp "$WORK/key file.bin" "$WORK/copy"
	equal "$(op read 'op://work/Document/key file.bin?attribute=size')" 3
}

@test "opc completes commands, flags and values, and its manual has every command and flag" {
	local command commands
	# As bash calls it.
	eval "$("$E2E_BIN/opc" completion bash)"
	opc() { "$E2E_BIN/opc" "$@"; }
	completes() {
		COMP_WORDS=(opc "${@:2}") COMP_CWORD=$(($# - 1)) COMPREPLY=()
		_opc
		equal "${COMPREPLY[*]}" "$1"
	}
	completes 'get list create edit delete template' item ''
	completes --generate-password item create --gen
	completes json item get --format j
	opc manual >"$WORK/opc.1"
	mapfile -t commands < <(sed -n 's/^\.SS //p' "$WORK/opc.1")
	equal "${#commands[@]}" "$(opc help | grep --count '^  opc ')"
	for command in "${commands[@]}"; do
		# shellcheck disable=SC2086 # one word or two
		opc $command --help | sed -n 's/^  --\([a-z-]*\).*/\1/p' | sort >"$WORK/help"
		sed -n -e "/^\.SS $command\$/,/^\.S[SH]/p" -e '/^\.SH FLAGS/,$p' "$WORK/opc.1" |
			sed -n 's/^\.B \\-\\-\([a-z\\-]*\).*/\1/p' | tr --delete '\134' | grep --invert-match --line-regexp help | sort >"$WORK/manual"
		diff "$WORK/help" "$WORK/manual"
	done
}

@test "opc inject streams inputs of any size, and writes a file whole or not at all" {
	local password
	password=$(canary stream)
	make_rich_item "$password" token-1 >/dev/null
	yes 'a line of a large file, with op://work/Database/extra/token in it' | head --lines 400000 >"$WORK/big"
	sed --in-place '399999s|.*|{{ op://work/Database/password }}|' "$WORK/big"
	(ulimit -v 200000 && op inject --in-file "$WORK/big" --out-file "$WORK/out")
	equal "$(sed --quiet '399999p' "$WORK/out")" "$password"
	cmp "$WORK/out" <(sed -e "s|{{ op.*|$password|" -e 's|op://work/Database/extra/token|token-1|' "$WORK/big")
	sed --in-place '399999s|.*|${NOT_THERE}|' "$WORK/big"
	run -1 op inject --in-file "$WORK/big" --out-file "$WORK/out2"
	[[ $output == *'line 399999: the variable NOT_THERE'* ]]
	equal "$(find "$WORK" -name 'out2*' | wc -l)" 0
}
