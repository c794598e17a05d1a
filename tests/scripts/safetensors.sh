#!/usr/bin/env bash
# Weights that this program writes, read and written again by another (the npm package @genai-fi/nanogpt), and read here: the same bits in
# single precision, the nearest halves in half precision. Needs Node and the package feed of npm.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dotnet build src/Runner -c Release -v quiet
microgpt() { dotnet src/Runner/bin/Release/net10.0/microgpt.dll "$@"; }

cp tests/scripts/safetensors.mjs "$work"
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts @genai-fi/nanogpt@1.3.0
microgpt train --steps 200 --samples 0 --quiet --save "$work/run"
microgpt export --checkpoint "$work/run" --out "$work/ours.safetensors"
node "$work/safetensors.mjs" rewrite "$work/ours.safetensors" "$work/single.safetensors" "$work/half.safetensors"
for type in single half; do
    microgpt train --init "$work/$type.safetensors" --steps 0 --samples 0 --quiet --save "$work/$type"
    microgpt export --checkpoint "$work/$type" --out "$work/$type.again.safetensors"
done
node "$work/safetensors.mjs" compare "$work/ours.safetensors" "$work/single.again.safetensors" "$work/half.again.safetensors"
