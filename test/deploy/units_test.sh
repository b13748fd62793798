#!/usr/bin/env bash
# systemd takes the units without a word, and hiidet's sandbox is as tight as
# its work allows.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Units name programs that must be there, so they are installed with stand-ins.
mkdir "$scratch/programs"
for program in hiisi hiidet hiisi-keeper hiisi-rotate hiisi-logger; do
  cp /bin/true "$scratch/programs/$program"
done
DESTDIR=$scratch/root ./deploy/install --no-start \
  --prefix "$scratch/prefix" --from "$scratch/programs" >/dev/null
mv "$scratch/root$scratch/prefix" "$scratch/prefix"
cd "$scratch/root/etc/systemd/system"

failed=0
if grep -nE '@[a-z]+@' ./*.service; then
  echo 'a path was not put in' >&2
  failed=1
fi
# What systemd thinks of the machine's own units is not our affair.
complaints=$(systemd-analyze verify --man=no ./*.service 2>&1 \
  | grep -E 'hiisi|hiidet' || true)
if [[ -n $complaints ]]; then
  printf '%s\n' "$complaints" >&2
  failed=1
fi
# 1.5 of 10 is what its work leaves (the host's network, Unix sockets, other
# users' processes); the threshold is in tenths.
systemd-analyze security --offline=true --no-pager --threshold=16 \
  ./hiidet.service >"$scratch/security" || {
  grep -E '^✗|→' "$scratch/security" >&2
  failed=1
}
tail -n 1 "$scratch/security"
exit "$failed"
