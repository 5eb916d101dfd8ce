"""HiGHS as every optimisation here starts it: silent, one thread, one seed.

All calls of a process have to agree on the number of threads, or runs fail without a word.
"""

from __future__ import annotations

from typing import Final

import highspy
from highspy._core import _Highs

INFINITY: Final = highspy.kHighsInf
_FEASIBILITY: Final = 1e-7
_ENUMERATION: Final = 1 << 16
"""A step of the presolve after which HiGHS 1.13 to 1.16 may lose answers (its issue 3216)."""

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
        "presolve_rule_off": _ENUMERATION,
        "mip_feasibility_tolerance": _FEASIBILITY,
        "primal_feasibility_tolerance": _FEASIBILITY,
    }
    for name, value in (options | more).items():
        solver.setOptionValue(name, value)
    return solver
