# shellcheck shell=bash
# Builds fuzzers and runs them. Sourced, after common.sh.

# corpora_of NAME: the folders of test/fuzz/corpus that fuzz_NAME begins with.
corpora_of() {
  case $1 in
    frame) printf '%s\n' frame request ;;
    *) printf '%s\n' "$1" ;;
  esac
}

# run_fuzzers SECONDS NAME...: builds the fuzzers, with AddressSanitizer and
# UndefinedBehaviorSanitizer, and runs each for so long, from its corpus. What
# it crashes on is kept, and named.
run_fuzzers() {
  local seconds=$1 name folder found status=0
  shift
  # shellcheck disable=SC2034 # build_in reads it
  local -a build_targets=("${@/#/fuzz_}") corpora
  CC=clang CXX=clang++ build_in fuzz debug -DHIISI_FUZZERS=ON || return 1
  for name in "$@"; do
    say "--- fuzz_$name, $seconds s"
    corpora=()
    for folder in $(corpora_of "$name"); do
      corpora+=("$root/test/fuzz/corpus/$folder")
    done
    # What it finds is written into the first folder.
    found=$(mktemp -d)
    if ! "$root/build/fuzz/bin/fuzz_$name" -max_total_time="$seconds" \
      -print_final_stats=1 -verbosity=0 -artifact_prefix="$found/" "$found" \
      "${corpora[@]}" >"$found/log" 2>&1; then
      tail -n 30 "$found/log" >&2
      warn "what it crashed on lies in $found; make it a test case"
      status=1
      continue
    fi
    sed -n 's/^stat::number_of_executed_units: */executions: /p' "$found/log"
    rm -rf "$found"
  done
  return "$status"
}
