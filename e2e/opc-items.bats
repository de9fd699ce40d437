#!/usr/bin/env bats
# opc and whole items: named by other programs, made from templates, with files.

load lib/scenario

op() { env OP_CONNECT_HOST="$CONNECT_URL" OP_CONNECT_TOKEN="$TOKEN" "$E2E_BIN/opc" "$@"; }

@test "opc item get takes items from standard input, and by their links" {
	local shop bank link
	shop=$(make_item Shop "password=$(canary piped)" user=app)
	bank=$(make_item Bank pin=1234)
	equal "$(op item list --format json | op item get - --format json | jq --raw-output '.title, (.fields | length)' | sort)" $'1\n2\nBank\nShop'
	equal "$(printf 'Bank\n' | op item get - --fields label=pin --reveal)" 1234
	link="https://start.1password.com/open/i?a=ABC&v=$VAULT&i=$bank&h=my.1password.com"
	equal "$(op item get "$link" --fields label=pin --reveal)" 1234
	equal "$(op item get "$link" --format json | op item get - --fields label=pin --reveal)" 1234
	run -1 op item get - <<<'{"title":"no id"}'
	[[ $output == *'needs an "id"'* ]]
	op item edit "$link" pin=5678 >/dev/null
	equal "$(op read op://work/Bank/pin)" 5678
	run -1 op item delete Bank --archive
	[[ $output == *"can't archive"* ]]
	equal "$(op read op://work/Bank/pin)" 5678
}

@test "opc makes items from templates" {
	local filled
	equal "$(op item template list --format json | jq --raw-output '.[] | select(.uuid == "102").name')" Database
	filled=$(op item template get "API Credential" | jq '.title = "Key" | (.fields[] | select(.id == "credential")).value = "abc"')
	op item create - <<<"$filled" >/dev/null
	equal "$(op read op://work/Key/credential)" abc
	op item template get login -o "$WORK/login.json"
	op item create --template "$WORK/login.json" --title Shop --generate-password=letters,20 username=app >/dev/null
	[[ "$(op read op://work/Shop/password)" =~ ^[A-Za-z]{20}$ ]]
	equal "$(op item get Shop --format json | jq --compact-output '[.fields[] | .purpose // empty]')" '["USERNAME","PASSWORD","NOTES"]'
	run -1 op item template get Password123
	[[ $output == *"isn't a category"* ]]
}

@test "opc attaches files to items, and takes them away" {
	printf 'certificate\n' >"$WORK/ca.pem"
	op item create --category server --title Web "ca\\.pem[file]=$WORK/ca.pem" url=https://example.com >/dev/null
	equal "$(op read op://work/Web/ca.pem)" certificate
	printf 'another\n' >"$WORK/ca.pem"
	op item edit Web "ca\\.pem[file]=$WORK/ca.pem" "key\\.pem[file]=$WORK/ca.pem" >/dev/null
	equal "$(op read op://work/Web/ca.pem)" another
	op item edit Web 'key\.pem[delete]' >/dev/null
	equal "$(op item get Web --format json | jq --compact-output '[.files[].name]')" '["ca.pem"]'
	run -1 op item edit Web "x[file]=$WORK/none"
	[[ $output == *none* ]]
}

@test "opc reads SSH keys in OpenSSH's format" {
	local kind
	for kind in ed25519 RSA; do
		openssl genpkey -algorithm "$kind" -out "$WORK/$kind.pem" 2>/dev/null
		jq --null-input --rawfile key "$WORK/$kind.pem" --arg title "$kind" '{title: $title, category: "SSH_KEY", fields: [
			{id: "private_key", label: "private key", type: "SSHKEY", value: $key}]}' | op item create - >/dev/null
		op read "op://work/$kind/private key?ssh-format=openssh" --out-file "$WORK/$kind"
		equal "$(ssh-keygen -y -f "$WORK/$kind" | cut --delimiter ' ' --fields 1)" "ssh-${kind,,}"
	done
	# The server does it too, for many at once.
	printf '{{ op://work/ed25519/private key?ssh-format=openssh }}{{ op://work/RSA/private key?ssh-format=openssh }}' |
		op inject >"$WORK/both"
	cmp "$WORK/both" <(cat "$WORK/ed25519" "$WORK/RSA" | sed '/^$/d')
	make_item Plain password=x >/dev/null
	run -1 op read 'op://work/Plain/password?ssh-format=openssh'
	[[ $output == *'private key'* ]]
}

@test "opc deletes the items that standard input names, lists documents, and says what op has besides" {
	make_item Old user=a >/dev/null
	make_item Older user=b >/dev/null
	echo content >"$WORK/note.txt"
	op document create "$WORK/note.txt" --title Note >/dev/null
	equal "$(op document list --format json | jq --raw-output '.[].title')" Note
	op document list --format json | op document delete -
	equal "$(op item list --format json | jq --raw-output '.[].title' | sort)" $'Old\nOlder'
	run -1 op item delete Oldest
	op item list --format json | op item delete -
	equal "$(op item list --format json)" '[]'
	run -1 op account list
	[[ $output == '[ERROR] '*'no "account"'* ]]
	run -1 op user confirm --all
	[[ $output == *'active at once'* ]]
}
