#!/usr/bin/env bash
# The units under a systemd that runs: boots an overlay of this machine's root
# in namespaces of its own (processes, mounts, network, cgroups), installs Hiisi
# into it, and sees that it starts, that services outlive hiidet, that a
# shutdown walks their stop ladders, and that what has a restart policy is back
# after a reboot. Nothing of this machine is changed.
#
# Usage: live_units_test.sh [BIN]
# BIN is the folder with hiisi, hiidet and hiisi-keeper, build/release/bin if
# nothing is said. Where it cannot be run it says why, and fails not.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
source_tree=$PWD
bin=$(readlink -f "${1:-build/release/bin}")

skip() {
  echo "units, live: not run: $*"
  exit 0
}
fail() {
  echo "units, live: $*" >&2
  [[ -z ${machine:-} ]] || inside journalctl --no-pager --boot --lines 40 \
    --unit hiidet --unit hiisi-keeper --unit hiisi-shutdown >&2 || true
  exit 1
}

[[ -x $bin/hiidet ]] || skip "there is no $bin/hiidet; build Hiisi first"
((EUID == 0)) || skip 'it takes root'
[[ ! -e /var/lib/hiisi ]] || skip 'Hiisi is installed here, and what users run' \
  'with it must not be started a second time'
[[ -x /lib/systemd/systemd ]] || skip 'there is no systemd to boot'
hierarchy=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
[[ -n $hierarchy ]] || skip 'no cgroup2 hierarchy is mounted'
cgroup=$hierarchy/hiisi-live-$$
mkdir "$cgroup" 2>/dev/null || skip "$hierarchy cannot be written"

scratch=$(mktemp -d)
machine=
cleanup() {
  # cgroup.kill ends the whole machine, its systemd first of all.
  echo 1 2>/dev/null >"$cgroup/cgroup.kill" || true
  [[ -z $machine ]] || wait "$machine" 2>/dev/null || true
  local tries=100
  while [[ -d $cgroup ]] && ((tries-- > 0)); do
    find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.1
  done
  umount -l "$scratch" 2>/dev/null || true
  rm -rf "$scratch"
}
trap cleanup EXIT
mount -t tmpfs -o mode=755 tmpfs "$scratch"
mkdir "$scratch"/{up,work,root}

# Becomes the machine's first process. Its /proc/sys and /sys are read-only, so
# that nothing of the kernel's is set for the host.
cat >"$scratch/boot" <<'BOOT'
set -euo pipefail
cd "$1"
mount -t overlay -o "lowerdir=/,upperdir=$1/up,workdir=$1/work" overlay root
cd root
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
  touch "dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs tmpfs dev/shm
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -p run/host
pivot_root . run/host
cd /
# The programs and the tree that are installed, wherever they lie.
mkdir -p run/hiisi-source run/hiisi-bin
mount --bind "run/host$2" run/hiisi-source
mount --bind "run/host$3" run/hiisi-bin
umount -l run/host
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=hiisi-live \
  /lib/systemd/systemd --system --show-status=no --log-target=journal \
  --unit=multi-user.target
BOOT

# Of the host's own services none is wanted.
wants=etc/systemd/system/multi-user.target.wants
mkdir -p "$scratch/up/$wants"
for unit in "/$wants"/*; do
  [[ ! -L $unit ]] || mknod "$scratch/up/$unit" c 0 0
done

boot() {
  # A reboot looks from here like a hangup, which is no failure.
  (
    # shellcheck disable=SC2016 # for the shell that is started
    bash -c 'echo "$$" >"$1/cgroup.procs"
      exec unshare --mount --propagation private --pid --fork --uts --ipc \
        --net --cgroup bash "$2/boot" "$2" "$3" "$4"' \
      boot "$cgroup" "$scratch" "$source_tree" "$bin" || true
  ) >"$scratch/console" 2>&1 </dev/null &
  machine=$!
  eventually 120 settled_or_gone || true
  settled || {
    cat "$scratch/console" >&2
    [[ $1 == again ]] || skip 'systemd does not come up in namespaces here'
    fail 'it does not come up a second time'
  }
}
first_process() {
  head -n 1 "$cgroup/init.scope/cgroup.procs" 2>/dev/null
}
# inside COMMAND...: in the machine, as its root.
inside() {
  local pid
  pid=$(first_process)
  [[ -n $pid ]] || return 1
  nsenter --target "$pid" --mount --pid --uts --ipc --net --cgroup \
    env -i PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/root LC_ALL=C.UTF-8 "$@"
}
# as_user COMMAND...: in the machine, as a user of it.
as_user() {
  inside runuser -u hxlive -- env -C /home/hxlive HOME=/home/hxlive \
    HIISI_NO_AUTOSTART=1 "$@"
}
settled() {
  [[ $(inside systemctl is-system-running 2>/dev/null) =~ ^(running|degraded)$ ]]
}
gone() { ! kill -0 "$machine" 2>/dev/null; }
settled_or_gone() { settled || gone; }
# eventually SECONDS COMMAND...: until it succeeds.
eventually() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}
state_of() { as_user hiisi --json status "$1" | grep -o '"state":"[a-z]*"'; }
# The first is its own; those of its tree come after it.
pid_of() {
  as_user hiisi --json status "$1" | grep -o '"pid":[0-9]*' | head -n 1
}
# A daemon that has just started serves before the keeper has told it the
# numbers of its processes.
is_still() { [[ $(pid_of "$1" 2>/dev/null) == "$2" ]]; }
is() { [[ $(state_of "$1" 2>/dev/null) == "\"state\":\"$2\"" ]]; }
serves() { as_user hiisi status >/dev/null 2>&1; }
active() { inside systemctl --quiet is-active "$1"; }

boot first
inside useradd --create-home hxlive
inside bash -c 'cd /run/hiisi-source && ./deploy/install --from /run/hiisi-bin' \
  >"$scratch/said" 2>&1 || {
  cat "$scratch/said" >&2
  fail 'it cannot be installed'
}
for unit in hiidet hiisi-keeper hiisi-shutdown; do
  active "$unit" || fail "$unit.service is not active"
done
[[ $(inside systemctl show hiidet -P NRestarts) == 0 ]] \
  || fail 'hiidet needed more than one start'

# shellcheck disable=SC2016 # for the shell that is started
as_user hiisi run --restart --name polite sh -c \
  'trap "echo had INT; exit 0" INT; echo up; while :; do sleep 0.1; done' >/dev/null
# shellcheck disable=SC2016
as_user hiisi run --restart --stop-timeout 1 --name stubborn sh -c \
  'trap "" INT; trap "echo had TERM; exit 0" TERM; while :; do sleep 0.1; done' \
  >/dev/null
as_user hiisi run --name plain sleep 1000 >/dev/null
as_user hiisi run --restart --name stopped sleep 1000 >/dev/null
as_user hiisi stop stopped >/dev/null
[[ $(as_user hiisi port allocate 8080) == 8080 ]] || fail 'no port was given'
inside systemd-cgls --no-pager --unit hiisi-keeper.service \
  | grep -q 'sleep 1000' || fail "a service is not in the keeper's cgroup"

before=$(pid_of polite)
inside systemctl restart hiidet
eventually 60 serves || fail 'nobody serves after a restart'
eventually 20 is_still polite "$before" || fail 'a restart of hiidet cost a service'
inside systemctl kill --signal KILL hiidet
eventually 60 serves || fail 'nobody serves after a crash'
eventually 20 is_still polite "$before" || fail 'a crash of hiidet cost a service'
inside systemctl reload hiidet
inside bash -c 'cd /run/hiisi-source && ./deploy/install --from /run/hiisi-bin' \
  >/dev/null 2>&1 || fail 'it cannot be installed over itself'
eventually 60 serves || fail 'nobody serves after an upgrade'
eventually 20 is_still polite "$before" || fail 'an upgrade cost a service'
as_user grep -qx up .logs/1-polite.out || fail 'a log is not where it should be'
echo 'units, live: they start, and services outlive hiidet'

inside systemctl reboot || true
eventually 120 gone || fail 'the machine does not go down'
wait "$machine" 2>/dev/null || true
logs=$scratch/up/home/hxlive/.logs
grep -qx 'had INT' "$logs/1-polite.out" || fail 'no SIGINT came at the shutdown'
grep -qx 'had TERM' "$logs/2-stubborn.out" \
  || fail 'the ladder was not climbed at the shutdown'
echo 'units, live: a shutdown walks the stop ladders'

boot again
eventually 60 serves || fail 'nobody serves after the reboot'
eventually 60 is polite running || fail 'what had a policy is not back'
eventually 60 is stubborn running || fail 'what had a policy is not back'
is plain stopped || is plain exited || fail 'what had no policy is back'
is stopped stopped || fail 'what was stopped is back'
as_user hiisi port lookup | grep -q 8080 || fail 'a port was lost'
inside bash -c 'cd /run/hiisi-source && ./deploy/uninstall --purge' \
  >"$scratch/said" 2>&1 || {
  cat "$scratch/said" >&2
  fail 'it cannot be removed'
}
! active hiidet || fail 'hiidet is still there after its removal'
[[ -z $(inside pgrep -u hxlive || true) ]] || fail 'a service outlived the removal'
echo 'units, live: what had a restart policy is back after a reboot'
