"""Answer keys and reference functions of this checkout, made once for all tests."""

from functools import cache

from autograder.checking.answers import frozen_keys
from autograder.course import Course
from autograder.exercises import exercises_of

HIDDEN_SEED = 987_654


@cache
def keys_of(chapter, which):
    """Answer keys as the grader has them, or as a student's machine has them."""
    if which == "public":
        return frozen_keys(chapter, exercises_of(chapter))
    return {key.exercise.name: key for key in Course.find().answer_keys(chapter, HIDDEN_SEED)}


@cache
def reference_of(chapter):
    """The reference functions of a chapter."""
    return Course.find().reference(chapter)
