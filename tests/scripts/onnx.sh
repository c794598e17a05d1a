#!/usr/bin/env bash
# Every compiled model, exported as ONNX, run by ONNX Runtime (a package of more than 50 MB) and, where there is Node, by onnxruntime-web: the
# logits must be the compiled model's. Needs the package feeds of NuGet and npm.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/cases"
MICROGPT_ONNX_CASES="$work/cases" dotnet test tests/Onnx.Tests -c Release

if ! command -v npm >/dev/null; then
    echo "There is no npm: onnxruntime-web was not asked." >&2
    exit 1
fi
cp tests/scripts/onnx-web.mjs "$work"
npm install --prefix "$work" --silent --no-audit --no-fund onnxruntime-web@1.30.0
node "$work/onnx-web.mjs" "$work/cases"
