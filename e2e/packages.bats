#!/usr/bin/env bats
# What people install who have no cluster: the Debian packages, the unit in them, and the compose file.

bats_require_minimum_version 1.5.0
# shellcheck source=lib/wait.bash
. "$E2E_LIB/wait.bash"
# shellcheck source=lib/processes.sh
. "$E2E_LIB/processes.sh"

setup_file() {
	export TREE=$BATS_FILE_TMPDIR/tree
	dpkg-deb --extract "$E2E_BUILD"/deb/connect-server_*.deb "$TREE"
	export UNIT=$TREE/usr/lib/systemd/system/connect-server.service
}

@test "each package holds its program, and depends on what that is linked with" {
	local deb program
	for deb in "$E2E_BUILD"/deb/*.deb; do
		program=$(dpkg-deb --field "$deb" Package)
		dpkg-deb --extract "$deb" "$BATS_TEST_TMPDIR/$program"
		"$BATS_TEST_TMPDIR/$program/usr/bin/$program" --help >/dev/null
		dpkg-deb --field "$deb" Depends | grep --quiet libjson-c5
		[ -s "$BATS_TEST_TMPDIR/$program/usr/share/doc/$program/copyright" ]
		gzip --decompress --stdout "$BATS_TEST_TMPDIR/$program/usr/share/man/man1/$program.1.gz" | grep --quiet '^\.TH '
	done
	[[ "$("$BATS_TEST_TMPDIR/opc/usr/bin/kubectl-opi" --help)" == *'kubectl opi status'* ]]
}

@test "systemd understands the unit, and rates it well confined" {
	local unit=$BATS_TEST_TMPDIR/connect-server.service
	sed "s|/usr/bin/connect-server|$TREE/usr/bin/connect-server|" "$UNIT" >"$unit"
	run -0 systemd-analyze verify "$unit"
	[ -z "$output" ]
	# 0.0 is confined best, 10.0 not at all; the threshold is ten times that.
	systemd-analyze security --offline=true --threshold=20 "$UNIT" >/dev/null
}

@test "set up as README.Debian says, the unit's command serves" {
	local command port pid
	export CREDENTIALS_DIRECTORY=$BATS_TEST_TMPDIR OP_HTTP_PORT
	"$TREE/usr/bin/connect-server" init --data "$BATS_TEST_TMPDIR/data" --vault demo --credentials "$BATS_TEST_TMPDIR/1password-credentials.json" \
		--admin-key "$BATS_TEST_TMPDIR/administrator-key.json" >"$BATS_TEST_TMPDIR/token"
	command=$(sed -n 's/^ExecStart=//p' "$UNIT")
	# shellcheck disable=SC2016 # systemd expands it.
	command=${command//'${CREDENTIALS_DIRECTORY}'/$CREDENTIALS_DIRECTORY}
	command=${command/'/var/lib/connect-server'/$BATS_TEST_TMPDIR/data}
	OP_HTTP_PORT=$(pick_port)
	# shellcheck disable=SC2086 # As systemd splits it.
	"$TREE"${command} >"$BATS_TEST_TMPDIR/log" 2>&1 3>&- 4>&- &
	pid=$!
	wait_for curl --silent --fail --max-time 5 --output /dev/null --header "Authorization: Bearer $(<"$BATS_TEST_TMPDIR/token")" \
		"http://127.0.0.1:$OP_HTTP_PORT/v1/vaults"
	kill "$pid"
	wait "$pid"
}

@test "the compose file is understood, and publishes on loopback only" {
	docker-compose --file "$E2E_LIB/../../deploy/compose/compose.yaml" config >"$BATS_TEST_TMPDIR/config"
	grep --quiet 'read_only: true' "$BATS_TEST_TMPDIR/config"
	grep --after-context 1 'ports:' "$BATS_TEST_TMPDIR/config" | grep --quiet '127.0.0.1:8080:8080'
}
