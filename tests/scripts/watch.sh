#!/usr/bin/env bash
# 'dotnet watch' in a clone of the last commit: an edited number in NamesGpt.cs is built and trained by itself, whether the run before has ended or not,
# and a wrong one is the error that it is.
#   tests/scripts/watch.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

work=$(mktemp -d)
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en
git clone --quiet . "$work/clone"
cd "$work/clone"
dotnet build src/Runner -c Release >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }

# A session of its own, so that what it starts ends with it.
setsid dotnet watch --non-interactive --project src/Runner -c Release -- --samples 0 --steps 2000000000 >"$work/log" 2>&1 &
watch=$!
trap 'kill -- -$watch 2>/dev/null || true; rm -rf "$work"' EXIT

# Waits until the watched program or its build says something; the time counts from the call.
until_said() {
    local start=$SECONDS
    until grep -q -- "$1" "$work/log"; do
        [ $((SECONDS - start)) -lt "${MICROGPT_PATIENCE:-120}" ] || { cat "$work/log" >&2; echo "failed: not said: $1" >&2; exit 1; }
        sleep 0.2
    done
    echo "$2: $((SECONDS - start)) s"
}

edit() {
    sed -i "$1" src/Model/NamesGpt.cs
}

until_said "1 layer," "the first run"
sleep 2
edit 's/NLayer = 1/NLayer = 2/'
until_said "2 layers," "another number of layers, while the program trains"
sleep 2
edit 's/NHead = 4/NHead = 3/'
until_said "error MGPT008" "a wrong number"
sleep 2
edit 's/NHead = 3/NHead = 8/; s/NLayer = 2/NLayer = 3/'
until_said "3 layers, 8 heads" "mended"
