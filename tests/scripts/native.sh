#!/usr/bin/env bash
# Compiles the program natively and proves that it is the same one: no warning, the managed program's losses, samples and files, and no .NET needed.
# Needs a C linker and zlib (Debian: gcc or clang, zlib1g-dev) and takes some minutes, so no build runs it.
#   tests/scripts/native.sh
# Ends with the figures: size, and the time from the start of the process to the last of 1,000 steps of the default model, at most 60 ms.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en
repository=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "failed: $1" >&2
    exit 1
}

quietly() {
    "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "$*"; }
}

# The instructions that the native program has by default are those of vectors of 256 bits.
managed() {
    MICROGPT_VECTOR_BITS=256 dotnet "$repository/src/Runner/bin/Release/net10.0/microgpt.dll" "$@"
}

native() {
    env -i "$work/native/microgpt" "$@"
}

# A command of both programs, which must print the same.
same() {
    managed "$@" >"$work/managed.out" 2>&1 || { cat "$work/managed.out" >&2; fail "managed: $*"; }
    native "$@" >"$work/native.out" 2>&1 || { cat "$work/native.out" >&2; fail "native: $*"; }
    cmp "$work/managed.out" "$work/native.out" || { diff "$work/managed.out" "$work/native.out" >&2; fail "prints something else: $*"; }
}

quietly dotnet build src/Runner -c Release
quietly dotnet publish src/Runner -c Release -p:PublishAot=true -o "$work/native"
if grep -E "warning|will always throw" "$work/log"; then fail "a warning"; fi

mkdir "$work/empty"
cd "$work/empty"
for model in NamesGpt Step2 Step5; do
    quietly managed train --model $model --log managed.csv --overwrite
    quietly native train --model $model --log native.csv --overwrite
    cmp managed.csv native.csv || fail "$model has other losses"
done
same train --quiet
same models
same check --model NamesGpt
same gradcheck --model Step2
quietly managed train --save run --stop-at 400
quietly native train --resume run --report page.html
same sample --checkpoint run --prompt an --seed 7 --show-probabilities
printf 'anna\nemil\n' >names.txt
same evaluate --checkpoint run --data names.txt
same verify --log native.csv --against managed.csv
same export --checkpoint run --out names.onnx --overwrite
printf 'wte embedding\nlayer{layer}.attn_wq blocks.{layer}.query\n' >renamed.txt
same export --checkpoint run --out names.safetensors --rename renamed.txt --overwrite
same sample --init names.safetensors --model NamesGpt --rename renamed.txt --seed 7
printf 'a text of some words\nand one more line\n' >text.txt
same data --data text.txt --tokenizer gpt2
same train --help
if native train --model None 2>"$work/log"; then fail "an unknown model was accepted"; fi
grep -q "^error: " "$work/log" || fail "an unknown model is no error in words"

quietly native bench --model NamesGpt --rounds 3 --json bench.json
time=$(sed -nE 's/.*"time_to_1000_steps_ms": ([0-9]+).*/\1/p' bench.json)
[ -n "$time" ] || fail "bench says nothing of the start"
echo "size: $(($(stat -c %s "$work/native/microgpt") / 1024)) KB"
echo "from the start to the last of 1,000 steps: $time ms"
[ "$time" -le 60 ] || fail "more than 60 ms"

# What a native web service needs of packages beside the program's; packages.sh has no feed but ours and what is in the user's folder.
mkdir "$work/web"
cat >"$work/web/Web.csproj" <<EOF
<Project Sdk="Microsoft.NET.Sdk.Web">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
  </PropertyGroup>
</Project>
EOF
quietly dotnet restore "$work/web" -p:PublishAot=true -p:UseCurrentRuntimeIdentifier=true
cd "$repository"
tests/scripts/packages.sh native
