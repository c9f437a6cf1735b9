"""What an examiner hands in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stranger:
    """A wrong answer to one exercise.

    Attributes
    ----------
    exercise : str
        Name of the function or class that the notebook asks for.
    title : str
        The mistake in a few words.
    truth : str
        What is wrong, and what is computed instead.
    source : str
        The answer as it would be handed in. It may use `np` and whatever else the notebook has.
    """

    exercise: str
    title: str
    truth: str
    source: str
