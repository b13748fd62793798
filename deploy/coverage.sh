# shellcheck shell=bash
# How much of the code that runs as root the tests take. Sourced, after
# common.sh.

# root and build_targets are common.sh's.
# shellcheck disable=SC2034,SC2154

# keeper_coverage: builds the keeper for gcov, alone, runs the keeper's tests of
# build/asan with it in the place of their own, and prints how many of its
# branches they took, and which not. Sets covered to the figures. Needs root.
keeper_coverage() {
  local dir source keeper=$root/build/asan/bin/hiisi-keeper
  local -a build_targets=(hiisi-keeper test_os)
  CC=clang CXX=clang++ build_in asan asan -DHIISI_TESTS=ON || return 1
  dir=$(mktemp -d)
  # Its children write what they have counted as the users they have become.
  chmod 0755 "$dir"
  # A child that ends by itself writes it down before; who executes a program
  # does so by gcc's own doing.
  cat >"$dir/end.hpp" <<'END'
#include <unistd.h>
extern "C" void __gcov_dump(void);
#define _exit(status) (__gcov_dump(), _exit(status))
END
  (
    cd "$dir" || exit 1
    for source in "$root"/hiidet/keeper/*.cpp; do
      g++ -std=c++20 -O0 --coverage -fno-exceptions -fno-rtti -I"$root" \
        -DHIISI_VERSION='"0"' -include "$dir/end.hpp" -c "$source" || exit 1
      : >"$(basename "$source" .cpp).gcda"
    done
    g++ --coverage ./*.o -o hiisi-keeper
  ) || return 1
  chmod 0666 "$dir"/*.gcda
  # shellcheck disable=SC2016 # the inner shell fills them in
  unshare --mount --propagation private bash -c \
    'mount --bind "$1" "$2" && exec "$3" --run_test="keeper_*" \
      --run_test="!keeper_life/an_idle_keeper_does_not_wake" \
      --color_output=no' \
    coverage "$dir/hiisi-keeper" "$keeper" "$root/build/asan/bin/test_os" \
    >"$dir/log" 2>&1 || {
    tail -n 30 "$dir/log" >&2
    return 1
  }
  (cd "$dir" && gcov --branch-probabilities --branch-counts ./*.gcda) \
    >"$dir/figures" 2>/dev/null || return 1
  covered=$(awk -F"[:%' ]+" '
    /^File / { ours = $0 ~ /hiidet\/keeper\// }
    ours && /^Lines executed/ { lines += $5; hit += $3 * $5 / 100 }
    ours && /^Taken at least once/ { branches += $7; taken += $5 * $7 / 100 }
    END { printf "%d of %d branches (%.1f %%), %d of %d lines", taken + 0.5,
      branches, 100 * taken / branches, hit + 0.5, lines }' "$dir/figures")
  say "hiidet/keeper: tests take $covered"
  # Each branch that was never taken, by its line.
  awk -F: 'FNR == 1 { file = FILENAME; sub(/\.gcov$/, "", file) }
    /^ *[0-9#=-]+\*?: *[0-9]+:/ {
      line = $2 + 0
      text = $3
      for (i = 4; i <= NF; ++i)
        text = text ":" $i
    }
    /^branch +[0-9]+ (never executed|taken 0)/ { ++missing[file ":" line]; said[file ":" line] = text }
    END { for (at in missing) printf "%s (%d):%s\n", at, missing[at], said[at] }' \
    "$dir"/{child,link,main,processes,tree}.cpp.gcov | sort -V >"$dir/missing"
  say 'Never taken, by line and number:'
  sed "s|^$dir/||" "$dir/missing"
  rm -rf "$dir"
}
