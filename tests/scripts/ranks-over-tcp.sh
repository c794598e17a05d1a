#!/usr/bin/env bash
# Two machines in one: network namespaces with a name each, between which ranks speak TCP. The checkpoints of 2 and 4 ranks equal that of one process;
# a rank killed on either side ends the job, and the run goes on to the same bits. Needs root, iproute2 and Open MPI (Debian: openmpi-bin).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

dotnet build src/Runner -c Release -nologo -v q
program=$PWD/src/Runner/bin/Release/net10.0/microgpt
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
network=10.99.0
first=microgpt-a second=microgpt-b
folder=$(mktemp -d)

clean_up() {
    ip netns del "$first" 2>/dev/null || true
    ip netns del "$second" 2>/dev/null || true
    rm -rf "$folder"
}
trap clean_up EXIT

ip netns add "$first"
ip netns add "$second"
ip link add microgpt0 netns "$first" type veth peer name microgpt1 netns "$second"
for side in "$first 0 1" "$second 1 2"; do
    read -r name end number <<<"$side"
    ip -n "$name" addr add "$network.$number/24" dev "microgpt$end"
    ip -n "$name" link set lo up
    ip -n "$name" link set "microgpt$end" up
done

# What stands in place of ssh, and what the launcher itself runs in.
cat >"$folder/agent" <<END
#!/bin/sh
shift
exec ip netns exec $second unshare -u sh -c "hostname $second; \$*"
END
cat >"$folder/launch" <<END
#!/bin/sh
hostname $first
half=\$1
shift
exec mpirun --oversubscribe --bind-to none --mca mpi_yield_when_idle 1 --host $network.1:\$half,$network.2:\$half \
    --mca plm_rsh_agent $folder/agent --mca btl self,tcp --mca btl_tcp_if_include $network.0/24 --mca oob_tcp_if_include $network.0/24 "\$@"
END
chmod +x "$folder/agent" "$folder/launch"

# ranks HALF ARGUMENT ...: so many ranks on either side.
ranks() {
    ip netns exec "$first" unshare -u "$folder/launch" "$1" -n $(($1 * 2)) "$program" "${@:2}"
}

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
