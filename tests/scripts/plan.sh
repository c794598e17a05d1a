#!/usr/bin/env bash
# What `plan` predicts beside what `bench` measures, of steps and of memory: models of widths 64 to 768, 1 and 2 threads, 1, 2 and 4 ranks of this machine, in
# turns, the best of several of both. Fails where a prediction is off by more than 15 %. Needs Open MPI (Debian: openmpi-bin), and a machine that does nothing else.
#   tests/scripts/plan.sh [TURNS] [MODEL ...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

turns=${1:-3}
models=("${@:2}")
[ ${#models[@]} -gt 0 ] || models=(Names64 Chars128 Chars384 Chars768)
dotnet build src/Runner -c Release -p:BenchSpecs=true -nologo -v q
program=$PWD/src/Runner/bin/Release/net10.0/microgpt
# In a container there is no ssh, and one process may not read another's memory.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_plm=isolated OMPI_MCA_btl_vader_single_copy_mechanism=none
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

batch_of() {
    case $1 in
        Chars384) echo 8 ;;
        *) echo 16 ;;
    esac
}

# started RANKS ARGUMENT ...: the program on so many ranks.
started() {
    if [ "$1" = 1 ]; then
        "$program" "${@:2}" --shards 8
    else
        mpirun --oversubscribe --bind-to none -n "$1" "$program" "${@:2}" --shards 8
    fi
}

# of FIELD: a number of the file that bench wrote.
of() {
    sed -n "s/.*\"$1\": \([0-9.E+-]*\).*/\1/p" "$folder/bench.json"
}

printf '%-9s %5s %7s %5s  %9s %9s %5s  %8s %8s %5s\n' \
    model batch threads ranks 'planned ms' 'measured' ratio 'planned MB' 'measured' ratio
off=0
for model in "${models[@]}"; do
    batch=$(batch_of "$model")
    for shape in '1 1' '2 1' '1 2' '1 4'; do
        read -r threads ranks <<<"$shape"
        : >"$folder/turns"
        for ((turn = 0; turn < turns; turn++)); do
            case=(--model "$model" --batch "$batch" --threads "$threads")
            planned=$(started "$ranks" plan "${case[@]}" | awk -v ranks="$ranks" '$1 == ranks { gsub(",", ""); print $3, $NF }')
            started "$ranks" bench "${case[@]}" --rounds 20 --json "$folder/bench.json" >/dev/null
            echo "$planned $(of us_per_step) $(of bytes_per_rank)" >>"$folder/turns"
        done
        awk -v model="$model" -v batch="$batch" -v threads="$threads" -v ranks="$ranks" '
            NR == 1 || $1 < planned { planned = $1 }
            NR == 1 || $3 / 1e3 < measured { measured = $3 / 1e3 }
            { memory = $2; bytes = $4 / 1e6 }
            function isOff(ratio) { return ratio > 1.15 || ratio < 0.85 }
            END {
                time = planned / measured
                space = memory / bytes
                printf "%-9s %5d %7d %5d  %10.3f %9.3f %4.2f%s  %10d %8d %4.2f%s\n", model, batch, threads, ranks,
                    planned, measured, time, isOff(time) ? "!" : " ", memory, bytes, space, isOff(space) ? "!" : " "
                exit isOff(time) || isOff(space)
            }' "$folder/turns" || off=$((off + 1))
    done
done
if [ "$off" -gt 0 ]; then
    echo "$off predictions are off by more than 15 %." >&2
    exit 1
fi
