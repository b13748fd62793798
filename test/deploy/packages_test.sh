#!/usr/bin/env bash
# The package helper asks for nothing when all is there, names what is missing,
# and says what to do where it may not install. dpkg-query, apt-get and sudo
# are replaced by functions and scripts that record what they are asked.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
  echo "$*" >&2
  exit 1
}

# A machine that has some packages: those in $scratch/installed. apt-get adds
# to them, but only after an update.
mkdir "$scratch/bin"
touch "$scratch/installed" "$scratch/calls"
cat >"$scratch/bin/dpkg-query" <<'SCRIPT'
#!/usr/bin/env bash
here=$(dirname "$0")/..
shift 3
for name in "$@"; do
  if grep -qx "$name" "$here/installed"; then echo "$name ok installed"; fi
done
SCRIPT
cat >"$scratch/bin/apt-get" <<'SCRIPT'
#!/usr/bin/env bash
here=$(dirname "$0")/..
echo "$*" >>"$here/calls"
if [[ $* == *update* ]]; then touch "$here/updated"; exit 0; fi
[[ -e $here/updated ]] || exit 100
for word in "$@"; do [[ $word == -* ]] || echo "$word" >>"$here/installed"; done
SCRIPT
printf '#!/usr/bin/env bash\n"$@"\n' >"$scratch/bin/sudo"
chmod +x "$scratch"/bin/*

# needed PURPOSE...: need_packages in a shell of its own.
needed() {
  PATH=$scratch/bin:$PATH bash -c 'set -euo pipefail
    . deploy/common.sh
    . deploy/packages.sh
    need_packages "$@"' deploy "$@"
}

first=$(needed build)
[[ $first == *'Installing with apt-get: build-essential cmake'* ]] \
  || fail "what is installed is not said: $first"
(($(grep -c update "$scratch/calls") == 1)) \
  || fail 'the lists were not fetched exactly once'
: >"$scratch/calls"
second=$(needed build)
[[ $second == 'Packages: all '*' are installed.' && ! -s $scratch/calls ]] \
  || fail "a second run calls apt-get again: $second"

third=$(needed build quickstart)
[[ $third == *'Installing with apt-get: python3'* ]] \
  || fail "more than what is missing is installed: $third"

# Neither root nor sudo: a clear end. Only root can take root's place away.
if ((EUID == 0)); then
  : >"$scratch/installed"
  rm "$scratch/bin/sudo"
  chmod -R a+rX "$scratch"
  mkdir "$scratch/tree"
  cp -r deploy "$scratch/tree/deploy"
  chmod -R a+rX "$scratch/tree"
  # shellcheck disable=SC2016 # the inner shell expands it
  if message=$(cd "$scratch/tree" && PATH=$scratch/bin:/usr/bin:/bin \
    setpriv --reuid 65534 --regid 65534 --clear-groups bash -c '
      set -euo pipefail
      . deploy/common.sh
      . deploy/packages.sh
      command() { [[ $2 != sudo ]] && builtin command "$@"; }
      need_packages quickstart' deploy 2>&1); then
    fail "an ordinary user without sudo installed: $message"
  fi
  [[ $message == *'root or sudo: python3.'* && $message != *Installing* ]] \
    || fail "not a clear error: $message"
fi
echo 'packages: all as expected'
