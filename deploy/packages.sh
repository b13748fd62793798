# shellcheck shell=bash
# Which Debian packages serve which purpose, and how missing ones are
# installed. Sourced, after common.sh.

# packages_for PURPOSE: the packages, one a line.
packages_for() {
  case $1 in
    build)
      printf '%s\n' build-essential cmake ninja-build pkg-config libcaf-dev \
        nlohmann-json3-dev libcxxopts-dev libspdlog-dev libsystemd-dev \
        libseccomp-dev libboost-dev prometheus-cpp-dev libzstd-dev
      ;;
    quickstart) # a TCP server that everybody knows
      printf '%s\n' python3
      ;;
    test) # systemd for systemd-analyze, passwd for throw-away users, bindfs for
      # a home that root may not enter
      printf '%s\n' libboost-test-dev shellcheck systemd passwd prometheus \
        bindfs fuse3
      ;;
    tsan) # to unpack CAF's source package
      printf '%s\n' xz-utils
      ;;
    fuzz)
      printf '%s\n' clang libclang-rt-dev
      ;;
    *) die "no list of packages for '$1'" ;;
  esac
}

# missing_packages PACKAGE...: those that are not installed, one a line.
missing_packages() {
  local -A have=()
  local name status
  while read -r name status; do
    [[ $status == 'ok installed' ]] && have[${name%%:*}]=1
  done < <(dpkg-query -W -f '${Package} ${db:Status-Eflag} ${db:Status-Status}\n' \
    "$@" 2>/dev/null || true)
  for name in "$@"; do
    [[ -n ${have[$name]:-} ]] || printf '%s\n' "$name"
  done
}

# mask_services PACKAGE...: keeps services that come with packages from being
# started: the tests want the program prometheus alone, with its own files.
# Uses as_root of its caller.
mask_services() {
  local unit=/etc/systemd/system/prometheus.service
  [[ " $* " == *' prometheus '* && ! -e $unit && ! -L $unit ]] || return 0
  "${as_root[@]}" mkdir -p "${unit%/*}"
  "${as_root[@]}" ln -s /dev/null "$unit"
  say "Its service is kept from running; to use it: systemctl unmask prometheus"
}

# need_packages PURPOSE...: installs what is missing of these purposes'
# packages, saying which, and nothing else. Needs root or sudo only then.
need_packages() {
  local purpose
  local -a wanted=() missing=() as_root=()
  for purpose in "$@"; do
    mapfile -t -O "${#wanted[@]}" wanted < <(packages_for "$purpose")
  done
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    warn "this is no Debian or Ubuntu, so nothing is installed; needed are," \
      "by Debian's names: ${wanted[*]}"
    return 0
  fi
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  if ((${#missing[@]} == 0)); then
    say "Packages: all ${#wanted[@]} that are needed are installed."
    return 0
  fi
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "these packages are missing, and" \
      "installing them takes root or sudo: ${missing[*]}." \
      "As root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "Installing with apt-get: ${missing[*]}"
  mask_services "${missing[@]}"
  local log
  log=$(mktemp)
  local -a install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive
    apt-get -qq -o DPkg::Lock::Timeout=120 install --yes
    --no-install-recommends "${missing[@]}")
  # Lists that are missing or out of date are fetched once, when they prove so.
  if ! { have_package_lists && "${install[@]}" >"$log" 2>&1; }; then
    if ! { "${as_root[@]}" apt-get -qq update && "${install[@]}"; } \
      >"$log" 2>&1; then
      tail -n 30 "$log" >&2
      rm -f "$log"
      die "apt-get could not install: ${missing[*]}"
    fi
  fi
  rm -f "$log"
  say "Installed ${#missing[@]} packages (and what they depend on)."
}

# have_package_lists: whether apt-get update has ever been run here.
have_package_lists() {
  compgen -G '/var/lib/apt/lists/*Packages*' >/dev/null
}
