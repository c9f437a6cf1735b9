"""Trainings: run, watched, stopped, kept, taken up. Nothing here asserts a time."""

import os
import re
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from autograder import live_curves, training
from autograder.checkpoints import FOLDER
from autograder.live_curves import Screen
from autograder.training import History, train

CELL = """
import numpy as np

class Layer:
    def gradient(self, w):
        return FACTOR * w

class Net:
    def __init__(self, rng):
        self.params = {"w": rng.normal(0, 1, (5, 3)).astype(np.float32)}
        self.layer = Layer()
        self.calls = 0

    def gradient(self, noise):
        self.calls += 1
        return self.layer.gradient(self.params["w"]) + noise

rate = 0.1
asked = []
FACTOR = 0.5
rng = np.random.default_rng(7)
net = Net(rng)

def descend(w, dw):
    return w - np.float32(rate) * dw.astype(np.float32)

def step(k):
    asked.append(k)
    net.params["w"] = descend(net.params["w"], net.gradient(rng.normal(0, 0.01, (5, 3))))
    return float((net.params["w"] ** 2).sum())

def measure():
    return {"training": 1 - 1 / (1 + len(asked)), "held out": 0.5}
"""
"""A cell as a student runs it: everything is made anew, from the same seed."""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def cell(*changes: tuple[str, str], at_step: dict | None = None) -> dict:
    """Run the cell; some lines changed, and something done in place of some steps."""
    source = CELL
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    names: dict = {}
    exec(source, names)  # no file, as in a notebook
    names["asked"] = Asked(at_step or {})
    return names


class Asked(list):
    """The steps that were asked for; some are not done, but raise."""

    def __init__(self, at_step: dict):
        super().__init__()
        self.at_step = at_step

    def append(self, k: int) -> None:
        if k in self.at_step:
            raise self.at_step[k]
        super().append(k)


def run(names: dict, **options) -> History:
    """Train as a chapter does."""
    options = {"steps": 40, "settings": {"lr": 0.1}, "seed": 7, "measure": names["measure"],
               "every": 10, **options}
    keep = {"params": names["net"].params, "rng": names["rng"]}
    return train(names["step"], keep=keep, name="small", **options)


def stop_at(k: int) -> dict:
    return {k: KeyboardInterrupt()}


class Clock:
    """A clock that steps and measurements move."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr(training, "perf_counter", lambda: self.now)

    def slow(self, function, seconds):
        def slowly(*arguments):
            self.now += seconds
            return function(*arguments)

        return slowly


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


# From the first step to the last


def test_every_step_is_done_once_in_order(clock, capsys):
    names = cell()
    history = run(names)
    assert names["asked"] == list(range(40))
    assert history.losses.shape == (40,) and history.losses.dtype == float
    assert history.losses[-1] == pytest.approx((names["net"].params["w"] ** 2).sum())
    assert (history.steps, history.stopped) == (40, False)
    said = capsys.readouterr().out
    assert re.fullmatch(r"40 steps, less than 0\.1 minutes: [\d.]+ ms a step, timed on the first "
                        r"five.*\.\n", said), said


@pytest.mark.parametrize(("steps", "at"), [
    (40, [0, 10, 20, 30, 40]), (43, [0, 10, 20, 30, 40, 43]), (3, [0, 3]),
])
def test_curves_are_measured_at_first_on_the_way_and_at_last(steps, at):
    history = run(cell(), steps=steps)
    assert set(history.curves) == {"training", "held out"}
    places, values = history.curves["training"]
    assert places.tolist() == at
    np.testing.assert_array_equal(values, 1 - 1 / (1 + places))


def test_without_a_measure_there_are_no_curves():
    assert run(cell(), measure=None, every=None).curves == {}


def test_history_says_itself_in_one_line(clock):
    text = repr(run(cell()))
    assert text.startswith("History(40 steps in less than 0.1 minutes, loss ")
    assert "training 0.9756, held out 0.5" in text and "\n" not in text


def test_losses_are_smoothed_by_means():
    history = History(np.arange(6.0), {}, 6, False, 1.0)
    np.testing.assert_allclose(history.smoothed(3), [1, 2, 3, 4])
    np.testing.assert_allclose(history.smoothed(100), [2.5])
    assert History(np.zeros(0), {}, 0, True, 0.0).smoothed().shape == (0,)


# The time it will take


def test_minutes_are_estimated_from_five_steps(clock, capsys):
    names = cell()
    names["step"] = clock.slow(names["step"], 0.0123)
    history = run(names, steps=10_000, measure=None)
    assert not history.stopped
    assert history.seconds == pytest.approx(123)
    assert capsys.readouterr().out == (
        "10000 steps, about 2.0 minutes: 12 ms a step, timed on the first five.\n")


def test_measurements_count_where_they_matter(clock, capsys):
    names = cell()
    names["step"] = clock.slow(names["step"], 0.01)
    names["measure"] = clock.slow(names["measure"], 2.0)
    run(names, steps=1000, every=100)
    assert capsys.readouterr().out == (
        "1000 steps, about 0.5 minutes: 10 ms a step, timed on the first five, and 2 s for each "
        "of 10 measurements.\n")


def test_too_slow_a_training_stops_and_says_what_to_do(clock, capsys, monkeypatch):
    monkeypatch.setattr(training, "numpy_came_first", lambda: False)
    names = cell()
    names["step"] = clock.slow(names["step"], 0.1)
    history = run(names, steps=6000, slow="take 5000 images")
    assert names["asked"] == [0, 1, 2, 3, 4]
    assert (history.steps, history.stopped) == (5, True)
    assert capsys.readouterr().out == (
        "6000 steps, about 10 minutes: 100 ms a step, timed on the first five.\n"
        "Stopped: that is more than 5 minutes. Take 5000 images. "
        "To train all the same, say patience=12.\n")
    names = cell()
    names["step"] = clock.slow(names["step"], 0.1)
    assert run(names, steps=6000, patience=12).steps == 6000
    assert names["asked"] == list(range(5, 6000)), "the five are not done twice"


def test_too_slow_may_also_be_the_threads(clock, capsys, monkeypatch):
    monkeypatch.setattr(training, "numpy_came_first", lambda: True)
    names = cell()
    names["step"] = clock.slow(names["step"], 0.1)
    run(names, steps=6000)
    assert ("NumPy was imported before autograder: restart the kernel and run all cells from the "
            "top. To train all the same, say patience=12.") in capsys.readouterr().out


# Stopped, and taken up


@pytest.mark.parametrize("at", [0, 1, 23, 39])
def test_stop_keeps_what_was_reached_and_the_cell_goes_on(at, capsys):
    whole = cell()
    straight = run(whole, settings={"lr": "straight"})
    stopped = run(cell(at_step=stop_at(at)))
    assert (stopped.steps, stopped.stopped) == (at, True)
    assert (f"Stopped after {at} of 40 steps; what was reached is kept: run the cell again to go "
            "on.\n") in capsys.readouterr().out
    again = cell()
    history = run(again)
    assert f"Going on after step {at} of 40, from " in capsys.readouterr().out
    assert again["asked"] == list(range(at, 40))
    np.testing.assert_array_equal(history.losses, straight.losses)
    np.testing.assert_array_equal(again["net"].params["w"], whole["net"].params["w"])
    assert again["net"].params["w"].dtype == np.float32
    assert history.curves["training"][0].tolist() == [0, 10, 20, 30, 40]
    assert not history.stopped
    assert history.seconds >= stopped.seconds


def stop(*_):
    raise KeyboardInterrupt


BROKEN_OFF = """
def step(k):
    if k == 23 and at == ["beginning"]:
        raise KeyboardInterrupt
    noise = rng.normal(0, 0.01, (5, 3))
    if k == 23 and at == ["after the generator"]:
        raise KeyboardInterrupt
    net.params["w"] *= np.float32(0.9)
    if k == 23 and at == ["between the arrays"]:
        raise KeyboardInterrupt
    net.params["w"] = descend(net.params["w"], net.gradient(noise))
    if k == 23 and at == ["end"]:
        raise KeyboardInterrupt
    return float((net.params["w"] ** 2).sum())
"""


@pytest.mark.parametrize("at", [
    "beginning", "after the generator", "between the arrays", "end"])
def test_a_step_that_is_broken_off_is_done_anew_as_a_whole(at):
    results = {}
    for when in ("never", at, "never"):
        names = cell()
        names["at"] = [when]  # no text, which would be a part of the code
        exec(BROKEN_OFF, names)
        name = "straight" if not results else "stopped"
        keep = {"params": names["net"].params, "rng": names["rng"]}
        results[when, name] = train(names["step"], steps=40, keep=keep, name=name)
    assert results[at, "stopped"].steps == 23
    np.testing.assert_array_equal(
        results["never", "stopped"].losses, results["never", "straight"].losses)


@pytest.mark.parametrize("calls", [0, 1, 4])
def test_stop_while_measuring_is_a_stop_and_the_last_measurement_comes_later(calls):
    names, left = cell(), [calls]

    def measure():
        left[0] -= 1
        return {"a": 1.0} if left[0] >= 0 else stop()

    names["measure"] = measure
    assert run(names).steps == 10 * calls
    left[0] = 100
    history = run({**cell(), "measure": measure})
    assert (history.steps, history.stopped) == (40, False)
    assert history.curves["a"][0][-1] == 40
    left[0] = 0
    assert run({**cell(), "measure": measure}).steps == 40, "nothing is left to measure"


def test_a_finished_training_is_not_run_again(capsys):
    first = cell()
    history = run(first)
    capsys.readouterr()
    second = cell()
    same = run(second)
    assert second["asked"] == []
    np.testing.assert_array_equal(second["net"].params["w"], first["net"].params["w"])
    np.testing.assert_array_equal(same.losses, history.losses)
    assert same.curves["training"][1].tolist() == history.curves["training"][1].tolist()
    said = capsys.readouterr().out
    assert re.fullmatch(r"Not trained again: checkpoints.small\.npz holds all 40 steps \(.*\)\. To "
                        r"train anew, delete that file and run this cell\.\n", said)


def test_more_steps_go_on_where_it_ended():
    run(cell())
    names = cell()
    assert run(names, steps=60).steps == 60
    assert names["asked"] == list(range(40, 60))


def test_fewer_steps_train_again(capsys):
    run(cell())
    names = cell()
    assert run(names, steps=20).steps == 20
    assert names["asked"] == list(range(20))
    assert "holds 40 steps, more than the 20 of this training: training again." in (
        capsys.readouterr().out)


@pytest.mark.parametrize(("changes", "options", "what"), [
    ([("w - np", "w + np")], {}, "The code has"),
    ([("return FACTOR * w", "return FACTOR * w * 1")], {}, "The code has"),
    ([("rate = 0.1", "rate = 0.2")], {}, "The code has"),
    ([("FACTOR = 0.5", "FACTOR = 0.6")], {}, "The code has"),
    ([], {"settings": {"lr": 0.2}}, "The settings have"),
    ([], {"seed": 8}, "The seed has"),
    ([], {"seed": 8, "settings": {}}, "The settings and the seed have"),
    ([("(5, 3)", "(5, 4)")], {}, "The code and the shapes of the arrays have"),
])
def test_what_has_changed_is_trained_again(changes, options, what, capsys):
    run(cell())
    capsys.readouterr()
    names = cell(*changes)
    run(names, **options)
    assert names["asked"] == list(range(40))
    assert re.match(rf"{what} changed since checkpoints.small\.npz was written \(.*\): training "
                    r"again\.\n", capsys.readouterr().out)


def test_another_process_finds_the_same_training(folder):
    """Where sets have another order, and everything another place in memory."""
    lines = ("\nbase = step\n"
             "def step(k):\n    return base(k) if str(k) not in {'a', 'b', 'c', 'd'} else 0\n"
             "from autograder.training import train\n"
             "train(step, steps=9, keep=net.params, name='small', measure=measure)\n")
    said = [subprocess.run([sys.executable, "-c", CELL + lines], cwd=folder, check=True,
                           capture_output=True, text=True,
                           env={**os.environ, "PYTHONHASHSEED": seed}).stdout
            for seed in ("1", "2")]
    assert said[0].startswith("9 steps, ") and said[1].startswith("Not trained again: ")


def test_a_comment_an_empty_line_and_another_cell_change_nothing():
    run(cell())
    names = cell(("\nrate", "\n\n# how fast\nrate"), ("asked = []", "asked = []\nother = 3"))
    run(names)
    assert names["asked"] == []


@pytest.mark.parametrize("damage", [
    lambda path: path.write_bytes(path.read_bytes()[:-100]),
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(b"PK" + bytes(100)),
    lambda path: np.savez(path, about=np.array("{}"), losses=np.zeros(3)),
    lambda path: np.savez(path, about=np.array("[]")),
    lambda path: np.savez(path, about=np.array([{}], dtype=object)),
    lambda path: (path.unlink(), path.mkdir()),
])
def test_a_damaged_file_is_said_and_trains_again(damage, folder, capsys):
    run(cell())
    capsys.readouterr()
    damage(folder / FOLDER / "small.npz")
    names = cell()
    assert run(names).steps == 40
    assert names["asked"] == list(range(40))
    said = capsys.readouterr().out
    assert re.match(r"checkpoints.small\.npz (is damaged|cannot be read \(.*\)): training again\.",
                    said), said


def test_a_folder_that_cannot_be_written_costs_only_the_memory(folder, capsys):
    (folder / FOLDER).write_text("in the way")
    names = cell()
    assert run(names).steps == 40
    said = capsys.readouterr().out
    assert said.count("small.npz cannot be") == 2  # read, written
    assert "what this training reaches is not kept." in said


def test_it_is_saved_on_the_way(clock, folder):
    names = cell(at_step={30: RuntimeError("the machine goes off")})
    names["step"] = clock.slow(names["step"], 2.0)
    with pytest.raises(RuntimeError, match="goes off"):
        run(names, measure=None)
    again = cell()
    again["step"] = clock.slow(again["step"], 2.0)
    run(again, measure=None)
    assert again["asked"][0] == 16, "what was done within thirty seconds is lost, not more"


def test_a_write_that_breaks_off_leaves_the_old_file(folder, monkeypatch):
    run(cell(at_step=stop_at(20)))
    path = folder / FOLDER / "small.npz"
    old = path.read_bytes()
    monkeypatch.setattr("os.replace", lambda *_: stop())
    with pytest.raises(KeyboardInterrupt):
        run(cell(at_step=stop_at(30)))
    assert [p.name for p in path.parent.iterdir()] == ["small.npz"]
    assert path.read_bytes() == old


@pytest.mark.parametrize("name", ["../up", "a/b", "", "a.b", "c:d"])
def test_a_name_is_one_of_a_file(name):
    with pytest.raises(ValueError, match="name="):
        train(lambda k: 0.0, steps=1, keep={}, name=name)


def test_arrays_may_be_kept_without_a_dict_between():
    def names():
        w = {"w": np.ones(3)}
        return w, lambda k: w["w"].__imul__(0.5).sum()

    w, step = names()
    train(step, steps=6, keep=w, name="flat")
    again, step = names()
    train(step, steps=6, keep=again, name="flat")
    np.testing.assert_array_equal(again["w"], 0.5**6 * np.ones(3))


def test_what_is_no_array_is_not_kept():
    with pytest.raises(TypeError, match="net is a Net"):
        train(lambda k: 0.0, steps=1, keep={"net": cell()["net"]}, name="net")


# What goes wrong


def test_an_exception_of_the_students_code_is_not_swallowed():
    with pytest.raises(ZeroDivisionError):
        run(cell(("return FACTOR * w", "return w / (1 // (self is None))")))


@pytest.mark.parametrize("bad", ["nan", "inf"])
def test_a_loss_that_is_no_number_ends_it_early(bad, capsys, recwarn):
    names = cell(("return float(", f"return float('{bad}') if k >= 17 else float("))
    history = run(names)
    assert (history.steps, history.stopped) == (17, True)
    assert np.isfinite(history.losses).all()
    assert (f"Stopped: the loss of step 17 is {bad}. Steps that are too large end so; try a "
            "smaller rate.\n") in capsys.readouterr().out
    again = cell()
    run(again)
    assert again["asked"] == list(range(40)), "weights that are lost are not kept"


def test_numbers_that_overflow_make_no_warnings(recwarn):
    run(cell(("return float(", "np.exp(np.float32(1000)); return float(")))
    assert not recwarn.list


@pytest.mark.parametrize("loss", ["None", "'low'", "np.ones(3)", "net"])
def test_a_step_must_return_its_loss(loss):
    with pytest.raises(TypeError, match=r"step\(0\) must return the loss of the step, one number"):
        run(cell(("return float((net.params[\"w\"] ** 2).sum())", f"return {loss}")))


@pytest.mark.parametrize("loss", ["np.float32(2)", "np.array(2.0)", "np.array([[2.0]])", "2"])
def test_a_loss_is_one_number_of_any_kind(loss):
    history = run(cell(("return float((net.params[\"w\"] ** 2).sum())", f"return {loss}")))
    assert history.losses.tolist() == 40 * [2.0]


# What one sees


@pytest.fixture
def shown(monkeypatch) -> list:
    """What a notebook shows, output by output: all states of each, and every step drawn."""
    outputs: list[list[dict]] = []

    def show(handle, data, metadata=None):
        if handle is None:
            handle = []
            outputs.append(handle)
        handle.append(data)
        return handle

    monkeypatch.setattr(live_curves, "_shown", show)
    monkeypatch.setattr(live_curves, "BAR_SECONDS", 0)
    monkeypatch.setattr(live_curves, "PICTURE_SECONDS", 0)
    monkeypatch.setattr(live_curves, "SHARE", 1e9)
    monkeypatch.setattr(live_curves, "bundle", lambda figure, alternative: (
        {"text/plain": alternative, "image/png": ""}, {}))
    monkeypatch.setattr(training, "screen", Screen)
    return outputs


def test_a_bar_and_a_picture_are_one_output_each(shown, clock):
    run(cell())
    bar, picture = shown
    assert len(bar) == 37 and len(picture) > 30
    assert '<progress max="40" value="20"' in bar[15]["text/html"]
    assert bar[15]["text/plain"] == "step 20 of 40, 0 s left"
    assert bar[-1] == {"text/plain": "40 steps in less than 0.1 minutes."}
    assert re.fullmatch(
        r"The loss of the batch against the step: from [\d.]+ to about [\d.]+ after 40 of 40 steps"
        r"\. Measured on the way: training, from 0 to 0.976 after 40 steps; held out, from 0.5 to "
        r"0.5 after 40 steps\.", picture[-1]["text/plain"])


def test_a_stop_is_said_in_place_of_the_bar(shown, capsys):
    run(cell(at_step=stop_at(20)))
    bar, picture = shown
    assert bar[-1]["text/plain"].startswith("Stopped after 20 of 40 steps; what was reached")
    assert "Stopped" not in capsys.readouterr().out, "it is said once"
    assert "after 20 of 40 steps" in picture[-1]["text/plain"]


def test_an_exception_leaves_a_line_and_the_picture(shown):
    with pytest.raises(ValueError, match="shapes"):
        run(cell(at_step={20: ValueError("shapes")}))
    bar, picture = shown
    assert bar[-1] == {"text/plain": "Step 20 was not finished; why, is told below."}
    assert "after 20 of 40 steps" in picture[-1]["text/plain"]


def test_an_exception_in_the_first_step_leaves_a_line_alone(shown):
    with pytest.raises(ValueError, match="shapes"):
        run(cell(at_step={0: ValueError("shapes")}))
    assert shown == [[{"text/plain": "Step 0 was not finished; why, is told below."}]]


def test_a_finished_training_is_shown_again(shown):
    run(cell())
    before = shown[-1][-1]
    del shown[:]
    run(cell())
    assert shown == [[before]]


def test_in_a_kernel_two_outputs_are_left_and_stop_is_no_error(folder):
    """With what IPython itself makes of it; the second cell is stopped."""
    source = CELL + ("\nfrom autograder.training import train\n"
                     "train(step, steps=40, keep=net.params, name='small', measure=measure)\n")
    stopped = source.replace("asked.append(k)", "asked.append(k)\n    if k == 20: raise "
                                                "KeyboardInterrupt").replace("small", "other")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s)
                                               for s in (source, stopped)])
    NotebookClient(notebook, timeout=60,
                   resources={"metadata": {"path": str(folder)}}).execute()
    for one, words in zip(notebook.cells, ("40 steps in", "Stopped after 20 of 40 steps; what")):
        said, bar, picture, result = one.outputs
        assert said.output_type == "stream" and "timed on the first five" in said.text
        assert bar.data["text/plain"].startswith(words) and set(bar.data) == {"text/plain"}
        assert 'alt="The loss of the batch' in picture.data["text/html"]
        assert "image/png" in picture.data
        assert result.data["text/plain"].startswith("History(")


def test_a_traceback_shows_the_cell_and_nothing_of_the_course(folder):
    source = CELL.replace("FACTOR * w", "w @ w") + (
        "\nfrom autograder.training import train\n"
        "train(step, steps=40, keep=net.params, name='small')\n")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(notebook, timeout=60, allow_errors=True,
                   resources={"metadata": {"path": str(folder)}}).execute()
    line, error = notebook.cells[0].outputs
    assert line.data == {"text/plain": "Step 0 was not finished; why, is told below."}
    assert error.ename == "ValueError"
    told = "\n".join(error.traceback)
    assert "w @ w" in told and "training.py" not in told and "During handling" not in told
