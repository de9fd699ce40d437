#!/usr/bin/env bats
# Programs that others wrote for 1Password Connect and for `op`, unmodified, against ours.

load lib/scenario

setup_file() {
	export CLIENTS=$E2E_BUILD/npm
	mkdir -p "$CLIENTS"
	if ! cmp --quiet "$E2E_LIB/../npm/package-lock.json" "$CLIENTS/package-lock.json" || [ ! -e "$CLIENTS/installed" ]; then
		cp "$E2E_LIB/../npm/package.json" "$E2E_LIB/../npm/package-lock.json" "$CLIENTS"
		(cd "$CLIENTS" && timeout 300 npm ci --ignore-scripts --no-audit --no-fund)
		touch "$CLIENTS/installed"
	fi
	cp "$E2E_LIB"/../npm/*.mjs "$CLIENTS"
}

@test "1Password's JavaScript client of Connect does all that it can do" {
	OP_CONNECT_HOST=$CONNECT_URL OP_CONNECT_TOKEN=$TOKEN run -0 timeout 60 node "$CLIENTS/connect.mjs"
	equal "$output" "all of it works"
}

@test "1Password's JavaScript library for op does with ours what it does with 1Password's" {
	mkdir -p "$WORK/bin" "$WORK/out"
	ln -s "$E2E_BIN/opc" "$WORK/bin/op"
	PATH=$WORK/bin:$PATH OP_CONNECT_HOST=$CONNECT_URL OP_CONNECT_TOKEN=$TOKEN run -0 timeout 60 node "$CLIENTS/op.mjs" "$WORK/out"
	equal "$output" "all of it works"
}
