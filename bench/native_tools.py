"""Builds bench/native with the system's C compiler, runs servers pinned to one core, and counts their CPU time."""

import contextlib
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
SERVER_CPU, CLIENT_CPU = 0, 1


def fail(why):
    """End with status 2: this machine cannot run the comparison."""
    print(why, file=sys.stderr)
    sys.exit(2)


def build(folder):
    """Compile the load generator and the bare limit into `folder`; whether TLS is in, too."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        fail("bench: no C compiler found (set CC or install one); the C limit and the load generator need it")
    if len(os.sched_getaffinity(0)) < 2:
        fail("bench: two cores are needed, one for the server and one for the load generator")
    base = [compiler, "-O2", "-Wall"]
    loadgen = [*base, "-o", str(folder / "loadgen"), str(HERE / "native" / "loadgen.c")]
    subprocess.run([*base, "-o", str(folder / "limit"), str(HERE / "native" / "limit.c")], check=True)
    with_tls = subprocess.run([*loadgen, "-DWITH_TLS", "-lssl", "-lcrypto"], capture_output=True, check=False)
    if with_tls.returncode != 0:
        subprocess.run(loadgen, check=True)
    return with_tls.returncode == 0


def make_certificate(folder):
    """(certificate, key): ECDSA P-256, as a station port would have."""
    import trustme

    issued = trustme.CA().issue_cert("localhost", key_type=trustme.KeyType.ECDSA)
    issued.private_key_pem.write_to_path(folder / "key.pem")
    for blob in issued.cert_chain_pems:
        blob.write_to_path(folder / "certificate.pem", append=True)
    return [str(folder / "certificate.pem"), str(folder / "key.pem")]


def listeners(port):
    """How many sockets listen on the port. Asked of the kernel: a probing connection would be somebody's noise."""
    address = f"0100007F:{port:04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()
    return sum(address in line and " 0A " in line for line in lines)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_s(pid):
    """CPU time of all threads of a process, from the scheduler's own nanoseconds."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def python_server(name, port, *arguments):
    return [sys.executable, str(HERE / "gateway_servers.py"), name, str(port), *map(str, arguments)]


@contextlib.contextmanager
def running(command, port, *, cpu=SERVER_CPU):
    """A server on its own core, from the moment it listens until it is told to stop."""
    wanted = listeners(port) + 1
    process = subprocess.Popen(command)
    os.sched_setaffinity(process.pid, {cpu})
    try:
        deadline = time.monotonic() + 30
        while listeners(port) < wanted:
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError(f"{command} does not listen, status {process.poll()}")
            time.sleep(0.05)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def load(folder, port, pids, *arguments, cpus=(CLIENT_CPU,)):
    """Run the load generator; its report with `cpu_s`, what the servers used in the measured time."""
    command = [str(folder / "loadgen"), "-p", str(port), *map(str, arguments)]
    client = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    os.sched_setaffinity(client.pid, set(cpus))
    assert client.stdout is not None
    if client.stdout.readline() != "start\n":
        client.wait()
        raise RuntimeError(f"{command}: no start, status {client.returncode}")
    before = sum(cpu_s(pid) for pid in pids)
    line = client.stdout.readline()
    used = sum(cpu_s(pid) for pid in pids) - before
    if client.wait() != 0 or not line:
        raise RuntimeError(f"{command}: status {client.returncode}")
    client.stdout.close()
    return json.loads(line) | {"cpu_s": used}


def machine():
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    packages = ("picows", "aiofastnet", "uvloop", "msgspec", "ocpp", "websockets")
    return {
        "machine": f"{cpu}, {os.cpu_count()} CPUs, Linux {platform.release()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in packages},
        "load_average": round(os.getloadavg()[0], 2),
    }
