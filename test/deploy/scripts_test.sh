#!/usr/bin/env bash
# Every shell script of the tree passes shellcheck, says what it is for, and
# refuses arguments that it does not know.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."

scripts=()
while IFS= read -r -d '' file; do
  read -r head <"$file" || true
  if [[ $file == *.sh || $head == '#!'*sh ]]; then
    scripts+=("$file")
  fi
done < <(find .ci deploy test hiisi hiidet -type f -print0 | sort -z)
echo "shellcheck of ${#scripts[@]} scripts"
((${#scripts[@]} >= 8)) || {
  echo "fewer scripts than there are: the search is wrong" >&2
  exit 1
}
shellcheck -x "${scripts[@]}"

failed=0
for name in quickstart test install uninstall bench; do
  if ! ./deploy/"$name" --help | grep -q "^Usage: .*deploy/$name"; then
    echo "deploy/$name --help shows no usage" >&2
    failed=1
  fi
  if message=$(./deploy/"$name" --no-such-thing 2>&1); then
    echo "deploy/$name takes an argument that it does not know" >&2
    failed=1
  elif [[ $message != *': unknown '*--no-such-thing* || $message == *$'\n'* ]]
  then
    echo "deploy/$name does not just name the argument: $message" >&2
    failed=1
  fi
done
exit "$failed"
