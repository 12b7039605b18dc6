"""How often codes are used: the shape of a real distribution, over the codes of the knowledge.

The shape is that of NHS England's *Hospital Admitted Patient Care Activity* 2023-24, which counts
each ICD-10 code (152 million uses of 11,347 codes) and each OPCS-4 procedure code (40 million of
9,259) of a year's hospital episodes. A Zipf-Mandelbrot law, in which the r-th most used code has a
share that falls as ``(r + shift) ** -exponent``, was fitted to both by maximum likelihood:

    ==================  =====  ===  ===  ====  ====  =====
    share of the first      1   10  100   300  1000   3000
    ==================  =====  ===  ===  ====  ====  =====
    diagnoses, counted    4 %  16%  50%   72%   90%    98%
    diagnoses, fitted     1 %  11%  52%   74%   89%    96%
    procedures, counted   5 %  29%  67%   82%   93%    99%
    procedures, fitted    4 %  27%  69%   82%   92%    97%
    ==================  =====  ===  ===  ====  ====  =====

The codes differ from American ones, so that only the shape is taken. Which codes stand in front is
the generator's own choice: those it calls common, then the others by chance.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from itertools import accumulate

_DIAGNOSES = (1.65, 50)
_SERVICES = (1.45, 10)


class Ranking:
    """Codes in the order of their use.

    Args:
        codes: the codes, the most used one first.
        exponent: of the rank.
        shift: what is added to the rank.
    """

    def __init__(self, codes: Sequence[str], exponent: float, shift: float) -> None:
        self._codes = codes
        self._sums = _sums(len(codes), exponent, shift)

    def draw(self, rnd: random.Random) -> str:
        """A code, by chance and its share."""
        return self._codes[bisect_left(self._sums, rnd.random() * self._sums[-1])]


def ranked_diagnoses(common: Sequence[str], others: Sequence[str]) -> Ranking:
    """Diagnosis codes as often as diagnoses are used; others follow in an order of chance."""
    first = list(dict.fromkeys(common))
    rest = sorted(set(others) - set(first))
    random.Random("order of use").shuffle(rest)
    return Ranking([*first, *rest], *_DIAGNOSES)


def choose_service(rnd: random.Random, services: Sequence[str]) -> str:
    """One of the services, the first ones oftener, as procedures are used."""
    return Ranking(services, *_SERVICES).draw(rnd)


@cache
def _sums(number: int, exponent: float, shift: float) -> list[float]:
    return list(accumulate((rank + shift) ** -exponent for rank in range(1, number + 1)))
