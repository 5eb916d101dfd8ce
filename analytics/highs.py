"""HiGHS as every optimisation here starts it: silent, one thread, one seed.

All calls of a process have to agree on the number of threads, or runs fail without a word.
"""

from __future__ import annotations

from typing import Final

import highspy
from highspy._core import _Highs

INFINITY: Final = highspy.kHighsInf
_FEASIBILITY: Final = 1e-7

Option = bool | int | float | str


def silent_solver(*, seconds: float, gap: float = 0.0, **more: Option) -> _Highs:
    """A solver without a model.

    Not ``highspy.Highs``: that one writes its name to standard output before it can be told not to.

    Args:
        seconds: Time limit.
        gap: Relative gap at which it may stop; 0 for a proof.
        more: Further options by their names in HiGHS.
    """
    solver = _Highs()
    options: dict[str, Option] = {
        "output_flag": False,
        "threads": 1,
        "parallel": "off",
        "random_seed": 0,
        "time_limit": max(seconds, 0.01),
        "mip_rel_gap": gap,
        "mip_abs_gap": 0.0,
        "mip_feasibility_tolerance": _FEASIBILITY,
        "primal_feasibility_tolerance": _FEASIBILITY,
    }
    for name, value in (options | more).items():
        solver.setOptionValue(name, value)
    return solver
