# shellcheck shell=bash
# Knowing processes for sure: a pid alone may by now belong to someone else, a pid with its start time does not.

# process_field PID N: the Nth field of /proc/PID/stat after the name, which may itself contain blanks. 1 is the state.
process_field() {
	local line fields
	read -r line 2>/dev/null <"/proc/$1/stat" || return 1
	read -r -a fields <<<"${line##*) }"
	echo "${fields[$2 - 1]}"
}

process_start_time() { process_field "$1" 20; }

# is_running PID START_TIME; a zombie has ended.
is_running() {
	[ "$(process_start_time "$1" 2>/dev/null)" = "$2" ] && [ "$(process_field "$1" 1 2>/dev/null)" != Z ]
}

# The process that called us. A subshell, as in $(...) or bats' run, may end at once: then its shell is meant,
# which is told by the same command line.
calling_process() {
	local pid=$PPID parent
	while parent=$(process_field "$pid" 2) && [ "$parent" -gt 1 ] && cmp --quiet "/proc/$pid/cmdline" "/proc/$parent/cmdline"; do
		pid=$parent
	done
	echo "$pid"
}

# Outside the usual range for outgoing connections, so that only another server can be in the way.
pick_port() {
	local port
	while port=$((20000 + RANDOM % 12000)); do
		(: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	echo "$port"
}

# Nobody who waits for the end of a pipe, or for a lock, should wait for what runs on in the background.
close_inherited_files() {
	local path fd
	for path in "/proc/$BASHPID/fd"/*; do
		fd=${path##*/}
		[ "$fd" -le 2 ] || [ "$fd" -eq 255 ] || eval "exec $fd>&-"
	done
}

# has_ended PID: also when its parent has not noticed yet.
has_ended() {
	local state
	state=$(process_field "$1" 1) || return 0
	[ "$state" = Z ]
}
