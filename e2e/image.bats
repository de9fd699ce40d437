#!/usr/bin/env bats
# The images: that they can be read by others, are the same wherever they are built, and run as they will in a cluster.

bats_require_minimum_version 1.5.0
# shellcheck source=lib/image.bash
. "$E2E_LIB/image.bash"
# shellcheck source=lib/wait.bash
. "$E2E_LIB/wait.bash"
# shellcheck source=lib/processes.sh
. "$E2E_LIB/processes.sh"

# The user that the images name.
user=65532:65532
root=$E2E_LIB/../..
own=$(dpkg --print-architecture)

equal() {
	[ "$1" = "$2" ] || {
		echo "have: $1" >&2
		echo "want: $2" >&2
		return 1
	}
}

setup() {
	mapfile -t images < <(cut --delimiter : --fields 1 "$IMAGES/images.txt")
	((${#images[@]} >= 2))
}

config() { jq "$3" "$(blob "$1" "$(jq --raw-output .config.digest "$(blob "$1" "$(manifest_digest "$1" "$2")")")")"; }

@test "other tools read the images, and name them by the same digest" {
	local name
	for name in "${images[@]}"; do
		equal "$(skopeo inspect --raw "oci:$IMAGES/$name" | sha256sum | cut --delimiter ' ' --fields 1)" "$(image_digest "$name" | cut --delimiter : --fields 2)"
		skopeo copy --quiet --override-arch "$own" "oci-archive:$IMAGES/$name.tar" "dir:$BATS_TEST_TMPDIR/$name"
		equal "$(sha256sum <"$BATS_TEST_TMPDIR/$name/manifest.json" | cut --delimiter ' ' --fields 1)" "$(manifest_digest "$name" "$own" | cut --delimiter : --fields 2)"
		equal "$(config "$name" "$own" .config.User)" "\"$user\""
	done
	equal "$(config onepassword-operator "$own" .config.Entrypoint | jq --compact-output .)" '["/manager"]'
}

@test "built at another path, from the same sources, an image has the same digest" {
	local copy=$BATS_TEST_TMPDIR/elsewhere/deep name
	equal "$(git -C "$root" rev-parse HEAD) (make image)" "$(config connect-server "$own" '.config.Labels["org.opencontainers.image.revision"]' | jq --raw-output .) (make image)"
	git clone --quiet --shared "$root" "$copy"
	# With what is not committed yet.
	git -C "$root" ls-files --cached --others --exclude-standard -z |
		tar --create --directory "$root" --null --files-from - --ignore-failed-read 2>/dev/null | tar --extract --directory "$copy"
	(cd "$copy" && CCACHE_DISABLE=1 IMAGE_ARCHITECTURES=$own make --silent BUILD=build --jobs "$(nproc)" image >"$BATS_TEST_TMPDIR/log" 2>&1) || {
		tail -n 20 "$BATS_TEST_TMPDIR/log" >&2
		return 1
	}
	for name in "${images[@]}"; do
		equal "$(jq --raw-output '.manifests[0].digest' "$copy/build/image/$name/index.json")" "$(manifest_digest "$name" "$own")"
	done
}

@test "as their user, with read-only roots, operator and opc say what they need, and connect-server serves" {
	local dir=$BATS_TEST_TMPDIR/connect port pid
	unpack_image onepassword-operator "$own" "$BATS_TEST_TMPDIR/operator"
	in_image "$BATS_TEST_TMPDIR/operator" "$user" -- /manager --help | grep --quiet -- --leader-elect
	run -1 in_image "$BATS_TEST_TMPDIR/operator" "$user" -- /manager
	[[ $output == *OP_CONNECT_HOST* ]]
	unpack_image opc "$own" "$BATS_TEST_TMPDIR/opc"
	run -1 in_image "$BATS_TEST_TMPDIR/opc" "$user" -- /opc read op://demo/item/field
	[[ $output == *'not signed in'* ]]

	unpack_image connect-server "$own" "$BATS_TEST_TMPDIR/server"
	"${as_root[@]}" install --directory --owner 65532 --group 65532 --mode 0700 "$dir"
	in_image "$BATS_TEST_TMPDIR/server" "$user" "$dir" -- /connect-server init --data "$dir/data" --credentials "$dir/1password-credentials.json" \
		--admin-key "$dir/administrator-key.json" --vault demo >"$BATS_TEST_TMPDIR/token"
	port=$(pick_port)
	in_image "$BATS_TEST_TMPDIR/server" "$user" "$dir" -- /connect-server serve --data "$dir/data" \
		--credentials "$dir/1password-credentials.json" --listen "127.0.0.1:$port" >"$BATS_TEST_TMPDIR/serve.log" 2>&1 3>&- 4>&- &
	pid=$!
	wait_for curl --silent --fail --max-time 5 --output /dev/null --header "Authorization: Bearer $(<"$BATS_TEST_TMPDIR/token")" \
		"http://127.0.0.1:$port/v1/vaults"
	equal "$("${as_root[@]}" stat --format %u "/proc/$(pgrep --newest --full "connect-server serve --data $dir/data")")" 65532
	"${as_root[@]}" kill "$(pgrep --newest --full "connect-server serve --data $dir/data")"
	wait "$pid"
}

@test "the programs for the other architecture run under an emulator" {
	local other=arm64 emulator=qemu-aarch64-static name program
	[ "$own" != arm64 ] || other=amd64 emulator=qemu-x86_64-static
	for name in "${images[@]}"; do
		unpack_image "$name" "$other" "$BATS_TEST_TMPDIR/$name"
		program=$BATS_TEST_TMPDIR/$name$(config "$name" "$other" .config.Entrypoint[0] | jq --raw-output .)
		"$emulator" -L "$BATS_TEST_TMPDIR/$name" "$program" --help >"$BATS_TEST_TMPDIR/help"
		grep --quiet "$name" "$BATS_TEST_TMPDIR/help"
	done
	"$emulator" -L "$BATS_TEST_TMPDIR/connect-server" "$BATS_TEST_TMPDIR/connect-server/connect-server" init --data "$BATS_TEST_TMPDIR/data" \
		--credentials "$BATS_TEST_TMPDIR/credentials" --admin-key "$BATS_TEST_TMPDIR/admin" --vault demo | grep --quiet '\..*\.'
}

@test "the bill of materials names each library's package, and the provenance the image" {
	local name library packages
	for name in "${images[@]}"; do
		packages=$(jq --raw-output '.packages[].name' "$IMAGES/$name.$own.spdx.json")
		unpack_image "$name" "$own" "$BATS_TEST_TMPDIR/$name"
		for library in "$BATS_TEST_TMPDIR/$name"/usr/lib/*-linux-gnu/*.so*; do
			dpkg --search "*/$(basename "$library")" | cut --delimiter : --fields 1 | grep --quiet --line-regexp --file <(echo "$packages")
		done
		while read -r package; do
			[ -s "$BATS_TEST_TMPDIR/$name/usr/share/doc/$package/copyright" ] || [ "$package" = "$name" ]
		done <<<"$packages"
		equal "sha256:$(jq --raw-output '.subject[0].digest.sha256' "$IMAGES/$name.provenance.json")" "$(image_digest "$name")"
	done
}
