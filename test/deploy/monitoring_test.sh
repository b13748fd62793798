#!/usr/bin/env bash
# Prometheus's own tool takes the scrape configuration, the alerts and every
# query of the dashboard, the alerts do what their tests say, and no query names
# a metric that hiidet does not have.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

# Every metric that is named anywhere is one that hiidet writes.
sed -nE 's/.*"((hiisi|process)_[a-z0-9_]+)".*/\1/p' hiidet/metrics_text.cpp \
  | sort -u >"$scratch/written"
cat deploy/prometheus/*.yml deploy/grafana/hiisi.json README.org \
  | grep -oE '\b(hiisi|process)_[a-z0-9_]+(_total|_bytes|_seconds|_info|_fds|_bucket|_count)\b' \
  | sed -E 's/_(bucket|count)$//' | sort -u >"$scratch/named"
while read -r name; do
  grep -qxF "$name" "$scratch/written" || {
    echo "nothing writes $name" >&2
    failed=1
  }
done < <(grep -vE '^(hiisi_(up|process|user)|process)_$' "$scratch/named")

if ! command -v promtool >/dev/null; then
  echo 'skipped: promtool (package prometheus) is missing'
  exit "$failed"
fi
promtool check config deploy/prometheus/prometheus.yml || failed=1
promtool check rules deploy/prometheus/hiisi-alerts.yml || failed=1
promtool test rules deploy/prometheus/hiisi-alerts-test.yml || failed=1

# The dashboard's queries, with its variables filled in, as recording rules.
# shellcheck disable=SC2016 # Grafana's variables
{
  printf 'groups:\n- name: dashboard\n  rules:\n'
  sed -nE 's/^ *"expr": (".*"),?$/\1/p' deploy/grafana/hiisi.json \
    | sed 's/\$__rate_interval/1m/g; s/\$instance/.*/g; s/\$user/.*/g' \
    | nl -ba -w1 -s' ' | sed -E 's/^([0-9]+) (.*)$/  - record: q:\1\n    expr: \2/'
} >"$scratch/dashboard.yml"
promtool check rules "$scratch/dashboard.yml" || failed=1
exit "$failed"
