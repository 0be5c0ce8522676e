"""Messages per server CPU-second on the whole path, beside the bare C limit, picows echo and the `ocpp` package.

    python bench/gateway.py [--rounds 3] [--seconds 2] [--stations 200]

Prints one JSON object. What each figure means and where it ends: bench/README.md.
"""

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

from native_tools import (
    CLIENT_CPU,
    SERVER_CPU,
    build,
    free_port,
    load,
    machine,
    make_certificate,
    python_server,
    running,
)


class Bench:
    def __init__(self, folder, options):
        self.folder = folder
        self.options = options
        self.runs = {}
        self.databases = 0
        self.latency = {}

    def database(self):
        """A new file each time: nobody starts with another one's rows."""
        self.databases += 1
        return self.folder / f"{self.databases}.db"

    def command(self, server, port, *extra):
        if server == "limit":
            return [str(self.folder / "limit"), str(port)]
        if server == "ours":
            return python_server("ours", port, "--database", self.database(), *extra)
        return python_server(server, port, *extra)

    def one(self, key, server, message, *, tls=None):
        """One run of one server; keeps messages per server CPU-second under `key`."""
        port = free_port()
        extra = ["--tls", *tls] if tls else []
        arguments = ["-c", self.options.stations, "-s", self.options.seconds, "-m", message]
        if server == "ours":
            arguments.append("-r")
        if tls:
            arguments.append("-t")
        with running(self.command(server, port, *extra), port) as process:
            report = load(self.folder, port, [process.pid], *arguments)
        self.runs.setdefault(key, []).append(report["messages"] / report["cpu_s"])
        self.latency[key] = {name: report[name] for name in ("p50_us", "p99_us")}
        print(f"{key}: {self.runs[key][-1]:.0f} messages per CPU-second", file=sys.stderr)

    def wall(self, processes):
        """Messages per second of wall time with one server process, or with two that share the port."""
        port = free_port()
        arguments = ["-c", self.options.stations, "-s", self.options.seconds, "-m", "metervalues", "-r"]
        first = self.command("ours", port, "--reuse-port")
        with running(first, port, cpu=SERVER_CPU) as one:
            pids = [one.pid]
            if processes == 1:
                report = load(self.folder, port, pids, *arguments, cpus=(SERVER_CPU, CLIENT_CPU))
            else:
                with running(self.command("ours", port, "--reuse-port"), port, cpu=CLIENT_CPU) as two:
                    pids.append(two.pid)
                    report = load(self.folder, port, pids, *arguments, cpus=(SERVER_CPU, CLIENT_CPU))
        rate = report["messages"] / report["seconds"]
        self.runs.setdefault(f"wall_{processes}", []).append(rate)
        print(f"{processes} process(es): {rate:.0f} messages per second", file=sys.stderr)

    def median(self, key):
        return statistics.median(self.runs[key])

    def ratio(self, ours, other):
        """Median over the rounds of the ratio within each round: what disturbs a round disturbs both."""
        pairs = zip(self.runs[ours], self.runs[other], strict=True)
        return round(statistics.median(a / b for a, b in pairs), 3)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--stations", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with_tls = build(folder)
        certificate = make_certificate(folder) if with_tls else None
        bench = Bench(folder, options)
        for _ in range(options.rounds):
            for server in ("limit", "echo", "ours", "ocpp"):
                bench.one(f"{server}_metervalues", server, "metervalues")
            for server in ("limit", "ours"):
                bench.one(f"{server}_heartbeat", server, "heartbeat")
            if certificate:
                for server in ("echo", "ours"):
                    bench.one(f"{server}_metervalues_tls", server, "metervalues", tls=certificate)
            bench.wall(1)
            bench.wall(2)
    print(json.dumps(report(bench, options, with_tls=with_tls), indent=2))


def report(bench, options, *, with_tls):
    return {
        "bench": "gateway",
        "metervalues_of_c_limit": bench.ratio("ours_metervalues", "limit_metervalues"),
        "metervalues_of_picows_echo": bench.ratio("ours_metervalues", "echo_metervalues"),
        "metervalues_vs_ocpp_package": bench.ratio("ours_metervalues", "ocpp_metervalues"),
        "heartbeat_of_c_limit": bench.ratio("ours_heartbeat", "limit_heartbeat"),
        "tls_metervalues_of_tls_echo": bench.ratio("ours_metervalues_tls", "echo_metervalues_tls")
        if with_tls
        else None,
        "two_process_speedup": bench.ratio("wall_2", "wall_1"),
        "messages_per_server_cpu_second": {
            key: round(bench.median(key)) for key in bench.runs if not key.startswith("wall")
        },
        "messages_per_second": {
            key: round(bench.median(key)) for key in bench.runs if key.startswith("wall")
        },
        "latency_us_last_round": bench.latency,
        "rounds": options.rounds,
        "seconds": options.seconds,
        "stations": options.stations,
        "seed": None,
        **machine(),
    }


if __name__ == "__main__":
    main()
