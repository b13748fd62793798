# shellcheck shell=bash
# Runs the tests of attacks with and without their defences. Sourced, after
# common.sh. Needs root, for the tests' users and for a mount of its own. The
# tree may change meanwhile: all is done in a copy of it.

# root and build_targets are common.sh's.
# shellcheck disable=SC2034,SC2154

# Programs of ours that a test program runs.
mutant_targets() {
  case $1 in
    test_system) printf '%s\n' hiidet hiisi hiisi-keeper test_system ;;
    test_os) printf '%s\n' hiisi-keeper test_os ;;
    *) printf '%s\n' "$1" ;;
  esac
}

# in_copy COMMAND...: runs it where the tree is the copy, under the same path,
# so that what the copied build has compiled is compiled.
in_copy() {
  # shellcheck disable=SC2016 # the inner shell fills them in
  unshare --mount --propagation private bash -c \
    'mount --bind "$1" "$2" && cd "$2" && shift 2 && exec "$@"' \
    mutant "$mutant_copy" "$root" "$@"
}

# mutant_test PROGRAM MODE CASES: how the test ends, within its time. A mutant may
# leave processes behind, which are known by their environment, and ended.
mutant_test() {
  local status=0 one
  local -a mode=() cases
  read -ra cases <<<"$3"
  [[ $2 == - ]] || mode=("HIISI_TEST_MODE=$2")
  in_copy timeout --kill-after=5 180 env "HIISI_MUTANTS=$$" "${mode[@]}" \
    "build/release/bin/$1" "${cases[@]/#/--run_test=}" --color_output=no \
    >"$mutant_copy/test.log" 2>&1 || status=$?
  for one in /proc/[0-9]*; do
    if grep -qsz "^HIISI_MUTANTS=$$\$" "$one/environ"; then
      kill -KILL "${one#/proc/}" 2>/dev/null || true
    fi
  done
  return "$status"
}

# mutant_build PROGRAM
mutant_build() {
  local -a targets
  mapfile -t targets < <(mutant_targets "$1")
  in_copy nice ninja -C build/release -j "$(jobs_for_memory)" "${targets[@]}" \
    >"$mutant_copy/build.log" 2>&1
}

# one_mutant ATTACK PROGRAM MODE CASES: says in mutant_said what came of it.
one_mutant() {
  local patch file
  local -a files
  patch=$mutant_copy/test/mutants/$(printf 'A%02d' "${1#A}").patch
  mutant_said='no mutant'
  [[ -f $patch ]] || return 0
  mutant_said='does not apply'
  patch --dry-run -s -p1 -d "$mutant_copy" <"$patch" >/dev/null || return 0
  mapfile -t files < <(sed -n 's|^+++ b/||p' "$patch")
  (cd "$mutant_copy" && cp --parents "${files[@]}" pristine/)
  patch -s --no-backup-if-mismatch -p1 -d "$mutant_copy" <"$patch"
  mutant_said='does not build'
  if mutant_build "$2"; then
    mutant_said=noticed
    ! mutant_test "$2" "$3" "$4" || mutant_said='NOT NOTICED'
  fi
  # As new, or ninja would take what was made of the mutant for up to date.
  for file in "${files[@]}"; do
    cp "$mutant_copy/pristine/$file" "$mutant_copy/$file"
  done
}

# run_mutants [ATTACK...]: all of test/attacks.tsv, or those.
run_mutants() {
  ((EUID == 0)) || {
    warn 'mutants need root'
    return 1
  }
  local only=" $* " attack title program mode cases repelled=0 proven=0 all=0
  local result mutant_said
  local -a build_targets=()
  while read -r program; do
    mapfile -t -O "${#build_targets[@]}" build_targets \
      < <(mutant_targets "$program")
  done < <(awk -F'\t' '/^A/ { print $3 }' "$root/test/attacks.tsv" | sort -u)
  build_in release release -DHIISI_TESTS=ON || return 1
  mutant_copy=$root/build/mutants
  rm -rf "$mutant_copy"
  mkdir -p "$mutant_copy"/{build,pristine}
  find "$root" -mindepth 1 -maxdepth 1 ! -name build ! -name .git \
    -exec cp -a -t "$mutant_copy" {} + || return 1
  cp -a "$root/build/release" "$mutant_copy/build/" || return 1
  printf '%-4s %-56s %-9s %s\n' '' attack repelled mutant
  while IFS=$'\t' read -r attack title program mode cases; do
    [[ $attack == A* ]] || continue
    [[ $only == '  ' || $only == *" $attack "* ]] || continue
    all=$((all + 1))
    result=NO
    mutant_said='not run'
    if mutant_build "$program" && mutant_test "$program" "$mode" "$cases"; then
      result=yes
      repelled=$((repelled + 1))
      one_mutant "$attack" "$program" "$mode" "$cases"
      [[ $mutant_said != noticed ]] || proven=$((proven + 1))
    fi
    printf '%-4s %-56s %-9s %s\n' "$attack" "$title" "$result" "$mutant_said"
  done <"$mutant_copy/test/attacks.tsv"
  say "attacks repelled: $repelled of $all, proven by a mutant: $proven"
  rm -rf "$mutant_copy"
  ((repelled == all && proven == all))
}
