# shellcheck shell=bash
# Waiting for what is to come true, instead of for time to pass.

patience_s=60
pause_s=0.1 # between two looks

# wait_for COMMAND...: until it succeeds.
wait_for() {
	local deadline=$((SECONDS + patience_s))
	until "$@"; do
		if ((SECONDS >= deadline)); then
			echo "gave up after $patience_s s: $*" >&2
			return 1
		fi
		sleep "$pause_s"
	done
}

# fails COMMAND...: for wait_for and for checks; bash's own ! is no command, and its failure ends no test.
fails() { ! "$@"; }
