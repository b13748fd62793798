#!/usr/bin/env bash
# deploy/install and deploy/uninstall, twice each: into a DESTDIR, with nothing
# outside of it touched; and as root for real, in a mount namespace whose /etc,
# /usr and /var are copies that go away with it.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
  echo "$*" >&2
  exit 1
}

mkdir "$scratch/one" "$scratch/two"
for program in hiisi hiidet hiisi-keeper hiisi-rotate hiisi-logger; do
  cp /bin/true "$scratch/one/$program"
  cp /bin/false "$scratch/two/$program"
done

# What a real installation would write, with times and owners.
outside() {
  stat -c '%n %i %Y %U' /etc/hiisi /etc/hiisi/* /var/lib/hiisi /run/hiisi \
    /usr/local/*bin/hii* /usr/local/lib/systemd/system/hii* \
    /usr/local/lib/tmpfiles.d/hiisi.conf /etc/systemd/system/hii* \
    /usr/local/share/man/man*/hii* \
    /usr/local/share/bash-completion/completions/hiisi 2>/dev/null \
    || true
  getent passwd hiisi || true
  getent group hiisi hiisi-admin || true
}
# listing DIR: its files with modes, and what is in them.
listing() {
  (cd "$1" && find . -printf '%p %M %l\n' | sort \
    && find . -type f -exec sha256sum {} + | sort)
}

before=$(outside)
export DESTDIR=$scratch/root
./deploy/install --no-start --from "$scratch/one" >/dev/null
first=$(listing "$DESTDIR")
inode=$(stat -c %i "$DESTDIR/usr/local/sbin/hiidet")
for file in usr/local/bin/hiisi usr/local/sbin/hiidet \
  usr/local/sbin/hiisi-keeper usr/local/sbin/hiisi-rotate \
  usr/local/sbin/hiisi-logger etc/hiisi/hiidet.ron \
  usr/local/lib/systemd/system/hiidet.service \
  usr/local/lib/systemd/system/hiisi-keeper.service \
  usr/local/lib/systemd/system/hiisi-shutdown.service \
  usr/local/lib/tmpfiles.d/hiisi.conf \
  usr/local/share/bash-completion/completions/hiisi; do
  [[ -f $DESTDIR/$file ]] || fail "$file was not installed"
done
# Every page there is, in the section that it says it belongs to.
for page in deploy/man/*; do
  section=$(sed -n 's/^\.Dt [^ ]* \([1-9]\).*/\1/p' "$page")
  cmp "$page" "$DESTDIR/usr/local/share/man/man$section/${page##*/}" \
    || fail "$page was not installed into section $section"
done
[[ $(stat -c %a "$DESTDIR/var/lib/hiisi") == 700 ]] \
  || fail 'others may enter the state directory'

./deploy/install --no-start --from "$scratch/one" >/dev/null
[[ $(listing "$DESTDIR") == "$first" ]] || fail 'a second run changed something'
[[ $(stat -c %i "$DESTDIR/usr/local/sbin/hiidet") != "$inode" ]] \
  || fail 'a program was overwritten in place instead of replaced'

# An upgrade keeps the configuration as it was edited.
echo '(log_level: "debug")' >"$DESTDIR/etc/hiisi/hiidet.ron"
./deploy/install --no-start --from "$scratch/two" >/dev/null
[[ $(<"$DESTDIR/etc/hiisi/hiidet.ron") == '(log_level: "debug")' ]] \
  || fail 'an edited configuration was overwritten'
cmp -s deploy/hiidet.ron "$DESTDIR/etc/hiisi/hiidet.ron.new" \
  || fail 'the new configuration was not put beside the old one'
! "$DESTDIR/usr/local/sbin/hiidet" || fail 'an upgrade left an old program'

./deploy/uninstall >/dev/null
[[ -z $(find "$DESTDIR/usr" ! -type d) ]] || fail 'uninstall left files'
[[ -f $DESTDIR/etc/hiisi/hiidet.ron && -d $DESTDIR/var/lib/hiisi ]] \
  || fail 'uninstall removed configuration or state without --purge'
./deploy/uninstall >/dev/null || fail 'a second uninstall fails'
./deploy/uninstall --purge >/dev/null
[[ -z $(find "$DESTDIR" ! -type d) ]] || fail 'uninstall --purge left files'

for bad in relative/path '/with space' "/semi;colon"; do
  ! ./deploy/install --prefix "$bad" --from "$scratch/one" 2>/dev/null \
    || fail "the prefix '$bad' was taken"
done
[[ $(outside) == "$before" ]] || fail 'something outside of DESTDIR was touched'
echo 'install: into DESTDIR, all as expected'

# -- For real, in a namespace ----------------------------------------------------
unset DESTDIR
if ((EUID != 0)); then
  echo 'install: not run for real, which takes root'
  exit 0
fi
cat >"$scratch/real.sh" <<'REAL'
set -euo pipefail
scratch=$1
fail() {
  echo "$*" >&2
  exit 1
}
mount -t tmpfs tmpfs "$scratch/layers"
for dir in etc usr var; do
  mkdir -p "$scratch/layers/$dir/up" "$scratch/layers/$dir/work"
  mount -t overlay overlay -o "lowerdir=/$dir,upperdir=$scratch/layers/$dir/up,workdir=$scratch/layers/$dir/work" "/$dir" || exit 77
done
mount -t tmpfs tmpfs /run
./deploy/uninstall --purge >/dev/null
! getent passwd hiisi || fail 'the user is there before the installation'

./deploy/install --from "$scratch/one" >"$scratch/said"
grep -q 'not run by systemd' "$scratch/said" || fail 'not said how to start it'
[[ $(getent passwd hiisi) == hiisi:*:/nonexistent:/usr/sbin/nologin ]] \
  || fail "the user hiisi is wrong: $(getent passwd hiisi)"
getent group hiisi-admin >/dev/null || fail 'there is no group hiisi-admin'
[[ $(stat -c '%U %G %a' /var/lib/hiisi) == 'hiisi hiisi 700' ]] \
  || fail 'the state directory is not the daemon'"'"'s'
[[ $(stat -c '%U %G %a' /run/hiisi) == 'hiisi hiisi 755' ]] \
  || fail 'the runtime directory is not the daemon'"'"'s'
[[ $(stat -c '%U %a' /usr/local/sbin/hiisi-keeper) == 'root 755' ]] \
  || fail 'the keeper is not root'"'"'s'
passwd=$(</etc/passwd)
./deploy/install --from "$scratch/two" >/dev/null
[[ $(</etc/passwd) == "$passwd" ]] || fail 'an upgrade changed the users'
./deploy/uninstall >/dev/null
getent passwd hiisi >/dev/null || fail 'the user went without --purge'
./deploy/uninstall --purge >/dev/null
! getent passwd hiisi || fail 'the user stayed in spite of --purge'
! getent group hiisi-admin || fail 'the group stayed in spite of --purge'
[[ ! -e /var/lib/hiisi && ! -e /etc/hiisi ]] || fail '--purge left something'
REAL
mkdir "$scratch/layers"
status=0
# With process ids of its own as well: uninstall ends hiidet by its pid, and
# this machine's own is none of this test's business.
unshare --mount --propagation private --pid --fork --mount-proc \
  bash "$scratch/real.sh" "$scratch" || status=$?
case $status in
  0) echo 'install: for real, in a namespace, all as expected' ;;
  77) echo 'install: not run for real: no overlay file system here' ;;
  *) fail "install, for real in a namespace: failed with status $status" ;;
esac
[[ $(outside) == "$before" ]] || fail 'the real installation got out'
