#!/usr/bin/env bash
# Times the README's first screen as on a fresh machine: a clone, no cache of pip, an empty home.
#   benchmarks/first_screen.sh FOLDER
# FOLDER is created. Only PATH and the settings of pip's index come from this machine.
set -euo pipefail
# Each command in the background gets a process group, so that the mock ends with the make that started it.
set -m
source=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:?name a folder that does not exist yet}
mkdir "$folder" "$folder/home"
cd "$folder"
began=$(date +%s.%N)
say() { printf '%7.1f s  %s\n' "$(echo "$(date +%s.%N) - $began" | bc)" "$*"; }
fresh() { env -i HOME="$folder/home" PATH="$PATH" PIP_NO_CACHE_DIR=1 PIP_CONFIG_FILE="${PIP_CONFIG_FILE:-/etc/pip.conf}" "${index[@]}" "$@"; }
mapfile -t index < <(env | grep -E '^(PIP_(INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|TRUSTED_HOST|NO_INDEX|CERT)|SSL_CERT_FILE)=' || true)

git clone --quiet "$source" kit
cd kit
say 'git clone'
fresh make mock ARGS='--port 0' >"$folder/mock.txt" 2>"$folder/mock.err" &
mock=$!
trap 'kill -- -$mock 2>/dev/null || true' EXIT
until grep -q '^listening on' "$folder/mock.txt"; do
	kill -0 $mock || { cat "$folder/mock.err" >&2; exit 1; }
	sleep 0.05
done
url=$(sed -n 's/^listening on //p' "$folder/mock.txt")
total=$(curl -s "$url/phones" | sed 's/.*"total":\([0-9]*\).*/\1/')
say "make mock: the first answer, with $total phones"
fresh make check ARGS='--profile quick' >"$folder/check.txt" 2>&1 || { tail "$folder/check.txt" >&2; exit 1; }
say "make check: $(grep '^The ' "$folder/check.txt" | tail -n 1)"
fresh .venv/bin/callcamp-fixtures --count 100 --seed 7 --out "$folder/phones.json"
say "callcamp-fixtures: $(wc -c <"$folder/phones.json") bytes in phones.json"
