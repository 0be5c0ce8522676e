"""What plans are compared with: the same problem written for other solvers, as directly as each of them allows."""

import importlib.util
from typing import Any

import numpy as np

from chargewright.charging.planner import linear
from chargewright.charging.planner.normal_form import NormalForm
from chargewright.charging.planner.program import write_program


def missing(*packages: str) -> str | None:
    """Say what has to be installed for a baseline, or None."""
    lacking = [name for name in packages if importlib.util.find_spec(name) is None]
    return f"not installed: {', '.join(lacking)} (make bench installs them)" if lacking else None


def highs(form: NormalForm, method: str) -> float:
    """Arrays, passModel and run; interior points without crossover. Returns the objective.

    `method` is HiGHS's name of the solver: `ipx` and `hipo` say which interior point; `ipm` is the second one where it is
    installed.
    """
    model = linear.loaded(form, method=method, time_limit_s=600.0)
    model.run()
    constant = float(form.peak_cost @ form.peak_floor)
    return float(model.getInfo().objective_function_value) - constant


def warm_simplex(before: NormalForm, after: NormalForm) -> Any:
    """HiGHS with the simplex basis of `before` at hand, and a call that moves on to `after` and solves it."""
    model = linear.loaded(before, method="simplex", time_limit_s=600.0)
    model.run()
    then = linear.loaded(after, method="simplex", time_limit_s=600.0).getLp()
    columns, rows = np.arange(then.num_col_, dtype=np.int32), np.arange(then.num_row_, dtype=np.int32)
    cost, low, high = (np.array(a) for a in (then.col_cost_, then.col_lower_, then.col_upper_))
    row_low, row_high = np.array(then.row_lower_), np.array(then.row_upper_)

    def tick() -> float:
        model.changeColsCost(len(columns), columns, cost)
        model.changeColsBounds(len(columns), columns, low, high)
        model.changeRowsBounds(len(rows), rows, row_low, row_high)
        model.run()
        constant = float(after.peak_cost @ after.peak_floor)
        return float(model.getInfo().objective_function_value) - constant

    return tick


def clarabel_cones(form: NormalForm) -> float:
    """Second-order cones for the circles, written into Clarabel's own arrays. Returns the objective."""
    import clarabel
    from scipy import sparse

    program, layout = write_program(form)
    columns = len(program.cost)
    matrix = sparse.csr_matrix(
        (program.value, program.index, program.start), shape=(len(program.row_low), columns)
    )
    equal = program.row_low == program.row_high
    upper, lower = np.isfinite(program.row_high) & ~equal, np.isfinite(program.row_low) & ~equal
    identity = sparse.identity(columns, format="csr")
    ball, slot = np.nonzero(np.isfinite(form.ball_limit))
    cones: list[Any] = []
    blocks = [matrix[equal], matrix[upper], -matrix[lower], identity[np.isfinite(program.high)], -identity]
    right = [
        program.row_high[equal],
        program.row_high[upper],
        -program.row_low[lower],
        program.high[np.isfinite(program.high)],
        -program.low,
    ]
    cones.append(clarabel.ZeroConeT(int(equal.sum())))
    cones.append(clarabel.NonnegativeConeT(sum(len(part) for part in right[1:])))
    at = layout.load_at[:, slot].T
    used = at >= 0
    for number in range(len(ball)):
        own, weight = at[number][used[number]], layout.ball_class[ball[number]][used[number]]
        rows = np.repeat([1, 2], len(own))
        values = np.concatenate([-weight.real, -weight.imag])
        blocks.append(sparse.csr_matrix((values, (rows, np.tile(own, 2))), shape=(3, columns)))
        base = form.ball_base_re[ball[number], slot[number]], form.ball_base_im[ball[number], slot[number]]
        right.append(np.array([form.ball_limit[ball[number], slot[number]], *base]))
        cones.append(clarabel.SecondOrderConeT(3))
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_threads = 1
    solver = clarabel.DefaultSolver(
        sparse.csc_matrix((columns, columns)),
        program.cost,
        sparse.vstack(blocks, format="csc"),
        np.concatenate(right),
        cones,
        settings,
    )
    return float(solver.solve().obj_val) + program.constant


def cvxpy_by_session(form: NormalForm, solver: str) -> float:
    """The model as charging libraries on CVXPY write it: a table of rates, and a loop over sessions for its constraints."""
    import cvxpy as cp

    sessions, slots = len(form.energy), len(form.hours)
    rates = cp.Variable((sessions, slots))
    unmet = cp.Variable(sessions, nonneg=True)
    rules = [rates >= 0]
    for i in range(sessions):
        begin, first = int(form.ptr[i]), int(form.first[i])
        count = int(form.ptr[i + 1]) - begin
        high = np.zeros(slots)
        high[first : first + count] = form.high[begin : begin + count]
        rules.append(rates[i] <= high)
        rules.append(form.hours @ rates[i] + unmet[i] == form.energy[i])
    members = np.zeros((form.rows, sessions))
    owner = np.repeat(np.arange(sessions), np.diff(form.mem_ptr))
    members[form.mem_row, owner] = form.mem_weight
    for row in range(form.rows):
        bound = np.isfinite(form.limit[row])
        if bound.any():
            rules.append((members[row] @ rates)[bound] <= form.limit[row][bound])
    cost = form.price * form.hours @ cp.sum(rates, axis=0)
    cost += cp.sum(cp.multiply(np.outer(form.haste, form.late * form.hours), rates))
    cost += form.part_cost[:, -1] @ unmet
    for charge, row in enumerate(form.peak_row.tolist()):
        load = members[row] @ rates - form.peak_under[charge]
        cost += float(form.peak_cost[charge]) * cp.pos(cp.max(load) - float(form.peak_floor[charge]))
    problem = cp.Problem(cp.Minimize(cost), rules)
    problem.solve(solver=solver)
    return float(problem.value)
