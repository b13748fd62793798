# shellcheck shell=bash
# Where an installation puts what; shared by install and uninstall. Sourced,
# after common.sh. DESTDIR, where it is set, goes before every path that is
# written, and then nothing else of the machine is touched: no user, no unit.

destdir=${DESTDIR:-}
destdir=${destdir%/}
prefix=/usr/local

# set_prefix DIR: checks and takes the prefix.
set_prefix() {
  [[ $1 == /* ]] || die "the prefix must be an absolute path, and '$1' is none"
  # It goes into units and sed scripts as it is.
  [[ $1 =~ ^[A-Za-z0-9_./+-]+$ ]] \
    || die "the prefix '$1' has characters other than letters, digits and _./+-"
  prefix=${1%/}
}

# unit_dir, tmpfiles_dir: where systemd looks for those of this prefix.
unit_dir() {
  case $prefix in
    /usr | /usr/local) echo "$prefix/lib/systemd/system" ;;
    *) echo /etc/systemd/system ;;
  esac
}
tmpfiles_dir() {
  case $prefix in
    /usr | /usr/local) echo "$prefix/lib/tmpfiles.d" ;;
    *) echo /etc/tmpfiles.d ;;
  esac
}

# shellcheck disable=SC2034 # for those who source this
units=(hiisi-keeper.service hiidet.service hiisi-shutdown.service)

# Manual pages, each for the section that its name ends in.
# shellcheck disable=SC2034
pages=(hiisi.1 hiidet.ron.5 hiidet.8 hiisi-keeper.8 \
  hiisi-rotate.8 hiisi-logger.8)
page_file() { echo "$prefix/share/man/man${1##*.}/$1"; }

# completion_file: where bash-completion looks for it when hiisi is first
# completed; it must be named as the program is.
completion_file() { echo "$prefix/share/bash-completion/completions/hiisi"; }

# live: whether this is about the running system rather than about DESTDIR.
live() { [[ -z $destdir ]]; }

# with_systemd: whether systemd runs this machine, and we are to speak to it.
with_systemd() { live && [[ -d /run/systemd/system ]]; }

# installed_processes: the pids of hiidet and hiisi-keeper that run from this
# prefix, also of programs that an upgrade has replaced since.
installed_processes() {
  local link target
  for link in /proc/[0-9]*/exe; do
    target=$(readlink "$link" 2>/dev/null) || continue
    case ${target% (deleted)} in
      "$prefix/sbin/hiidet" | "$prefix/sbin/hiisi-keeper")
        link=${link#/proc/}
        printf '%s\n' "${link%/exe}"
        ;;
    esac
  done
}

need_root() {
  ! live || ((EUID == 0)) || die "this takes root: sudo $0 $*"
}
