"""Every exercise of every chapter: right answers of every style pass, known mistakes are named."""

import numpy as np
import pytest

from autograder.checking.answers import PUBLIC_SEED, with_hidden_names
from autograder.checking.exercise import CONDUCT
from autograder.checking.own_layers import judged_by_own_layers
from autograder.checking.result import NOT_REACHED, NOT_WRITTEN, WRONG
from autograder.checking.rubric import run_check
from autograder.examination.right import right_answers_of
from autograder.exercises import CHAPTERS, brought_into, exercises_of, module_of
from autograder.kit.functions import LocalFunctions
from autograder.mistakes import mistakes_of
from autograder.tests.keys import assert_frozen, keys_of, reference_of

ALL_EXERCISES = [(chapter, name) for chapter in CHAPTERS for name in exercises_of(chapter)]
ALL_MISTAKES = [
    pytest.param(chapter, mistake, id=f"{mistake.exercise}: {mistake.name}")
    for chapter in CHAPTERS for found in mistakes_of(chapter).values() for mistake in found
]
ALL_RIGHT = [
    pytest.param(chapter, answer, id=f"{answer.exercise}: {answer.style}")
    for chapter in CHAPTERS for answer in right_answers_of(chapter)
]
KEYS = ["hidden", "public"]
AT_HOME = ["public"]
"""For the many: hidden cases of many seeds are a slow test of the examination, and not of here."""


def check(chapter, name, which, functions=None):
    row = f"add one to autograder/exercises/{module_of(chapter)}.py"
    assert name in exercises_of(chapter), f"{name} has no row in the exercise table; {row}"
    if which == "public":
        assert_frozen(chapter)
    keys = keys_of(chapter, which)
    namespace = {**reference_of(chapter), **(functions or {})}
    return run_check(keys[name], LocalFunctions(namespace))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_names_of_hidden_cases_say_nothing_of_what_was_drawn(chapter):
    for name, exercise in exercises_of(chapter).items():
        drawn = [[case.name for case in with_hidden_names(exercise.cases_for(seed))]
                 for seed in (1, 2, 3)]
        assert drawn[0] == drawn[1] == drawn[2], name


@pytest.mark.parametrize("which", KEYS)
@pytest.mark.parametrize("chapter, name", ALL_EXERCISES)
def test_reference_gets_full_marks(chapter, name, which):
    result = check(chapter, name, which)
    assert result.points == result.max_points == exercises_of(chapter)[name].max_points, str(result)


@pytest.mark.parametrize("which", AT_HOME)
@pytest.mark.parametrize("chapter, answer", ALL_RIGHT)
def test_right_answer_of_any_style_gets_full_marks(chapter, answer, which):
    result = check(chapter, answer.exercise, which, answer.functions)
    assert result.points == result.max_points, str(result)


@pytest.mark.parametrize("which", AT_HOME)
@pytest.mark.parametrize("chapter, mistake", ALL_MISTAKES)
def test_known_mistake_loses_its_own_points_and_is_named(chapter, mistake, which):
    result = check(chapter, mistake.exercise, which, mistake.functions)
    lost = {item.name for item in result.items if item.status == WRONG}
    assert lost == set(mistake.loses), (
        f"autograder/mistakes/{module_of(chapter)}.py says that {mistake.name!r} loses "
        f"{sorted(mistake.loses)}, and the items marked with a cross are {sorted(lost)}\n{result}"
    )
    assert result.mistakes == (mistake.name,), str(result)
    for item in result.items:
        if item.status == WRONG:
            assert item.explanation == mistake.explanation
            assert item.hint == mistake.hint


BACKWARD = [
    pytest.param(chapter, name, id=name) for chapter, name in ALL_EXERCISES
    if (gradient := exercises_of(chapter)[name].gradient) and gradient.cached
]


@pytest.mark.parametrize("chapter, name", BACKWARD)
def test_mistake_is_named_where_the_forward_function_is_not_written_yet(chapter, name):
    """Perhaps with another one: what shows only in a pair does not tell them apart."""
    def stub(*args, **kwargs):
        raise NotImplementedError

    forward = exercises_of(chapter)[name].gradient.forward
    for mistake in mistakes_of(chapter)[name]:
        if forward in mistake.functions:
            continue
        result = check(chapter, name, "hidden", {**mistake.functions, forward: stub})
        told = {part for name in result.mistakes for part in name.split(" or ")}
        assert mistake.name in told and len(result.mistakes) == 1, str(result)


@pytest.mark.parametrize("chapter, name", ALL_EXERCISES)
def test_stub_gets_nothing_and_is_called_unwritten(chapter, name):
    def stub(*args, **kwargs):
        raise NotImplementedError

    result = check(chapter, name, "public", {name: stub})
    assert result.points == 0
    assert all(item.status == NOT_WRITTEN for item in result.items), str(result)


COMPOSED = [
    (chapter, name) for chapter, name in ALL_EXERCISES
    if exercises_of(chapter)[name].composed
    or any(case.composed for case in exercises_of(chapter)[name].cases_for(PUBLIC_SEED))
]


@pytest.mark.parametrize("which", KEYS)
@pytest.mark.parametrize("chapter, name", COMPOSED)
def test_composition_of_the_references_layers_is_the_reference(chapter, name, which):
    key = keys_of(chapter, which)[name]
    own = judged_by_own_layers(key, LocalFunctions(reference_of(chapter)))
    assert not own.waiting and not own.notes
    assert own.key == key


@pytest.mark.parametrize("chapter, name", COMPOSED)
def test_exercise_waits_where_earlier_functions_are_missing(chapter, name):
    missing = dict.fromkeys([*brought_into(chapter), *exercises_of(chapter)[name].uses])
    result = check(chapter, name, "public", missing)
    waiting = [item for item in result.items if item.message.startswith("waits for ")]
    assert waiting, str(result)
    assert all(item.status == NOT_REACHED and item.points == 0 for item in waiting)


WORTHLESS = {
    "nothing": lambda *a, **k: None,
    "its first argument": lambda *a, **k: a[0] if a else 0,
    "zero": lambda *a, **k: 0.0,
    "many zeros": lambda *a, **k: (0.0,) * 5,
    "an object": lambda *a, **k: object(),
    "a constant and its gradient": lambda *a, **k: (0.0, np.zeros(np.shape(a[0]) if a else ())),
}


@pytest.mark.parametrize("answer", WORTHLESS)
@pytest.mark.parametrize("chapter, name", ALL_EXERCISES)
def test_worthless_answer_earns_nothing(chapter, name, answer):
    if (name, answer) == ("identity", "its first argument"):
        pytest.skip("that is the right answer")
    if exercises_of(chapter)[name].signature == "()" and answer.endswith("gradient"):
        pytest.skip("a question can be answered by a lucky guess")
    result = check(chapter, name, "hidden", {name: WORTHLESS[answer]})
    assert result.points == 0, str(result)


@pytest.mark.parametrize("chapter, name", ALL_EXERCISES)
def test_exercise_has_enough_mistakes_and_styles(chapter, name):
    module, mistakes = module_of(chapter), mistakes_of(chapter).get(name, [])
    catalogue = f"autograder/mistakes/{module}.py"
    assert len(mistakes) >= 4, f"{name} has {len(mistakes)} mistakes of 4; add some to {catalogue}"
    names = [mistake.name for mistake in mistakes]
    assert len(set(names)) == len(names), f"two mistakes of {name} in {catalogue} have one name"
    for mistake in mistakes:
        assert mistake.explanation and mistake.hint and mistake.loses, (
            f"{name}, {mistake.name!r}: give it a docstring, a hint, and what it loses in"
            f" {catalogue}"
        )
    styles = [answer.style for answer in right_answers_of(chapter) if answer.exercise == name]
    assert len(styles) >= 5, (
        f"{name} has {len(styles)} right answers of 5; add other styles to "
        f"autograder/examination/right/{module}.py"
    )


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_mistakes_and_right_answers_belong_to_an_exercise(chapter):
    known, module = set(exercises_of(chapter)), module_of(chapter)
    told = {*mistakes_of(chapter), *(answer.exercise for answer in right_answers_of(chapter))}
    assert told <= known, (
        f"add a row to autograder/exercises/{module}.py for {', '.join(sorted(told - known))}"
    )


@pytest.mark.parametrize("chapter, name", ALL_EXERCISES)
def test_every_rubric_item_is_decided_by_something(chapter, name):
    exercise, row = exercises_of(chapter)[name], f"autograder/exercises/{module_of(chapter)}.py"
    tags = {case.item for case in exercise.cases_for(PUBLIC_SEED) if case.item}
    undecided = set(exercise.points) - {*exercise.outputs, *CONDUCT, *tags}
    assert not undecided, f"{name}: no case in {row} has the item {', '.join(sorted(undecided))}"
    unpaid = tags - set(exercise.points)
    assert not unpaid, f"{name}: {row} gives no points for the item {', '.join(sorted(unpaid))}"


@pytest.mark.parametrize("chapter, name", ALL_EXERCISES)
def test_shapes_are_those_of_inputs(chapter, name):
    exercise = exercises_of(chapter)[name]
    inputs = {key for case in exercise.cases_for(PUBLIC_SEED) for key in case.inputs}
    assert set(exercise.shapes) <= inputs, "shapes name inputs that no case has"
