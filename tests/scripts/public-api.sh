#!/usr/bin/env bash
# Writes what users can call, and the files do not yet say, into PublicAPI.Unshipped.txt of the libraries. What is gone has to be taken out by hand.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
for project in src/Core src/Runner/Library; do
    log=$(mktemp)
    dotnet build "$project" -c Release --no-incremental >"$log" 2>&1 || true
    # Each line of the file is what the diagnostic puts between quotes.
    { cat "$project/PublicAPI.Unshipped.txt"; grep -F "/$project/" "$log" | sed -nE "s/.*RS0016: Symbol '(.*)' is not part of the declared public API.*/\1/p"; } |
        LC_ALL=C sort -u >"$log.sorted"
    { echo '#nullable enable'; grep -vxF '#nullable enable' "$log.sorted" || true; } >"$project/PublicAPI.Unshipped.txt"
    rm "$log" "$log.sorted"
    wc -l "$project/PublicAPI.Unshipped.txt"
done
