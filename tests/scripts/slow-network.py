"""A slow network: carries packets between a device of each of two network namespaces, at a bandwidth and after a latency.

Usage: slow-network.py NAMESPACE NAMESPACE NETWORK MEGABITS MICROSECONDS

The devices are microgpt0 with the address NETWORK.1 and microgpt1 with NETWORK.2. Prints "ready" when packets go through. For kernels that
have no traffic shaper.
"""
import collections
import ctypes
import fcntl
import os
import select
import struct
import subprocess
import sys
import time

TUNSETIFF, TUN, NO_PACKET_INFORMATION = 0x400454CA, 0x1, 0x1000
LARGEST = 65000
libc = ctypes.CDLL(None, use_errno=True)


def device(namespace, name, address):
    """Creates a device in a namespace and gives its packets as a file."""
    with open(f"/run/netns/{namespace}") as target, open("/proc/self/ns/net") as own:
        if libc.setns(target.fileno(), 0) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH", name.encode(), TUN | NO_PACKET_INFORMATION))
        libc.setns(own.fileno(), 0)
    for command in (f"addr add {address}/24 dev {name}", f"link set {name} mtu {LARGEST} txqueuelen 1000", f"link set {name} up", "link set lo up"):
        subprocess.run(["ip", "-n", namespace, *command.split()], check=True)
    return file


def main():
    first, second, network, megabits, microseconds = sys.argv[1:]
    seconds_per_byte, latency = 8 / (float(megabits) * 1e6), float(microseconds) * 1e-6
    ends = [device(first, "microgpt0", network + ".1"), device(second, "microgpt1", network + ".2")]
    other = {ends[0]: ends[1], ends[1]: ends[0]}
    free = dict.fromkeys(ends, 0.0)  # when the wire that begins here has sent all it was given
    waiting = {end: collections.deque() for end in ends}
    print("ready", flush=True)
    while True:
        now = time.monotonic()
        for end in ends:
            queue = waiting[end]
            while queue and queue[0][0] <= now:
                os.write(other[end], queue.popleft()[1])
        # What is not read waits in the device, whose queue then slows the sender down.
        reads = [end for end in ends if free[end] - now < 0.002]
        next_due = min([queue[0][0] for queue in waiting.values() if queue] + [free[end] - 0.001 for end in ends if end not in reads], default=now + 1)
        ready, _, _ = select.select(reads, [], [], max(0.0, next_due - now))
        now = time.monotonic()
        for end in ready:
            try:
                packet = os.read(end, LARGEST + 100)
            except BlockingIOError:
                continue
            free[end] = max(free[end], now) + len(packet) * seconds_per_byte
            waiting[end].append((free[end] + latency, packet))


main()
