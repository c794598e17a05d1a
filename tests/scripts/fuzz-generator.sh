#!/bin/sh
# Runs the generator on random texts, ten thousand unless told otherwise: right ones, ones with a mistake, half-typed ones, and edits from one to
# the next. The second argument is the seed of the first; a case that fails is printed with its seed and its text.
cd "$(dirname "$0")/../.." &&
MICROGPT_FUZZ_CASES="${1:-10000}" MICROGPT_FUZZ_SEED="${2:-1}" exec dotnet test tests/Generator.Tests -c Release --filter "FullyQualifiedName~FuzzTests" --logger "console;verbosity=normal"
