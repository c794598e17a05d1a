#!/usr/bin/env bash
# Two machines in one: network namespaces with a name each, between which ranks speak TCP. The checkpoints of 2 and 4 ranks equal that of one process;
# a rank killed on either side ends the job, and the run goes on to the same bits. Needs root, iproute2 and Open MPI (Debian: openmpi-bin).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

. tests/scripts/two-machines.sh

ip link add microgpt0 netns "$first" type veth peer name microgpt1 netns "$second"
for side in "$first 0 1" "$second 1 2"; do
    read -r name end number <<<"$side"
    ip -n "$name" addr add "$network.$number/24" dev "microgpt$end"
    ip -n "$name" link set lo up
    ip -n "$name" link set "microgpt$end" up
done

# of_side NAME: the processes of ranks there.
of_side() {
    local process
    for process in $(pgrep -f "$program train"); do
        if [ "$(readlink "/proc/$process/exe")" = "$program" ] && [ "$(nsenter -t "$process" -u hostname)" = "$1" ]; then
            echo "$process"
        fi
    done
}

same() {
    cmp "$folder/alone/latest.safetensors" "$1/latest.safetensors"
    cmp "$folder/alone/best.safetensors" "$1/best.safetensors"
}

run=(train --batch 16 --steps 400 --save-every 10 --optimizer adamw --clip-norm 0.5 --validation 0.1 --samples 0 --quiet)
"$program" "${run[@]}" --shards 8 --save "$folder/alone"
for half in 1 2; do
    ranks "$half" "${run[@]}" --save "$folder/$half"
    same "$folder/$half"
    echo "$((half * 2)) ranks over TCP: the same bits as one process"
done

for victim in "$first" "$second"; do
    save=$folder/killed-$victim
    ranks 1 "${run[@]}" --save "$save" 2>"$folder/error" &
    job=$!
    until [ -f "$save/latest.safetensors" ]; do
        sleep 0.1
    done
    kill -9 $(of_side "$victim")
    began=$SECONDS
    if wait "$job"; then
        echo "The job went on without a rank." >&2
        exit 1
    fi
    grep "error: " "$folder/error"
    echo "ended $((SECONDS - began)) s after the rank of $victim was killed"
    ranks 2 train --resume "$save" --quiet --samples 0
    same "$save"
done
echo "resumed to the same bits"
