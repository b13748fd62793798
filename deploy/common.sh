# shellcheck shell=bash
# What the scripts of deploy/ share. Sourced, after `set -euo pipefail`.

# The top of the source tree.
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

# What the caller's session carries must not change what a script does.
export LC_ALL=C.UTF-8
unset "${!HIISI_@}" "${!XDG_@}" NOTIFY_SOCKET LISTEN_FDS LISTEN_PID \
  WATCHDOG_USEC WATCHDOG_PID CDPATH GREP_OPTIONS
umask 022

say() { printf '%s\n' "$*"; }
warn() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() {
  warn "$@"
  exit 1
}

# usage: prints the comment at the head of the script, as its --help.
usage() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"; }

# How many compilers may run at once: one for each core, but at most one for
# each 1.5 GB of memory that is free, since CAF's headers are dear.
jobs_for_memory() {
  local cores kib
  cores=$(nproc)
  kib=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo)
  local by_memory=$((${kib:-1500000} / 1500000))
  ((by_memory >= 1)) || by_memory=1
  echo $((cores < by_memory ? cores : by_memory))
}

# configured_as DIR KEY: the value of KEY in the build directory's cache.
configured_as() {
  [[ ! -f $1/CMakeCache.txt ]] || sed -n "s/^$2:[A-Z]*=//p" "$1/CMakeCache.txt"
}

# build_in NAME PRESET [CMAKE-ARGUMENT...]: configures and builds build/NAME,
# all of it or the targets in build_targets.
build_targets=(all)
# At a terminal the compiler's progress is seen; elsewhere it goes into
# build/NAME/build.log, the end of which is shown when the build fails.
# Where root builds in the tree of an ordinary user, it builds as that user, so
# that no file of root's is left in it.
build_in() {
  local name=$1 preset=$2 owner dir jobs
  shift 2
  dir=$root/build/$name
  local -a as=() launcher=()
  owner=$(stat -c %u "$root")
  if ((EUID == 0 && owner != 0)) && getent passwd "$owner" >/dev/null; then
    if [[ ! -e $root/build || $(stat -c %u "$root/build") == "$owner" ]] \
      && [[ ! -e $dir || $(stat -c %u "$dir") == "$owner" ]]; then
      as=(runuser -u "$(id -nu "$owner")" --)
    fi
  fi
  if command -v ccache >/dev/null; then
    launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache
      -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    # Without these it does not cache what uses precompiled headers.
    as+=(env "CCACHE_SLOPPINESS=pch_defines,time_macros${CCACHE_SLOPPINESS:+,$CCACHE_SLOPPINESS}")
  fi
  jobs=$(jobs_for_memory)
  say "Building build/$name, $jobs compilers at once" \
    "(some minutes the first time)."
  local -a configure=("${as[@]}" cmake -S "$root" --preset "$preset" -B "$dir"
    "${launcher[@]}" "$@")
  local -a build=("${as[@]}" cmake --build "$dir" -j "$jobs"
    --target "${build_targets[@]}")
  cd "$root" || return 1
  "${as[@]}" mkdir -p "$dir" || return 1
  if [[ -t 1 ]]; then
    "${configure[@]}" >/dev/null && "${build[@]}"
  elif ! { "${configure[@]}" && "${build[@]}"; } 2>&1 \
    | "${as[@]}" tee "$dir/build.log" >/dev/null; then
    tail -n 60 "$dir/build.log" >&2
    warn "the build of build/$name failed; all of it is in $dir/build.log"
    return 1
  fi
}

# build_release: for the scripts that only need the programs. What a build of
# deploy/test has already set in build/release stays, so that neither makes
# the other build everything again.
build_release() {
  local -a arguments=()
  [[ -n $(configured_as "$root/build/release" HIISI_TESTS) ]] \
    || arguments=(-DHIISI_TESTS=OFF)
  build_in release release "${arguments[@]}"
}
