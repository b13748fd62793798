#!/usr/bin/env bash
# Checks that nothing is done that the design forbids throughout, and that no
# include points up the list in README.org, "The house":
# protocol <- actors/core <- actors/os <- actors <- hiidet; hiisi knows
# protocol and logs alone; the keeper knows protocol/keeper_wire.hpp alone. All
# may have crash points (fault/), which know nothing of Hiisi.
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
mapfile -t logs < <(find logs -name '*.[ch]pp')
mapfile -t no_zstd < <(find logs -name '*.[ch]pp' ! -name segment_file.cpp)
mapfile -t rotate < <(find rotate -name '*.[ch]pp')
mapfile -t logger < <(find logger -name '*.[ch]pp')
mapfile -t cli < <(find hiisi -name '*.[ch]pp')
own='#include *"(protocol|fault|logs|rotate|logger|actors|hiidet|hiisi|test)/'

forbid 'fault includes nothing of ours' '#include *"' fault/*.hpp
forbid 'protocol includes only protocol' \
  '#include *"(actors|logs|rotate|logger|hiidet|hiisi|test)/' "${protocol[@]}"
forbid 'logs includes protocol and logs' \
  '#include *"(actors|rotate|hiidet|hiisi|test)/' "${logs[@]}"
forbid 'rotate includes protocol, logs and core' \
  '#include *"(actors/[a-z_]+\.hpp|actors/os|hiidet|hiisi|test)' "${rotate[@]}"
forbid 'logger includes logs/descriptor.hpp alone' \
  '#include *"(actors|protocol|rotate|hiidet|hiisi|test|logs/[^d])' "${logger[@]}"
forbid 'core includes protocol and core' \
  '#include *"(actors/[a-z_]+\.hpp|actors/os|logs|rotate|logger|hiidet|hiisi|test)' "${core[@]}"
forbid 'os includes protocol, core and os' \
  '#include *"(actors/[a-z_]+\.hpp|logs|rotate|logger|hiidet|hiisi|test)' "${os[@]}"
forbid 'actors include nothing of logs, hiidet or hiisi' \
  '#include *"(logs|rotate|logger|hiidet|hiisi|test)/' "${actors[@]}"
forbid 'hiisi includes protocol, logs and hiisi' \
  '#include *"(actors|rotate|logger|hiidet|test)/' "${cli[@]}"
forbid 'CAF stays in actors/ and hiidet/' '#include *<caf/' \
  "${protocol[@]}" "${core[@]}" "${os[@]}" "${keeper[@]}" "${cli[@]}" \
  "${logs[@]}" "${rotate[@]}" "${logger[@]}"
forbid 'protocol and core make no system call' \
  '#include *<(sys/|unistd|fcntl|pwd|grp|poll|signal\.h)' \
  "${protocol[@]}" "${core[@]}"
forbid 'only protocol sees nlohmann/json' '#include *<nlohmann/' \
  "${core[@]}" "${os[@]}" "${actors[@]}" "${keeper[@]}"
forbid 'only logs/segment_file.cpp sees zstd' '#include *<zstd' \
  "${core[@]}" "${os[@]}" "${actors[@]}" "${cli[@]}" "${rotate[@]}" \
  "${no_zstd[@]}"
mapfile -t daemon < <(find hiidet -name '*.[ch]pp')
# A number may be somebody else's by the time it is signalled; a pidfd cannot.
forbid 'processes are signalled by pidfd or cgroup, never by number' \
  '(^|[^[:alnum:]_.>])(kill|killpg|tgkill|tkill) *\(|SYS_t?g?kill' \
  "${core[@]}" "${os[@]}" "${actors[@]}" "${daemon[@]}" "${rotate[@]}"
# Patterns over what users send can take time beyond all measure.
forbid 'nothing that reads what users send has regular expressions' \
  '<regex>|<regex\.h>|boost/regex' "${protocol[@]}" "${core[@]}" "${os[@]}" \
  "${actors[@]}" "${daemon[@]}" "${rotate[@]}"
if grep -hE "$own" "${keeper[@]}" | grep -vE '"(protocol/keeper_wire\.hpp|fault/crash_point\.hpp|hiidet/keeper/[a-z_]+\.hpp)"'; then
  echo 'layering: the keeper includes only protocol/keeper_wire.hpp and fault' >&2
  bad=1
fi
exit $bad
