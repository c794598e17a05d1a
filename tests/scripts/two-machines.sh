# Sourced by scripts, from the project's root: two machines in one, network namespaces with a name each. The device microgpt0 of the first and
# microgpt1 of the second are for the script to connect.

dotnet build src/Runner -c Release -nologo -v q ${properties:-}
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
