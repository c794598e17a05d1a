#!/bin/sh
# Kills a rank of a job at random moments, twenty times unless told otherwise, resumes it each time with another number of ranks, and compares what it
# leaves with an undisturbed run, bit for bit. Needs Open MPI (Debian: openmpi-bin).
cd "$(dirname "$0")/../.." &&
CI=1 MICROGPT_RANK_KILLS="${1:-20}" exec dotnet test tests/Runner.Tests -c Release --filter "FullyQualifiedName~RankKillTests" --logger "console;verbosity=normal"
