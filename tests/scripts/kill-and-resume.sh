#!/bin/sh
# Kills a training process at random moments, a hundred times unless told otherwise, resumes it each time, and compares what it leaves with
# an undisturbed run: checkpoints, log and samples, bit for bit.
cd "$(dirname "$0")/../.." &&
MICROGPT_KILLS="${1:-100}" exec dotnet test tests/Runner.Tests -c Release --filter "FullyQualifiedName~KillTests" --logger "console;verbosity=normal"
