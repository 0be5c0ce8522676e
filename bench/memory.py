"""KiB of server memory per idle station, plain and TLS, with all session state.

    python bench/memory.py [--stations 2000]

Prints one JSON object. What the figures mean and where they end: bench/README.md.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from native_tools import build, fail, free_port, machine, make_certificate, python_server, running

WARM_STATIONS = 50
"""Connected and gone before the count begins, so that what is loaded once is not counted."""


def resident_bytes(pid):
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("no Pss in smaps_rollup")


def hold(folder, port, stations, *, tls, measure):
    """Connect `stations`, register each, let it say one Heartbeat, then call `measure` while all are idle."""
    command = [str(folder / "loadgen"), "-p", str(port), "-c", str(stations), "-m", "idle", "-s", "3", "-r"]
    client = subprocess.Popen([*command, *(["-t"] if tls else [])], stdout=subprocess.PIPE, text=True)
    if client.stdout.readline() != "start\n":
        raise RuntimeError(f"load generator failed with status {client.wait()}")
    measured = measure()
    if client.wait() != 0:
        raise RuntimeError("a station was dropped while idle")
    client.stdout.close()
    return measured


def kib_per_station(folder, stations, *, tls):
    port = free_port()
    extra = ["--tls", *make_certificate(folder)] if tls else []
    command = python_server("ours", port, "--database", folder / f"memory-{tls}.db", *extra)
    with running(command, port) as process:
        hold(folder, port, WARM_STATIONS, tls=tls, measure=lambda: None)
        before = resident_bytes(process.pid)
        after = hold(folder, port, stations, tls=tls, measure=lambda: resident_bytes(process.pid))
    print(
        f"{'TLS' if tls else 'plain'}: {before / 2**20:.1f} MiB before, {after / 2**20:.1f} MiB with all",
        file=sys.stderr,
    )
    return (after - before) / stations / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--stations", type=int, default=2000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if not build(folder):
            fail("bench: OpenSSL's headers are needed for the TLS figure")
        plain = kib_per_station(folder, options.stations, tls=False)
        tls = kib_per_station(folder, options.stations, tls=True)
    figures = {
        "bench": "memory",
        "kib_per_station_plain": round(plain, 1),
        "kib_per_station_tls": round(tls, 1),
        "stations": options.stations,
        "rounds": 1,
        "seed": None,
        **machine(),
    }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
