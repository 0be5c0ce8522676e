"""Profiles as a service for many sessions: wall and CPU time of one question, whole and by part, as one JSON object.

Usage: python bench/plan_service.py [SESSIONS]
"""

import cProfile
import json
import pstats
import random
import statistics
import sys
import time

from chargewright.csms.plan_service import answer_bytes

SEED = 4
RUNS = 5
PARTS = {
    "read": "read_question",
    "build": "build",
    "solve": "_solve",
    "minimum": "with_minimum",
    "round": "to_hardware",
    "check": "violations",
    "compile": "compile_limit",
    "write": "_plain",
}


def question(count: int) -> bytes:
    drawing = random.Random(SEED)
    evses = [
        {"station": f"S{n}", "node": f"F{n % 10}", "connection": "RST", "current_max_a": 32}
        for n in range(count)
    ]
    feeders = [{"id": f"F{n}", "parent": "grid", "limit_a": count * 1.2} for n in range(10)]
    sessions = [
        {
            "id": f"c{n}",
            "station": f"S{n}",
            "departure": f"2026-03-03T{drawing.randint(11, 23)}:00:00Z",
            "energy_wh": drawing.randint(5000, 40000),
        }
        for n in range(count)
    ]
    site = {"nodes": [{"id": "grid", "limit_a": count * 8}, *feeders], "evses": evses}
    return json.dumps(
        {"site": site, "sessions": sessions, "at": "2026-03-03T09:00:00Z", "goal": "peak"}
    ).encode()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    asked = question(count)
    walls, cpus, answers = [], [], set()
    for _ in range(RUNS):
        wall, cpu = time.perf_counter(), time.process_time()
        answers.add(answer_bytes(asked))
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    profile = cProfile.Profile()
    profile.runcall(answer_bytes, asked)
    entries = pstats.Stats(profile).stats  # type: ignore[attr-defined]  # not in the stubs
    parts: dict[str, float] = dict.fromkeys(PARTS, 0.0)
    for (path, _, name), (_, _, _, total_s, _) in entries.items():
        for part, function in PARTS.items():
            if name == function and "chargewright" in path:
                parts[part] += round(total_s, 4)
    told = {
        "sessions": count,
        "wall_s": round(statistics.median(walls), 4),
        "cpu_s": round(statistics.median(cpus), 4),
        "answer_bytes": len(next(iter(answers))),
        "answers_alike": len(answers) == 1,
        "parts_under_the_profiler_s": parts,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
