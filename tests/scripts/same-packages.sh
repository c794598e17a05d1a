#!/usr/bin/env bash
# Packs the last commit twice, from two clones in different folders, and compares what is in the packages, byte by byte.
#   tests/scripts/same-packages.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

repository=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

fail() {
    echo "failed: $1" >&2
    exit 1
}

# Packs a clone, which nothing was restored or built in, and lays what is in the packages out.
pack() {
    local clone=$work/$1 package project
    git clone --quiet "$repository" "$clone"
    for project in src/Core/Core.csproj src/Runner/Library/Runner.Library.csproj src/Templates/Templates.csproj; do
        dotnet pack "$clone/$project" -c Release -o "$clone/feed" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "dotnet pack $project"; }
    done
    for package in "$clone"/feed/*; do
        mkdir -p "$work/out-$2/$(basename "$package")"
        unzip -q "$package" -d "$work/out-$2/$(basename "$package")"
    done
}

pack one 1
pack a/longer/path/to/two 2
diff -r "$work/out-1" "$work/out-2" || fail "the packages differ"
if grep -rlF "$work" "$work/out-1"; then fail "a folder of this machine is in the packages"; fi
echo "$(find "$work/out-1" -type f | wc -l) files in $(find "$work/out-1" -maxdepth 1 -mindepth 1 | wc -l) packages are the same"
