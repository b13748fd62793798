#!/usr/bin/env bash
# Checks that no include points up the list in README.org, "The house":
# protocol <- actors/core <- actors/os <- actors <- hiidet; hiisi knows
# protocol alone; the keeper knows protocol/keeper_wire.hpp alone.
set -u
cd "$1" || exit 2
bad=0
forbid() { # forbid WHAT PATTERN FILE...
  local what=$1 pattern=$2
  shift 2
  if grep -nE "$pattern" "$@" /dev/null; then
    echo "layering: $what" >&2
    bad=1
  fi
}
mapfile -t protocol < <(find protocol -name '*.[ch]pp')
mapfile -t core < <(find actors/core -name '*.[ch]pp')
mapfile -t os < <(find actors/os -name '*.[ch]pp')
mapfile -t actors < <(find actors -maxdepth 1 -name '*.[ch]pp')
mapfile -t keeper < <(find hiidet/keeper -name '*.[ch]pp')
mapfile -t cli < <(find hiisi -name '*.[ch]pp')
own='#include *"(protocol|actors|hiidet|hiisi|test)/'

forbid 'protocol includes only protocol' \
  '#include *"(actors|hiidet|hiisi|test)/' "${protocol[@]}"
forbid 'core includes protocol and core' \
  '#include *"(actors/[a-z_]+\.hpp|actors/os|hiidet|hiisi|test)' "${core[@]}"
forbid 'os includes protocol, core and os' \
  '#include *"(actors/[a-z_]+\.hpp|hiidet|hiisi|test)' "${os[@]}"
forbid 'actors include nothing of hiidet or hiisi' \
  '#include *"(hiidet|hiisi|test)/' "${actors[@]}"
forbid 'hiisi includes protocol and hiisi' \
  '#include *"(actors|hiidet|test)/' "${cli[@]}"
forbid 'CAF stays in actors/ and hiidet/' '#include *<caf/' \
  "${protocol[@]}" "${core[@]}" "${os[@]}" "${keeper[@]}" "${cli[@]}"
forbid 'protocol and core make no system call' \
  '#include *<(sys/|unistd|fcntl|pwd|grp|poll|signal\.h)' \
  "${protocol[@]}" "${core[@]}"
forbid 'only protocol sees nlohmann/json' '#include *<nlohmann/' \
  "${core[@]}" "${os[@]}" "${actors[@]}" "${keeper[@]}"
if grep -hE "$own" "${keeper[@]}" | grep -vE '"(protocol/keeper_wire\.hpp|hiidet/keeper/[a-z_]+\.hpp)"'; then
  echo 'layering: the keeper includes only protocol/keeper_wire.hpp' >&2
  bad=1
fi
exit $bad
