# shellcheck shell=bash
# A private instance of Hiisi under a temporary directory, and its end without
# a trace. Sourced, after common.sh, with the programs in PATH.

instance_dir=
# Where the runtime directory lies, if not in there: who sets it has made it.
instance_runtime=
instance_daemon=
instance_logs=
instance_made_logs=
instance_prefix=
# What its hiidet.ron says; to be set before it is started.
instance_config=

# wait_until SECONDS COMPLAINT COMMAND...: tries until the command succeeds.
wait_until() {
  local deadline=$((SECONDS + $1)) complaint=$2
  shift 2
  until "$@"; do
    ((SECONDS < deadline)) || die "$complaint in time"
    sleep 0.1
  done
}

# make_instance_dir WORD PREFIX [PARENT]: the directory, below PARENT or else
# /tmp, and what stop_instance needs to know: PREFIX is what the names of all its processes begin with, so that their
# log files can be told from others'. The daemon takes the home directory from
# the user database, not from HOME, and so does this.
make_instance_dir() {
  local home
  home=$(getent passwd "$EUID" | cut -d: -f6)
  [[ -d $home ]] || die "your home directory '$home' does not exist"
  instance_logs=$home/.logs
  instance_prefix=$2
  [[ -d $instance_logs ]] || instance_made_logs=1
  instance_dir=$(mktemp -d "${3:-/tmp}/hiisi-$1.XXXXXX")
  # A hiidet that drops root's privileges must be able to get in.
  chmod 755 "$instance_dir"
  trap stop_instance EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}

# start_instance WORD PREFIX: makes the directory, starts hiidet in it, and has
# the command line talk to it.
start_instance() {
  make_instance_dir "$1" "$2"
  export HIISI_SOCKET=$instance_dir/state/run/hiisi.sock HIISI_NO_AUTOSTART=1
  say "${instance_config:-()}" >"$instance_dir/hiidet.ron"
  hiidet --state-dir "$instance_dir/state" --socket "$HIISI_SOCKET" \
    --config "$instance_dir/hiidet.ron" >"$instance_dir/hiidet.log" 2>&1 &
  instance_daemon=$!
  wait_until 15 'hiidet did not start' instance_answers
}

instance_answers() {
  if ! kill -0 "$instance_daemon" 2>/dev/null; then
    cat "$instance_dir/hiidet.log" >&2
    die 'hiidet ended right after its start; what it said is above'
  fi
  hiisi status >/dev/null 2>&1
}

# instance_processes: the pids of our programs that have this instance's
# directory in their command lines. A keeper's guardian comes before it.
instance_processes() {
  local file program pid
  local -a words
  for file in /proc/[0-9]*/cmdline; do
    mapfile -d '' -t words 2>/dev/null <"$file" || continue
    program=${words[0]:-}
    case ${program##*/} in
      hiidet | hiisi-keeper | hiisi_bench | bench_*) ;;
      *) continue ;;
    esac
    [[ ${words[*]} == *"$instance_dir/"* \
      || ${words[*]} == *"${instance_runtime:-$instance_dir}/"* ]] || continue
    pid=${file#/proc/}
    printf '%s\n' "${pid%/cmdline}"
  done | sort -n
}

# stop_instance: ends its processes by their pids, removes its directory and
# the log files of what it ran. Serves as the script's EXIT trap as well.
stop_instance() {
  local status=$? signal=TERM deadline=$((SECONDS + 20)) pid
  trap - EXIT
  [[ -n $instance_dir ]] || return "$status"
  if [[ -n $instance_daemon ]] && kill -0 "$instance_daemon" 2>/dev/null; then
    timeout 60 hiisi rm --all >/dev/null 2>&1 || true
    kill -TERM "$instance_daemon" 2>/dev/null || true
  fi
  # A keeper with neither daemon nor service ends by itself, after 10 s.
  while pid=$(instance_processes) && [[ -n $pid ]]; do
    # shellcheck disable=SC2086 # several pids
    kill -"$signal" $pid 2>/dev/null || true
    ((SECONDS < deadline)) || signal=KILL
    ((SECONDS < deadline + 10)) || break
    sleep 0.1
  done
  [[ -z $instance_daemon ]] || wait "$instance_daemon" 2>/dev/null || true
  if ((status != 0)) && [[ -s $instance_dir/hiidet.log ]]; then
    warn 'the last lines of hiidet:'
    tail -n 15 "$instance_dir/hiidet.log" >&2
  fi
  rm -rf "$instance_dir" ${instance_runtime:+"$instance_runtime"}
  # There may be more of them than a command line takes.
  find "$instance_logs" -maxdepth 1 -type f \
    \( -name "*-$instance_prefix*.out" -o -name "*-$instance_prefix*.err" \
    -o -name "$instance_prefix*-floor-*" \) -delete 2>/dev/null || true
  [[ -z $instance_made_logs ]] || rmdir "$instance_logs" 2>/dev/null || true
  instance_daemon=
  [[ -z $pid ]] || {
    warn "these would not end: $pid"
    status=1
  }
  return "$status"
}
