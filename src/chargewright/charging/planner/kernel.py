"""The compiled water-filling, if it is there. waterfill.py says what it does; here it is only called."""

import ctypes
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from chargewright.charging.planner.normal_form import NormalForm
from chargewright.charging.site import Floats

__all__ = ["Outcome", "Start", "available", "run"]

LIBRARY = Path(__file__).parent / "native" / "waterfill.so"
"""Built with the wheel, or by `make setup` where a C++ compiler is found."""

_INTEGER = ctypes.c_int64
_REAL = ctypes.c_double
_ARRAY = ctypes.c_void_p

_FIELDS: tuple[tuple[str, Any], ...] = (
    *((name, _INTEGER) for name in ("sessions", "slots", "rows", "balls", "parts", "peaks")),
    *(
        (name, _ARRAY)
        for name in (
            *("ptr", "first", "order", "low", "high", "hours", "head", "tail", "price", "haste", "late"),
            *("energy", "part_kwh", "part_cost", "until", "mile_kwh", "mile_cost"),
            *("mem_ptr", "mem_row", "mem_weight", "limit", "soft", "is_soft"),
            *("ball_ptr", "ball_row", "ball_re", "ball_im", "ball_limit", "ball_base_re", "ball_base_im"),
            "ball_wire",
        )
    ),
    ("wires", _INTEGER),
    ("uniform_repair", _INTEGER),
    *((name, _ARRAY) for name in ("peak_row", "peak_under", "peak_cost", "peak_floor", "peak_most")),
    *((name, _REAL) for name in ("target", "sharp", "scale", "typical_kw")),
    *((name, _INTEGER) for name in ("outer_most", "check_every", "warm")),
    *(
        (name, _ARRAY)
        for name in ("x", "state", "row_price", "ball_price_re", "ball_price_im", "best_row_price", "penalty")
    ),
    *((name, _REAL) for name in ("objective", "bound", "violation", "violation_kw")),
    ("outer", _INTEGER),
)


class _Question(ctypes.Structure):
    """Field by field what native/waterfill.cpp calls Question."""

    _fields_ = _FIELDS


@dataclass(slots=True)
class Start:
    """Where to begin: the last iterate and its multipliers. Powers in kW."""

    x: Floats
    row_price: Floats
    ball_price_re: Floats
    ball_price_im: Floats
    penalty: float


@dataclass(slots=True)
class Outcome:
    """The best feasible plan in kW per entry, its objective and the best bound; and where to go on from."""

    x: Floats
    objective: float
    bound: float
    row_price: Floats
    """[row, slot] of the best bound."""
    outer: int
    end: Start


@cache
def _library() -> ctypes.CDLL | None:
    if not LIBRARY.exists():
        return None
    library = ctypes.CDLL(str(LIBRARY))
    library.waterfill_size.restype = _INTEGER
    library.waterfill.restype = _INTEGER
    # built from other sources than these: better slow than wrong
    return library if library.waterfill_size() == ctypes.sizeof(_Question) else None


def available() -> bool:
    """Whether the compiled kernel can be called."""
    return _library() is not None


def run(
    form: NormalForm,
    *,
    target: float,
    outer_most: int,
    check_every: int,
    start: Start | None,
    sharp: float = np.inf,
) -> Outcome:
    """Solve; the caller made sure that the kernel is `available`.

    Stops where the gap is at most `target` of the objective, and `sharp` of what the plan costs beside the energy that
    it lacks: a shortfall that nobody can help would hide all else.
    """
    library = _library()
    assert library is not None, "kernel.run without a kernel"
    slots, entries = len(form.hours), len(form.low)
    rows, balls = form.rows, form.balls
    begin = start or Start(
        np.zeros(entries), np.zeros((rows, slots)), np.zeros((balls, slots)), np.zeros((balls, slots)), 0.0
    )
    out = {
        "x": np.zeros(entries),
        "state": begin.x.copy(),
        "row_price": begin.row_price.copy(),
        "ball_price_re": begin.ball_price_re.copy(),
        "ball_price_im": begin.ball_price_im.copy(),
        "best_row_price": np.zeros((rows, slots)),
        "penalty": np.array([begin.penalty]),
    }
    numbers = {
        "sessions": len(form.ptr) - 1,
        "slots": slots,
        "rows": rows,
        "balls": balls,
        "parts": form.part_cost.shape[1],
        "peaks": len(form.peak_row),
        "wires": form.wires,
        "uniform_repair": int(form.uniform_repair),
        "target": target,
        "sharp": sharp,
        "scale": form.scale,
        "typical_kw": form.typical_kw,
        "outer_most": outer_most,
        "check_every": check_every,
        "warm": int(start is not None),
    }
    question = _Question(**numbers)
    arrays = {f.name: getattr(form, f.name) for f in fields(form)}
    kept = []
    for name, kind in _FIELDS:
        if kind is _ARRAY:
            array = np.ascontiguousarray(out[name] if name in out else arrays[name])
            kept.append(array)
            setattr(question, name, array.ctypes.data)
    library.waterfill(ctypes.byref(question))
    return Outcome(
        x=out["x"],
        objective=float(question.objective),
        bound=float(question.bound),
        row_price=out["best_row_price"],
        outer=int(question.outer),
        end=Start(
            out["state"],
            out["row_price"],
            out["ball_price_re"],
            out["ball_price_im"],
            float(out["penalty"][0]),
        ),
    )
