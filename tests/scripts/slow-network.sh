#!/usr/bin/env bash
# What a slow network costs and what the exchange beside the backward pass hides of it: steps of one rank, of two ranks of one thread each between
# which a network of a bandwidth lies (in Mbit/s, 1,000 by default), and what a plan says of them. MODEL, BATCH and ROUNDS choose other
# measurements. Needs root, iproute2, python3, /dev/net/tun and Open MPI (Debian: openmpi-bin).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
megabits=${1:-1000} latency=50
what=(--model "${MODEL:-Chars384}" --batch "${BATCH:-16}" --optimizer adamw)

properties=-p:BenchSpecs=true
. tests/scripts/two-machines.sh

coproc shaper { exec python3 tests/scripts/slow-network.py "$first" "$second" "$network" "$megabits" "$latency"; }
carries=$shaper_PID
trap 'kill "$carries" 2>/dev/null || true; clean_up' EXIT
read -r _ <&"${shaper[0]}"

"$program" plan "${what[@]}" --latency "$latency" --bandwidth "$(awk "BEGIN { print $megabits / 8000 }")"
"$program" bench "${what[@]}" --shards 8 --rounds "${ROUNDS:-5}"
ranks 1 bench "${what[@]}" --rounds "${ROUNDS:-5}"
