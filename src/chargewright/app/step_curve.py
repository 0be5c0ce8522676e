"""A limit over time as a picture: in the terminal, and as SVG."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Any, Final

__all__ = ["Step", "step_svg", "step_text"]

Step = tuple[float, float, float | None]
"""From and until in seconds after the start, and the limit; None is no limit, and leaves a gap."""

_WIDTH, _HEIGHT = 880, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 72, 24, 40, 48
_TEXT_COLUMNS, _TEXT_ROWS = 78, 18
_TICKS: Final = 6


def step_text(steps: Sequence[Step], *, unit: str, start: datetime) -> str:
    """The curve in plain characters, 78 columns wide, under its title."""
    import plotext

    drawing: Any = plotext  # it has no types
    end_s = steps[-1][1]
    figure = drawing.figure
    figure.clear()
    figure.plot_size(_TEXT_COLUMNS, _TEXT_ROWS)
    for run in _runs(steps):
        xs = [x for begin, until, _ in run for x in (begin, until)]
        ys = [y for _, _, limit in run for y in (limit, limit)]
        figure.draw(figure.signal(xs, ys).lines())
    figure.ruler("y", "left").lim(0, _top(steps))
    instants = [end_s * n / _TICKS for n in range(_TICKS + 1)]
    across = figure.ruler("x", "lower")
    across.lim(0, end_s)
    across.ticks(instants, [_clock(start, s, end_s) for s in instants])
    drawn = str(drawing.uncolorize(figure.build().string()))
    return f"limit in {unit}, from {_day(start)} UTC{_gaps(steps)}\n{drawn.rstrip()}"


def step_svg(steps: Sequence[Step], *, unit: str, start: datetime) -> str:
    """The curve as a self-contained SVG: no script, no font and no style from elsewhere."""
    end_s, top = steps[-1][1], _top(steps)
    title = f"limit in {unit}, from {_day(start)} UTC"

    def x(at_s: float) -> str:
        return f"{_LEFT + (_WIDTH - _LEFT - _RIGHT) * at_s / end_s:.1f}"

    def y(limit: float) -> str:
        return f"{_HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * limit / top:.1f}"

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>{escape(title)}</title>",
        '<g font-family="system-ui, sans-serif" font-size="12" fill="#334155">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="22" font-size="14" font-weight="600">{escape(title)}</text>',
    ]
    for n in range(5):
        value = top * n / 4
        lines.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(value)}" y2="{y(value)}" stroke="#e2e8f0"/>'
            f'<text x="{_LEFT - 8}" y="{y(value)}" dy="4" text-anchor="end">{value:g}</text>'
        )
    for n in range(_TICKS + 1):
        at_s = end_s * n / _TICKS
        lines.append(
            f'<text x="{x(at_s)}" y="{_HEIGHT - _BOTTOM + 20}" text-anchor="middle">'
            f"{_clock(start, at_s, end_s)}</text>"
        )
    for run in _runs(steps):
        path = " ".join(
            f"{'M' if n == 0 else 'L'}{x(begin)},{y(limit)} L{x(until)},{y(limit)}"
            for n, (begin, until, limit) in enumerate(run)
        )
        lines.append(
            f'<path d="{path} L{x(run[-1][1])},{y(0)} L{x(run[0][0])},{y(0)} Z" fill="#0ea5e9" opacity="0.12"/>'
            f'<path d="{path}" fill="none" stroke="#0284c7" stroke-width="2"/>'
        )
    for begin, until, limit in steps:
        if limit is None:
            middle = (begin + until) / 2
            lines.append(
                f'<line x1="{x(begin)}" x2="{x(until)}" y1="{_TOP}" y2="{_TOP}" stroke="#94a3b8" '
                'stroke-dasharray="4 4"/>'
                f'<text x="{x(middle)}" y="{_TOP + 16}" text-anchor="middle" fill="#64748b">no limit</text>'
            )
    return "\n".join([*lines, "</g>", "</svg>", ""])


def _runs(steps: Sequence[Step]) -> list[list[tuple[float, float, float]]]:
    """Group the steps into stretches without a gap."""
    runs: list[list[tuple[float, float, float]]] = [[]]
    for begin, until, limit in steps:
        if limit is not None:
            runs[-1].append((begin, until, limit))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _top(steps: Sequence[Step]) -> float:
    """Return a round number above every limit."""
    highest = max((limit for _, _, limit in steps if limit is not None), default=0.0)
    scale = 1.0
    while scale * 10 <= highest:
        scale *= 10
    return next((scale * n for n in (1.2, 1.6, 2, 3, 4, 6, 8) if scale * n >= highest * 1.05), scale * 12)


def _clock(start: datetime, at_s: float, end_s: float) -> str:
    at = start + timedelta(seconds=at_s)
    if end_s <= 600:
        return f"{at:%H:%M:%S}"
    return f"{at:%H:%M}" if end_s <= 2 * 86_400 else f"{at:%m-%d %Hh}"


def _day(start: datetime) -> str:
    return f"{start:%Y-%m-%d %H:%M}"


def _gaps(steps: Sequence[Step]) -> str:
    return "; where nothing is drawn there is no limit" if any(s[2] is None for s in steps) else ""
