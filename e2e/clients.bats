#!/usr/bin/env bats
# Programs that others wrote for 1Password Connect and for `op`, unmodified, against ours.

load lib/scenario
# shellcheck source=lib/foreign.bash
. "$E2E_LIB/foreign.bash"

# all_works COMMAND...
all_works() {
	mkdir -p "$WORK/out"
	OP_CONNECT_HOST=$CONNECT_URL OP_CONNECT_TOKEN=$TOKEN run -0 timeout 60 "$@" "$WORK/out"
	equal "$output" "all of it works"
}

@test "1Password's JavaScript client of Connect does all that it can do" {
	foreign npm
	all_works node "$FOREIGN/connect.mjs"
}

@test "1Password's Python client of Connect does all that it can do" {
	foreign python
	all_works "$FOREIGN/venv/bin/python" "$FOREIGN/connect.py"
}

@test "1Password's Go client of Connect does all that it can do" {
	foreign go
	all_works "$FOREIGN/program"
}

@test "1Password's JavaScript library for op does with ours what it does with 1Password's" {
	mkdir -p "$WORK/bin"
	ln -s "$E2E_BIN/opc" "$WORK/bin/op"
	foreign npm
	PATH=$WORK/bin:$PATH all_works node "$FOREIGN/op.mjs"
}
