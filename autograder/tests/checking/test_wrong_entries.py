"""A map of wrong entries, and one sentence about all of them."""

import numpy as np
import pytest

from autograder.checking.wrong_entries import drawn, in_common, piece_drawn, wrong_entries

SIZES = {"N": 3, "D": 4}


def marked(shape, *where):
    mask = np.zeros(shape, dtype=bool)
    for index in where:
        mask[index] = True
    return mask


def border(*shape):
    mask = np.ones(shape, dtype=bool)
    mask[..., 1:-1, 1:-1] = False
    return mask


@pytest.mark.parametrize("mask, sentence", [
    (np.ones((3, 4), bool), "dx is wrong everywhere."),
    (marked((3, 4), (2, 1)), "Only dx[2, 1] is wrong."),
    (marked((3, 4), 0), "4 of 12 entries of dx are wrong: row 0."),
    (marked((3, 4), 2), "4 of 12 entries of dx are wrong: the last row."),
    (marked((3, 4), (slice(None), 3)), "3 of 12 entries of dx are wrong: the last column."),
    (marked((5, 4), 0, 2), "8 of 20 entries of dx are wrong: rows 0 and 2."),
    (marked((3, 4), (1, 0), (1, 2)), "2 of 12 entries of dx are wrong: all in row 1."),
    (marked((3, 4), (0, 3), (2, 3)), "2 of 12 entries of dx are wrong: all in the last column."),
    (marked((6,), 5, 1), "2 of 6 entries of dx are wrong: entries 1 and 5."),
    (marked((3, 2, 4, 4), 1), "32 of 96 entries of dx are wrong: sample 1."),
    (marked((3, 2, 4, 4), np.s_[:, :, 0]), "24 of 96 entries of dx are wrong: row 0."),
    (marked((5, 2, 4, 4), 1, 3), "64 of 160 entries of dx are wrong: indices 1 and 3 of axis 0."),
    (marked((5, 2, 4, 4), 1), "32 of 160 entries of dx are wrong: index 1 of axis 0."),
    (border(3, 2, 4, 4), "72 of 96 entries of dx are wrong: the border."),
    (~border(3, 2, 4, 4), "24 of 96 entries of dx are wrong: all but the border."),
    (np.eye(4, dtype=bool), "4 of 16 entries of dx are wrong: the diagonal."),
    (~np.eye(4, dtype=bool), "12 of 16 entries of dx are wrong: all but the diagonal."),
    (marked((4, 4), (0, 1), (1, 3), (2, 0), (3, 2)), "4 of 16 entries of dx are wrong."),
])
def test_what_wrong_entries_have_in_common(mask, sentence):
    assert in_common(mask, "dx", SIZES) == sentence


def test_map_is_drawn_where_it_is_small_and_says_something():
    assert drawn(marked((2, 3), (0, 2))) == "· · x\n· · ·"
    assert drawn(marked((4,), 1)) == "· x · ·"
    assert drawn(marked((8, 12), 0)) and not drawn(marked((9, 3), 0))
    assert not drawn(marked((3, 13), 0)) and not drawn(np.ones((2, 3), bool))


def test_of_more_axes_the_first_wrong_piece_is_drawn():
    mask = marked((3, 2, 2, 3), (1, 1, 0, 2), (2, 0, 1, 1))
    assert (piece_drawn(mask), drawn(mask)) == ("[1, 1]", "· · x\n· · ·")
    assert piece_drawn(marked((2, 3), (0, 2))) == ""
    assert drawn(marked((3, 2, 2, 3), 1)) == "", "all of that piece is wrong"


def test_entries_are_measured_by_the_largest_one():
    right = np.array([1e4, 1.0, 0.0, np.nan, np.inf, 3.0])
    came = right + [0, 1e-6, 1e-3, 0, 0, np.nan]
    assert wrong_entries(came, right, 1e-9).tolist() == [False, False, True, False, False, True]
