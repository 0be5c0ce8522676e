"""What still fits: the room that wires leave while power is handed out session by session. Exact for circles too."""

from dataclasses import dataclass

import numpy as np

from chargewright.charging.planner.normal_form import Int32s, NormalForm
from chargewright.charging.planner.wires import Complexes, Ints
from chargewright.charging.site import Floats

__all__ = ["Room", "Spread", "spread"]

_INSIDE = 1.0 - 1e-12


@dataclass(frozen=True, slots=True)
class Spread:
    """Every entry of every member of a row or ball, in a line: sums over them are one call."""

    entry: Ints
    cell: Ints
    """row * slots + slot, or ball * slots + slot."""
    weight: Complexes

    def total(self, x: Floats, shape: tuple[int, ...]) -> Complexes:
        """Return the loads of a plan, [row or ball, slot]."""
        size = shape[0] * shape[1]
        kw = x[self.entry]
        real = np.bincount(self.cell, self.weight.real * kw, minlength=size)
        imaginary = np.bincount(self.cell, self.weight.imag * kw, minlength=size)
        return np.asarray((real + 1j * imaginary).reshape(shape))


def spread(form: NormalForm) -> tuple[Spread, Spread]:
    """Lay out rows and balls; good for every plan of the same form."""

    def line(ptr: Ints, where: Int32s, weight: Complexes) -> Spread:
        counts = np.diff(form.ptr)
        session = np.repeat(np.arange(len(counts)), np.diff(ptr))
        sizes = counts[session]
        member = np.repeat(np.arange(len(session)), sizes)
        number = np.arange(len(member)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        slot = form.first[session][member] + number
        return Spread(
            entry=form.ptr[session][member] + number,
            cell=where.astype(np.int64)[member] * len(form.hours) + slot,
            weight=weight[member],
        )

    return (
        line(form.mem_ptr, form.mem_row, form.mem_weight.astype(np.complex128)),
        line(form.ball_ptr, form.ball_row, form.ball_re + 1j * form.ball_im),
    )


class Room:
    """Loads of all rows and balls of a plan in kW, and what they leave for each session."""

    def __init__(
        self, form: NormalForm, x: Floats, *, peak_kw: Floats, spreads: tuple[Spread, Spread] | None = None
    ) -> None:
        """`x` is the plan, [entry]; `peak_kw` the highest load that each charge may come to, [charge].

        `spreads`: what `spread(form)` gave, for who makes many.
        """
        self._form = form
        self.limit = np.where(form.is_soft[:, None] == 0, form.limit, np.inf)
        for charge, row in enumerate(form.peak_row.tolist()):
            top = np.where(
                np.isfinite(form.peak_under[charge]), peak_kw[charge] + form.peak_under[charge], np.inf
            )
            self.limit[row] = np.minimum(self.limit[row], top)
        rows, balls = spreads or spread(form)
        self.load = rows.total(x, form.limit.shape).real.copy()
        self.sum: Complexes = (
            form.ball_base_re + 1j * form.ball_base_im + balls.total(x, form.ball_limit.shape)
        )

    def entries(self, session: int) -> slice:
        """Where the entries of a session stand."""
        return slice(int(self._form.ptr[session]), int(self._form.ptr[session + 1]))

    def slots(self, session: int) -> slice:
        """The slots in which a session is there."""
        first, own = int(self._form.first[session]), self.entries(session)
        return slice(first, first + own.stop - own.start)

    def of(self, session: int) -> Floats:
        """Return the power in kW that a session could add in each of its slots. Shape [entry of the session]."""
        form, slots = self._form, self.slots(session)
        free = np.full(slots.stop - slots.start, np.inf)
        rows, weight = self._rows(session)
        if len(rows):
            free = ((self.limit[rows, slots] - self.load[rows, slots]) / weight[:, None]).min(axis=0)
        balls, phasor = self._balls(session)
        if len(balls):
            now, limit = self.sum[balls, slots], form.ball_limit[balls, slots] * _INSIDE
            square = (phasor.real**2 + phasor.imag**2)[:, None]
            along = (now.conj() * phasor[:, None]).real
            with np.errstate(invalid="ignore"):
                left = along**2 - square * (np.abs(now) ** 2 - limit**2)
                reach = np.where(
                    np.isfinite(limit), (np.sqrt(np.maximum(left, 0.0)) - along) / square, np.inf
                )
                reach = np.where(left < 0, 0.0, reach)
            free = np.minimum(free, reach.min(axis=0))
        return np.asarray(np.maximum(free, 0.0))

    def take(self, session: int, kw: Floats) -> None:
        """Hand out power in the session's slots; negative gives it back."""
        slots = self.slots(session)
        rows, weight = self._rows(session)
        self.load[rows, slots] += weight[:, None] * kw
        balls, phasor = self._balls(session)
        self.sum[balls, slots] += phasor[:, None] * kw

    def _rows(self, session: int) -> tuple[Ints, Floats]:
        own = slice(int(self._form.mem_ptr[session]), int(self._form.mem_ptr[session + 1]))
        return self._form.mem_row[own].astype(np.int64), self._form.mem_weight[own]

    def _balls(self, session: int) -> tuple[Ints, Complexes]:
        own = slice(int(self._form.ball_ptr[session]), int(self._form.ball_ptr[session + 1]))
        return self._form.ball_row[own].astype(np.int64), self._form.ball_re[own] + 1j * self._form.ball_im[
            own
        ]
