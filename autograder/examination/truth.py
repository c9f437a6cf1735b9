"""Is the name true that a mistake was given? Asked a second time, with inputs of other sizes.

A name says what an output is: what a known wrong function computes, or the right values with
another sign, times a factor, and so on. So it has to hold on draws, too, wherever it says that
something is wrong, and there must be a draw where it does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import permutations

import numpy as np

from autograder.checking.comparison import as_array
from autograder.examination.observing import OUT_OF_TIME, Observation, Observer, same_values

TESTED = 60
"""Draws on which a name is tested."""

FEWEST = 3
"""A name that is true matters on so many of them at least, or on all there are."""

EXCUSED = 0.2
"""The share of the draws with something wrong on which it need not hold: a name that says what is
wrong need not be all that is wrong, at a kink or with numbers that overflow."""

CLOSE = 1e-6

Claim = Callable[[Observer, int, Observation, int], bool]
"""``claim(observer, draw, what came, output) -> whether the name holds there``."""


def why_false(
    observer: Observer, names: Mapping[str, object], item: str, name: str,
    catalogue: Mapping[str, Callable[[int], Observation]],
) -> str:
    """Where the name of a mistake fails to hold; nothing if it is true.

    Parameters
    ----------
    observer : Observer
    names : mapping of str to object
        The namespace of the answer.
    item : str
        The rubric item with the name.
    name : str
    catalogue : mapping of str to callable
        What each known mistake of the exercise does with a draw, by its name.
    """
    if not observer.possible:
        return "there are no draws to test it on"
    if name not in catalogue and " or " in name:
        either = name.split(" or ")
        if all(part in catalogue for part in either):
            reasons = [why_false(observer, names, item, part, catalogue) for part in either]
            return "" if "" in reasons else reasons[0]
    came = cache(partial(observer.observe, names))
    if name in catalogue:
        known = catalogue[name]
        return _best(_same_as(observer, came, known, k) for k in _outputs(observer, item))
    if "changed in place" in name:
        return "" if any(came(k).changed for k in _draws(observer)) else "nothing is ever changed"
    claim = _general(name)
    if claim is None:
        return "no test of this name is known"
    return _best(_holds(observer, came, claim, k) for k in _meant(observer, item, name))


def _best(reasons: Iterable[str]) -> str:
    """Nothing, if one output has what the name says; else why the first one has not."""
    first = ""
    for reason in reasons:
        if not reason:
            return ""
        first = first or reason
    return first or "there is no output to test it on"


def _draws(observer: Observer) -> range:
    return range(min(TESTED, observer.count))


def _outputs(observer: Observer, item: str) -> Sequence[int | None]:
    """The outputs that the name of an item is about; None stands for all of them together."""
    outputs, items = observer.exercise.outputs, observer.right(0).items
    if item in items:
        return [items.index(item)]
    if not observer.aligned:
        return [None]
    if item in outputs:
        return [outputs.index(item)]
    return [*range(len(outputs)), None]


def _meant(observer: Observer, item: str, name: str) -> Sequence[int | None]:
    """The outputs that a general name of an item may be about.

    The entry of an item may hold more than one array: there also the output that the name begins
    with.
    """
    found, outputs = _outputs(observer, item), observer.exercise.outputs
    if item in observer.right(0).items and item not in outputs:
        return [*found, *(k for k, output in enumerate(outputs) if name.startswith(f"{output} "))]
    return found


def _part(observation: Observation, k: int | None):
    """One output, or all; the kind of the exception where one was raised."""
    if observation.error:
        return observation.error
    if k is None:
        return observation.outputs, observation.changed
    return observation.outputs[k] if k < len(observation.outputs) else None


def _same_as(
    observer: Observer, came: Callable[[int], Observation], known: Callable[[int], Observation],
    k: int | None,
) -> str:
    """Why an output is not what a known mistake computes."""
    tally = Tally()
    for draw in _draws(observer):
        if observer.right(draw).error:
            continue
        if came(draw).error == OUT_OF_TIME:
            return f"draw {draw}: it does not come to an end"
        if came(draw).error and known(draw).error:
            tally.holds += 1
            continue
        tolerance = max(CLOSE, observer.tolerance(draw))
        got, wrong, right = (
            _part(observation, k) for observation in (came(draw), known(draw),
                                                      observer.right(draw)))
        # Kinds of numbers are a mistake of their own only where all values are right. What comes
        # of integers is of either kind.
        only_kinds = same_values(wrong, right, tolerance)
        if only_kinds and observer.has_integers(draw):
            continue
        if not same_values(got, wrong, tolerance, kinds=only_kinds):
            tally.fail(f"draw {draw}: the named mistake gives {_short(wrong)}, came {_short(got)}")
        elif not same_values(wrong, right, tolerance, kinds=True):
            tally.holds += 1
    return tally.why_false(len(_draws(observer)))


def _holds(
    observer: Observer, came: Callable[[int], Observation], claim: Claim, k: int | None
) -> str:
    """Why an output is not what a general name says."""
    if k is None:
        return "an output of its own is needed"
    tally = Tally()
    for draw in _draws(observer):
        right, got = observer.right(draw), came(draw)
        if got.error == OUT_OF_TIME:
            return f"draw {draw}: it does not come to an end"
        if right.error or (not got.error and same_values(
                got.outputs[k:k + 1], right.outputs[k:k + 1], observer.tolerance(draw))):
            # Where nothing is wrong, a factor must not show: all is 0.
            continue
        if got.error or not claim(observer, draw, got, k):
            what = got.error or _short(got.outputs[k] if k < len(got.outputs) else None)
            tally.fail(f"draw {draw}: came {what} for {_short(right.outputs[k])}")
        else:
            tally.holds += 1
    return tally.why_false(len(_draws(observer)))


@dataclass
class Tally:
    """On how many draws with something wrong a name holds, and where it does not first."""

    holds: int = 0
    fails: int = 0
    first: str = ""

    def fail(self, where: str) -> None:
        """Count a draw on which it does not hold."""
        self.fails += 1
        self.first = self.first or where

    def why_false(self, drawn: int) -> str:
        """Why the name is false, or nothing."""
        if self.fails > EXCUSED * (self.holds + self.fails):
            return f"{self.first} (it fails on {self.fails} draws, and holds on {self.holds})"
        return "" if self.holds >= min(FEWEST, drawn) else f"it matters on {self.holds} draws"


def _general(name: str) -> Claim | None:
    """The test of a name that is not in the catalogue."""
    for pattern, make in GENERAL:
        if found := re.search(pattern, name):
            return make(*found.groups())
    return None


def _pair(observer: Observer, draw: int, got: Observation, k: int):
    if k >= len(got.outputs):
        return None, None
    return as_array(got.outputs[k]), as_array(observer.right(draw).outputs[k])


def _times(factors_of: Callable[[Observer, int], Iterable[float]]) -> Claim:
    """The claim that an output is a factor times what it should be."""
    def claim(observer: Observer, draw: int, got: Observation, k: int) -> bool:
        came, right = _pair(observer, draw, got, k)
        if came is None or right is None or came.shape != right.shape:
            return False
        limit = max(10 * CLOSE, observer.tolerance(draw))
        return any(same_values(came, factor * right.astype(float), limit)
                   for factor in factors_of(observer, draw))

    return claim


def _sizes(letter: str) -> Callable[[Observer, int], set[float]]:
    """What a letter stands for; where that is not known, any size that there is."""
    def sizes(observer: Observer, draw: int) -> set[float]:
        dims = observer.dims(draw)
        return {float(dims[letter])} if letter in dims else observer.sizes(draw)

    return sizes


def _inverse(sizes: Callable[[Observer, int], set[float]]) -> Callable[[Observer, int], set[float]]:
    return lambda observer, draw: {1 / size for size in sizes(observer, draw) if size}


def _zeros(observer: Observer, draw: int, got: Observation, k: int) -> bool:
    came, right = _pair(observer, draw, got, k)
    return came is not None and right is not None and came.shape == right.shape and (
        not np.any(came))


def _zero_where_wrong(observer: Observer, draw: int, got: Observation, k: int) -> bool:
    came, right = _pair(observer, draw, got, k)
    if came is None or right is None or came.shape != right.shape:
        return False
    limit = max(CLOSE, observer.tolerance(draw)) * np.max(np.abs(right), initial=0.0)
    return not np.any(came[~(np.abs(came - 1.0 * right) <= limit)])


def _transposed(observer: Observer, draw: int, got: Observation, k: int) -> bool:
    came, right = _pair(observer, draw, got, k)
    if came is None or right is None or came.ndim != right.ndim:
        return False
    return any(same_values(came, right.transpose(axes), CLOSE)
               for axes in permutations(range(right.ndim)) if axes != tuple(range(right.ndim)))


def _near(limit: float) -> Claim:
    """The claim that an output is right but for its last digits."""
    def claim(observer: Observer, draw: int, got: Observation, k: int) -> bool:
        came, right = _pair(observer, draw, got, k)
        return came is not None and right is not None and same_values(came, right, limit)

    return claim


NUMBER = r"(-?[\d.]+(?:e[+-]?\d+)?)"
def _in_order(order: str) -> Claim:
    """The claim that the outputs are right and stand in another order."""
    def claim(observer: Observer, draw: int, got: Observation, k: int) -> bool:
        names = observer.exercise.outputs
        places = [names.index(name) for name in order.split(", ")]
        return same_values(tuple(got.outputs[:len(places)]), tuple(
            observer.right(draw).outputs[place] for place in places), observer.tolerance(draw))

    return claim


def _reshaped(observer: Observer, draw: int, got: Observation, k: int) -> bool:
    came, right = _pair(observer, draw, got, k)
    return came is not None and right is not None and came.size == right.size and same_values(
        came.reshape(right.shape), right, max(CLOSE, observer.tolerance(draw)))


GENERAL: list[tuple[str, Callable[..., Claim]]] = [
    (r"has the wrong sign$", lambda: _times(lambda *_: (-1.0,))),
    (r"is exactly (\w+) times too large", lambda letter: _times(_sizes(letter))),
    (r"is exactly (\w+) times too small", lambda letter: _times(_inverse(_sizes(letter)))),
    (rf"is {NUMBER} times what it should be", lambda n: _times(lambda *_: (float(n),))),
    (r"is all zeros|is always 0", lambda: _zeros),
    (r"is 0 where it should not be", lambda: _zero_where_wrong),
    (r"is transposed$|with its axes in order", lambda: _transposed),
    (r"computed in float32|rounded to \d+ decimals|right to \d+ digits", lambda: _near(1e-4)),
    (r"values are returned in the order ([\w, \[\]]+)$", _in_order),
    (r"values of .* are right, and its shape is not$", lambda: _reshaped),
    (r"a numerical gradient was handed in", lambda: _near(1e-3)),
]
"""Names that are no known mistakes, and what they say."""


def _short(value) -> str:
    """A value in a few words."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
