#!/bin/sh
# Opens mutated checkpoints, ten thousand unless told otherwise: none may crash the reader, hang it, allocate without bound or be accepted.
cd "$(dirname "$0")/../.." &&
MICROGPT_MUTATIONS="${1:-10000}" exec dotnet test tests/Runner.Tests -c Release --filter "FullyQualifiedName~MutationTests" --logger "console;verbosity=normal"
