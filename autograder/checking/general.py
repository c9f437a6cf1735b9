"""Mistakes that any array may have: zeros, a sign, a factor, axes in another order.

Each is a claim about all cases, and is made only where all of them bear it out and a claim beside
it would not do as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement, permutations
from math import prod

import numpy as np

from autograder.checking.comparison import as_array, compare, error_between
from autograder.checking.playing import Played
from autograder.kit.student_error import StudentError

SAME_MISTAKE = 1e-6
"""Two wrong outputs that agree this well come from the same mistake."""

ENOUGH_ENTRIES = 3
"""Entries of different size in which a claim must show, where one case has to do."""

NO_FACTOR = 1e-4
"""A factor as near to 1 as this is a lack of precision."""

MOST_FACTORS = 3
"""Sizes in the largest product that is looked at."""

MOST_RETURNED = 4
"""Outputs whose order is looked at."""


@dataclass(frozen=True)
class Diagnosis:
    """The name of a mistake, why it is one, and one next step."""

    mistake: str
    explanation: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Pair:
    """An output in one case: what came, what is right, the sizes of the case by name, and which of
    these names are letters."""

    got: np.ndarray
    expected: np.ndarray
    sizes: Mapping[str, int]
    letters: frozenset[str]

    @property
    def tells(self) -> bool:
        """Whether the case can tell one factor from another."""
        return bool(np.any(self.expected))

    @property
    def is_zero_where_wrong(self) -> bool:
        """Whether the shape is right, and every entry that is wrong is 0."""
        got, expected = self.got, self.expected
        if got.shape != expected.shape:
            return False
        with np.errstate(invalid="ignore", over="ignore"):
            right = np.abs(got - expected) <= SAME_MISTAKE * np.max(np.abs(expected), initial=0.0)
        return not np.any(got[~right])

    @cached_property
    def factor(self) -> float | None:
        """The one factor between the two arrays; None if there is none, or not a single one."""
        got, expected = self.got, self.expected
        if got.shape != expected.shape or not self.tells:
            return None
        with np.errstate(invalid="ignore", over="ignore"):  # both may hold what is not finite
            factor = float(np.vdot(expected, got).real / np.vdot(expected, expected).real)
        if not np.isfinite(factor):
            return None
        error = error_between(got, factor * expected)
        return factor if error <= SAME_MISTAKE * max(1, abs(factor)) else None


def general_mistake(
    name: str, played: Sequence[Played], k: int, a_loss: bool
) -> Diagnosis | None:
    """Name what is wrong with an output in every case.

    Parameters
    ----------
    name : str
        The output's name.
    played : sequence of Played
        All cases that ask for it, right and wrong.
    k : int
        Its position.
    a_loss : bool
        Whether it belongs to a loss, which is a mean over the batch.
    """
    asked = [p for p in played if p.trial.error or p.keyed.right.outputs[k] is not None]
    found = [_pair(p, k) for p in asked]
    pairs = [pair for pair in found if pair is not None]
    telling = [pair for pair in pairs if pair.tells]
    if len(pairs) < len(found) or not telling or any(
        pair.expected.dtype.kind != "f" for pair in pairs
    ):
        return None
    # Where all of the right answer is zero, so must be what came, whatever the mistake.
    if any(np.any(pair.got) for pair in pairs if not pair.tells):
        return None
    if len(telling) < 2:
        return None  # what one case shows, a mistake of another kind may do as well
    return (_zeros(name, telling) or _sign(name, telling) or _factor(name, telling, a_loss)
            or _transposed(name, telling))


def where_it_is_wrong(
    name: str, wrong: Sequence[Played], k: int, also_wrong: Sequence[Played] = ()
) -> Diagnosis | None:
    """Name what is wrong in some cases, beside others that are right.

    That an output is 0, or off by a size, can be said of these alone. Of single numbers it takes
    three. And it must be so in the cases of other items that are wrong as well: `also_wrong`.
    """
    found = [_pair(p, k) for p in (*wrong, *also_wrong)]
    pairs = [pair for pair in found if pair is not None and pair.tells]
    least = ENOUGH_ENTRIES if all(pair.expected.size == 1 for pair in pairs) else 2
    if len(wrong) < least or len(pairs) < len(found) or any(
        pair.expected.dtype.kind != "f" for pair in pairs
    ):
        return None
    own = pairs[:len(wrong)]
    if all(pair.got.size and not np.any(pair.got) for pair in own) and all(
            pair.is_zero_where_wrong for pair in pairs):
        return Diagnosis(f"{name} is 0 where it should not be", "",
                         f"Look for where {name} gets its values.")
    factors = [pair.factor for pair in pairs if pair.factor]
    if len(factors) == len(pairs) and (letter := _letter_of(pairs, factors)):
        return Diagnosis(f"{name} is exactly {letter} times too large, where it is wrong", "",
                         f"Where should a division by {letter} happen?")
    return None


def different_entries(got: np.ndarray, expected: np.ndarray, tolerance: float) -> int:
    """How many entries of different size are wrong."""
    if got.shape != expected.shape:
        return _different_sizes(got)
    with np.errstate(over="ignore", invalid="ignore"):
        largest = float(np.max(np.abs(1.0 * expected), initial=1e-8))
        wrong = ~(np.abs(got - 1.0 * expected) <= tolerance * largest)
    return _different_sizes(got[wrong])


def _different_sizes(array: np.ndarray) -> int:
    """How many numbers other than 0 there are, no two of them of one size."""
    sizes = np.abs(array[np.isfinite(array) & (array != 0)])
    return len({f"{float(size):.6g}" for size in sizes.ravel()[:100]})


def _zeros(name: str, pairs: list[Pair]) -> Diagnosis | None:
    """All zeros; of a single number that it is 0 each time."""
    if any(not pair.got.size or np.any(pair.got) or pair.got.shape != pair.expected.shape
           for pair in pairs):
        return None
    if all(pair.expected.size == 1 for pair in pairs):
        return Diagnosis(f"{name} is always 0", f"{name} is 0 in every case.",
                         f"Look for where {name} gets its value.")
    if not any(_different_sizes(pair.expected) > 1 for pair in pairs):
        return None
    return Diagnosis(f"{name} is all zeros", f"Every entry of {name} is 0, in every case.",
                     f"Look for where {name} gets its values.")


def _sign(name: str, pairs: list[Pair]) -> Diagnosis | None:
    if any(pair.factor is None or abs(pair.factor + 1) >= SAME_MISTAKE for pair in pairs):
        return None
    return Diagnosis(f"{name} has the wrong sign",
                     f"Every entry of {name} is exactly minus what it should be.",
                     "Follow the minus signs through the derivation.")


def _factor(name: str, pairs: list[Pair], a_loss: bool) -> Diagnosis | None:
    """A factor that is the same in every case, or a letter of the sizes in every case."""
    factors = [pair.factor for pair in pairs if pair.factor]
    entries = sum(np.count_nonzero(pair.expected) for pair in pairs)
    if len(factors) < max(2, len(pairs)) or entries < ENOUGH_ENTRIES:
        return None
    letter = _letter_of(pairs, factors)
    if letter:
        mean = ": the mean over the batch is missing" if letter == "N" and a_loss else ""
        return Diagnosis(f"{name} is exactly {letter} times too large{mean}",
                         hint=f"Where should a division by {letter} happen?")
    letter = _letter_of(pairs, [1 / factor for factor in factors])
    if letter:
        return Diagnosis(f"{name} is exactly {letter} times too small",
                         hint=f"Where does the division by {letter} come from?")
    factor = factors[0]
    if abs(factor - 1) < NO_FACTOR or not np.allclose(
        factors, factor, rtol=SAME_MISTAKE, atol=0.0
    ):
        return None
    # Where a size is the same in all cases, the factor may be that size.
    if any(np.allclose(values, target, rtol=SAME_MISTAKE)
           for values in _products(pairs).values() for target in (factor, 1 / factor)):
        return Diagnosis("", f"Every entry of {name} is {factor:.6g} times what it should be.",
                         "Look for a constant factor, or a size, that was lost or counted twice.")
    return Diagnosis(f"{name} is {factor:.6g} times what it should be",
                     f"Every entry of {name} is off by this one factor.",
                     "Look for a constant factor that was lost or counted twice.")


def _letter_of(pairs: list[Pair], factors: list[float]) -> str:
    """The letter whose size is the factor in every case, if it is the only explanation; or ''.

    Every other size, and every product of sizes, must differ from it in two cases.
    """
    products = _products(pairs)
    letters = [parts[0] for parts, values in products.items()
               if len(parts) == 1 and parts[0] in pairs[0].letters
               and np.allclose(values, factors, rtol=SAME_MISTAKE)]
    if len(letters) != 1 or len({round(factor, 6) for factor in factors}) < 2:
        return ""
    own, others = np.array(products[(letters[0],)]), pairs[0].letters - {letters[0]}
    for parts, values in products.items():
        differ = np.count_nonzero(own != np.array(values))
        if differ == 1 or (differ == 0 and not others.isdisjoint(parts)):
            return ""
    return letters[0]


def _products(pairs: list[Pair]) -> dict[tuple[str, ...], list[float]]:
    """All sizes that every case has, and their products, case by case."""
    names = [name for name in pairs[0].sizes if all(name in pair.sizes for pair in pairs)]
    made = {}
    for count in range(1, MOST_FACTORS + 1):
        for parts in combinations_with_replacement(names, count):
            made[parts] = [float(prod(pair.sizes[name] for name in parts)) for pair in pairs]
    return made


def _transposed(name: str, pairs: list[Pair]) -> Diagnosis | None:
    """The axes in one other order; none where two orders would do.

    Where there are more or fewer axes than in the first case, they must be turned round.
    """
    dimensions = pairs[0].expected.ndim
    if not 2 <= dimensions <= 4:
        return None
    if not any(different_entries(pair.got, pair.expected, SAME_MISTAKE) >= ENOUGH_ENTRIES
               for pair in pairs):
        return None
    others = list(permutations(range(dimensions)))[1:]
    fit = [axes for axes in others if all(
        pair.got.shape == turned.shape and error_between(pair.got, turned) <= SAME_MISTAKE
        for pair in pairs
        for turned in [pair.expected.transpose(axes if pair.expected.ndim == dimensions else None)]
    )]
    if len(fit) != 1:
        return None
    how = "transposed" if dimensions == 2 else f"right, but with its axes in order {fit[0]}"
    return Diagnosis(f"{name} is {how}", "The numbers are right and stand in the wrong places.",
                     f"Compare the shape of {name} with the shape it is the gradient of.")


def _pair(p: Played, k: int) -> Pair | None:
    if p.trial.error or p.keyed.case.judge:
        return None
    got, expected = as_array(p.trial.outputs[k]), as_array(p.keyed.right.outputs[k])
    if got is None or expected is None:
        return None
    case = p.keyed.case
    numbers = {name: value for name, value in case.inputs.items()
               if type(value) is int and value > 0 and name not in case.dims}
    axes = {f"axis {axis}": size for axis, size in enumerate(expected.shape)}
    return Pair(got, expected, {**axes, **numbers, **case.dims}, frozenset(case.dims))


def exchanged(names: Sequence[str], played: Sequence[Played], k: int) -> Diagnosis | None:
    """Right values that are returned in another order.

    Parameters
    ----------
    names : sequence of str
        Those of all outputs.
    played : sequence of Played
        All cases.
    k : int
        Position of the output that is wrong.
    """
    if len(names) < 2 or any(p.trial.error or p.keyed.case.judge for p in played):
        return None
    if any(right is None for p in played for right in p.keyed.right.outputs):
        return None  # they are asked for one by one: what stands in an object has no order
    fit = [
        order for order in list(permutations(range(len(names))))[1:] if order[k] != k and all(
            compare(p.trial.outputs[j], p.keyed.right.outputs[order[j]],
                    max(SAME_MISTAKE, p.keyed.case.tolerance)) is None
            for p in played for j in range(len(names))
        )
    ] if len(names) <= MOST_RETURNED else []
    if len(fit) != 1 or not _is_varied(played, k, fit[0][k]):
        return None
    came = ", ".join(names[j] for j in fit[0])
    return Diagnosis(
        f"the values are returned in the order {came}",
        f"Each of them is right, and stands in the place of another: {', '.join(names)} is asked "
        "for.",
        "Compare the return line with the docstring.",
    )


def _is_varied(played: Sequence[Played], k: int, j: int) -> bool:
    """Whether an exchange of two outputs shows in more than a single number."""
    entries = 0
    for p in played:
        array = as_array(p.trial.outputs[k])
        if array is None or compare(p.keyed.right.outputs[k], p.keyed.right.outputs[j], 1e-3):
            entries += 1 if array is None else array.size
    return entries >= ENOUGH_ENTRIES


def in_another_shape(name: str, played: Sequence[Played], k: int) -> Diagnosis | None:
    """Right values, wherever they are looked at, in a wrong shape."""
    found = [p.trial.error or p.difference(k) for p in played]
    wrong = [p for p, fault in zip(played, found, strict=True) if fault]
    if not wrong or any(isinstance(f, StudentError) or (f and not f.only_shape) for f in found):
        return None
    arrays = [np.asarray(p.keyed.right.outputs[k]) for p in wrong]
    if len(wrong) < 2 and all(_different_sizes(array) < ENOUGH_ENTRIES for array in arrays):
        return None
    return Diagnosis(f"the values of {name} are right, and its shape is not", "",
                     f"Print {name}.shape and compare it with the shapes in the docstring.")
