# shellcheck shell=bash
# Programs that others wrote, in the versions that are pinned below e2e/clients. Each is made ready once below the build folder.

# foreign NAME: sets FOREIGN to the folder of e2e/clients/NAME, ready to be run.
foreign() {
	local from=$E2E_LIB/../clients/$1
	FOREIGN=$E2E_BUILD/foreign/$1
	diff --recursive --brief "$from" "$FOREIGN/from" >/dev/null 2>&1 && return
	rm -rf "$FOREIGN"
	mkdir -p "$FOREIGN"
	cp -r "$from/." "$FOREIGN"
	[ ! -e "$from/requirements.txt" ] || python_packages
	[ ! -e "$from/package.json" ] || (cd "$FOREIGN" && timeout 300 npm ci --ignore-scripts --no-audit --no-fund --loglevel error)
	[ ! -e "$from/go.mod" ] || timeout 300 "$E2E_LIB/../controlplane/build" --program "$FOREIGN"
	cp -r "$from" "$FOREIGN/from"
}

# Into a virtual environment, by their hashes.
python_packages() {
	python3 -m venv "$FOREIGN/venv"
	timeout 300 "$FOREIGN/venv/bin/pip" --quiet --disable-pip-version-check install --require-hashes --requirement "$FOREIGN/requirements.txt"
}
