#!/usr/bin/env bash
# Measures the loop: seconds from an edited number in src/Model/NamesGpt.cs to the first loss of
#   dotnet run -c Release --project src/Runner
# First with no compiler server ("cold"), then with that server ("warm"), as often as asked for; the load of the machine stands beside.
#   tests/scripts/loop.sh [times]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

spec=src/Model/NamesGpt.cs
cp "$spec" "$spec.kept"
trap 'mv "$spec.kept" "$spec"' EXIT

# A server of this run's own, so that the first build starts one and nobody else's is in the way.
export SharedCompilationId=microgpt-loop-$$

measure() {
    sed -i -E "s/NLayer = [0-9]+/NLayer = $2/" "$spec"
    local start first line
    start=$(date +%s%N)
    while IFS= read -r line; do
        case $line in
            step*) first=${first:-$(date +%s%N)} ;;
            *error*) echo "$line" >&2; exit 1 ;;
        esac
    done < <(dotnet run -c Release --project src/Runner -- --samples 0 2>&1)
    awk -v ns="$((first - start))" -v what="$1" -v load="$(cut -d' ' -f1 /proc/loadavg)" 'BEGIN { printf "%s %.1f s (load %s)\n", what, ns / 1e9, load }'
}

dotnet build -c Release src/Runner -p:UseSharedCompilation=false >/dev/null
measure cold 2
for turn in $(seq "${1:-4}"); do
    measure warm $((turn % 2 + 1))
done
