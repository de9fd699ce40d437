# shellcheck shell=bash
# The images that `make image` left in E2E_BUILD/image, and programs run out of them.

IMAGES=$E2E_BUILD/image

# blob NAME DIGEST: its path.
blob() { echo "$IMAGES/$1/blobs/${2/://}"; }

# image_digest NAME: that of its index, or of its only manifest.
image_digest() { jq --raw-output '.manifests[0].digest' "$IMAGES/$1/index.json"; }

# manifest_digest NAME ARCHITECTURE
manifest_digest() {
	local top
	top=$(blob "$1" "$(image_digest "$1")")
	jq --raw-output --arg architecture "$2" '.manifests[] | select(.platform.architecture == $architecture).digest' "$top"
}

# unpack_image NAME ARCHITECTURE DIR
unpack_image() {
	local manifest layer
	manifest=$(blob "$1" "$(manifest_digest "$1" "$2")")
	mkdir -p "$3"
	jq --raw-output '.layers[].digest' "$manifest" | while read -r layer; do
		tar --extract --gzip --preserve-permissions --same-owner --file "$(blob "$1" "$layer")" --directory "$3"
	done
}

as_root=()
((EUID == 0)) || as_root=(sudo)

# in_image ROOT USER WRITABLE_DIR... -- COMMAND...: in that read-only root, where only the named directories (of this
# machine, at the same place there) can be written. It has no other environment than PATH and HOME.
in_image() {
	local root=$1 user=$2 writable=() dir script
	shift 2
	while [ "$1" != -- ]; do
		writable+=("$1")
		shift
	done
	shift
	for dir in "${writable[@]}" /proc /dev; do
		mkdir -p "$root/$dir"
	done
	# shellcheck disable=SC2016 # Expanded by the inner shell.
	# Where / is no mount point of its own, as in a chroot, its propagation can't be changed, and need not be.
	script='mount --make-rprivate / 2>/dev/null || true
		root=$1 user=$2 writable=$3; shift 3
		mount --bind "$root" "$root"
		for dir in $writable /proc /dev; do mount --rbind "$dir" "$root$dir"; done
		mount --options remount,bind,ro "$root"
		exec chroot --userspec="$user" "$root" "$@"'
	"${as_root[@]}" env --ignore-environment PATH="$PATH" HOME=/ unshare --mount --propagation unchanged \
		bash -euc "$script" - "$root" "$user" "${writable[*]}" "$@"
}

# wrap_image NAME ROOT PROGRAM DIR WRAPPER: writes a script that runs the program out of the image as the caller, with
# the caller's environment, and with what lies in DIR.
wrap_image() {
	local as_user=
	((EUID == 0)) || as_user='--user --map-root-user'
	mkdir -p "$2/$4" "$2/proc" "$2/dev"
	cat >"$5" <<-END
		#!/bin/bash
		# $1 out of its image.
		exec unshare $as_user --mount --propagation unchanged bash -euc '
			mount --make-rprivate / 2>/dev/null || true
			mount --bind $2 $2
			for dir in $4 /proc /dev; do mount --rbind "\$dir" "$2\$dir"; done
			mount --options remount,bind,ro $2
			exec chroot $2 $3 "\$@"' - "\$@"
	END
	chmod +x "$5"
}
