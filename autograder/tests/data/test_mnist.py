"""Tests of the data folder: the loader, its checks, and the conversion."""

import gzip
import hashlib
import importlib.util
import io
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from course_data import DataError, convert, load_mnist, mnist
from course_data import in_page as page_module

from autograder.tests.conftest import REPOSITORY

DATA_FOLDER = REPOSITORY / "data"

TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@pytest.fixture(scope="module")
def raw():
    """MNIST as bytes, in the (N, C, H, W) layout, with one-hot labels."""
    return load_mnist(normalize=False, flatten=False, one_hot=True)


# The arrays


def test_default_arrays(raw):
    (x_train, y_train), (x_test, y_test) = load_mnist()
    assert x_train.shape == (60000, 784)
    assert x_test.shape == (10000, 784)
    assert y_train.shape == (60000,)
    assert y_test.shape == (10000,)
    assert x_train.dtype == x_test.dtype == np.float32
    assert y_train.dtype == y_test.dtype == np.int64
    assert (x_train.min(), x_train.max()) == (0, 1)
    assert (x_test.min(), x_test.max()) == (0, 1)
    assert np.bincount(y_train).tolist() == TRAIN_COUNTS
    assert np.bincount(y_test).tolist() == TEST_COUNTS

    # The normalized rows are the raw images, divided by 255.
    (x_raw, _), _ = raw
    np.testing.assert_array_equal(
        x_train[:100], x_raw[:100].reshape(100, 784) / np.float32(255)
    )


def test_first_labels_are_in_the_original_order():
    (_, y_train), (_, y_test) = load_mnist(normalize=False)
    assert y_train[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert y_test[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]


def test_raw_images_in_channel_layout(raw):
    (x_train, _), (x_test, _) = raw
    assert x_train.shape == (60000, 1, 28, 28)
    assert x_test.shape == (10000, 1, 28, 28)
    assert x_train.dtype == x_test.dtype == np.uint8
    assert (x_train.min(), x_train.max()) == (0, 255)
    assert (x_test.min(), x_test.max()) == (0, 255)
    assert x_train.flags.c_contiguous


def test_flatten_keeps_the_order_of_the_pixels(raw):
    (_, _), (x_layout, _) = raw
    (_, _), (x_flat, _) = load_mnist(normalize=False)
    np.testing.assert_array_equal(x_flat, x_layout.reshape(10000, 784))


def test_one_hot_rows_agree_with_the_labels(raw):
    (_, rows_train), (_, rows_test) = raw
    (_, y_train), (_, y_test) = load_mnist(normalize=False)
    for rows, labels in [(rows_train, y_train), (rows_test, y_test)]:
        assert rows.shape == (len(labels), 10)
        assert rows.dtype == np.float32
        assert np.all((rows == 0) | (rows == 1))
        assert np.all(rows.sum(axis=1) == 1)
        np.testing.assert_array_equal(rows.argmax(axis=1), labels)


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("one_hot", [False, True])
def test_every_call_returns_fresh_arrays(normalize, one_hot):
    options = {"normalize": normalize, "one_hot": one_hot}
    first_call = load_mnist(**options)
    originals = []
    for images, labels in first_call:
        originals.append((images[:10].copy(), labels[:10].copy()))
        # Changing the arrays must be allowed, and must stay without effect.
        images[:10] = 7
        labels[:10] = 7
    second_call = load_mnist(**options)
    for pair, original_pair in zip(second_call, originals, strict=True):
        for array, original in zip(pair, original_pair, strict=True):
            np.testing.assert_array_equal(array[:10], original)


def test_file_is_read_only_once(monkeypatch):
    load_mnist(normalize=False)

    def refuse_to_read(path):
        raise AssertionError(f"{path} was read a second time")

    monkeypatch.setattr(Path, "read_bytes", refuse_to_read)
    load_mnist(normalize=False)


# Files that must be refused


def save_arrays(path, **arrays):
    """Save an .npz file and return its SHA-256."""
    np.savez_compressed(path, **arrays)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def assert_load_mnist_refuses(monkeypatch, path, problem):
    """Check that the error names the file, the problem and the remedy."""
    monkeypatch.setattr(mnist, "MNIST_PATH", path)
    with pytest.raises(DataError) as caught:
        load_mnist()
    message = str(caught.value)
    assert str(path) in message
    assert problem in message
    assert "git checkout data/mnist.npz" in message
    assert "reinstall" in message
    # The learner sees this one error, not the chain of errors behind it.
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or not caught.value.__context__


def test_missing_file_is_refused(monkeypatch, tmp_path):
    path = tmp_path / "mnist.npz"
    assert_load_mnist_refuses(monkeypatch, path, "missing")


def test_folder_in_place_of_the_file_is_refused(monkeypatch, tmp_path):
    path = tmp_path / "mnist.npz"
    path.mkdir()
    assert_load_mnist_refuses(monkeypatch, path, "cannot be read")


def test_damaged_file_is_refused(monkeypatch, tmp_path):
    path = tmp_path / "mnist.npz"
    content = bytearray(mnist.MNIST_PATH.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert_load_mnist_refuses(monkeypatch, path, "damaged or incomplete")


@pytest.mark.parametrize("length", [0, 1, 1000, -1])
def test_truncated_file_is_refused(monkeypatch, tmp_path, length):
    path = tmp_path / "mnist.npz"
    path.write_bytes(mnist.MNIST_PATH.read_bytes()[:length])
    assert_load_mnist_refuses(monkeypatch, path, "damaged or incomplete")


def test_file_with_wrong_keys_is_refused(monkeypatch, tmp_path):
    path = tmp_path / "mnist.npz"
    sha256 = save_arrays(path, images=np.zeros((2, 28, 28), dtype=np.uint8))
    monkeypatch.setattr(mnist, "MNIST_SHA256", sha256)
    assert_load_mnist_refuses(monkeypatch, path, "images uint8 (2, 28, 28)")


def test_file_with_wrong_shapes_is_refused(monkeypatch, tmp_path):
    path = tmp_path / "mnist.npz"
    arrays = {name: np.zeros(3, dtype=np.uint8) for name in mnist.ARRAY_SHAPES}
    sha256 = save_arrays(path, **arrays)
    monkeypatch.setattr(mnist, "MNIST_SHA256", sha256)
    assert_load_mnist_refuses(monkeypatch, path, "x_train uint8 (3,)")


def test_file_with_wrong_type_is_refused(monkeypatch, tmp_path):
    path = tmp_path / "mnist.npz"
    sha256 = save_arrays(path, y_test=np.zeros(10000, dtype=np.float32))
    monkeypatch.setattr(mnist, "MNIST_SHA256", sha256)
    assert_load_mnist_refuses(monkeypatch, path, "y_test float32 (10000,)")


def test_file_with_python_objects_is_refused(monkeypatch, tmp_path):
    path = tmp_path / "mnist.npz"
    sha256 = save_arrays(path, x_train=np.array([{}], dtype=object))
    monkeypatch.setattr(mnist, "MNIST_SHA256", sha256)
    assert_load_mnist_refuses(monkeypatch, path, "not a valid .npz archive")


def npy_bytes():
    """Return the content of a .npy file, which is not an .npz archive."""
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    return buffer.getvalue()


@pytest.mark.parametrize("content", [b"", b"some text", b"PK\x03\x04", npy_bytes()])
def test_file_that_is_no_archive_is_refused(monkeypatch, tmp_path, content):
    path = tmp_path / "mnist.npz"
    path.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    monkeypatch.setattr(mnist, "MNIST_SHA256", sha256)
    assert_load_mnist_refuses(monkeypatch, path, "not a valid .npz archive")


def test_restored_file_loads_in_the_same_process(monkeypatch, tmp_path):
    path = tmp_path / "mnist.npz"
    assert_load_mnist_refuses(monkeypatch, path, "missing")
    shutil.copyfile(DATA_FOLDER / "mnist.npz", path)
    (_, y_train), _ = load_mnist(normalize=False)
    assert len(y_train) == 60000


def test_loader_finds_the_file_beside_itself(tmp_path):
    folder = tmp_path / "another name, with spaces"
    folder.mkdir()
    shutil.copyfile(DATA_FOLDER / "mnist.py", folder / "mnist.py")
    specification = importlib.util.spec_from_file_location(
        "copied_mnist", folder / "mnist.py"
    )
    copied_mnist = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(copied_mnist)
    assert folder / "mnist.npz" == copied_mnist.MNIST_PATH
    with pytest.raises(copied_mnist.DataError, match="another name, with spaces"):
        copied_mnist.load_mnist()


# The README


def test_readme_states_the_checksum_and_size_of_the_file():
    readme = (DATA_FOLDER / "README.md").read_text(encoding="utf-8")
    row = re.search(r"\| `mnist\.npz` \| ([\d,]+) \| `([0-9a-f]{64})` \|", readme)
    size, sha256 = row.groups()
    assert sha256 == mnist.MNIST_SHA256
    assert int(size.replace(",", "")) == (DATA_FOLDER / "mnist.npz").stat().st_size


def test_readme_states_the_checksums_that_the_script_checks():
    readme = (DATA_FOLDER / "README.md").read_text(encoding="utf-8")
    for idx_file in convert.IDX_FILES.values():
        unpacked_name = idx_file.name.removesuffix(".gz")
        row = rf"\| `{unpacked_name}` \| [\d,]+ \| `{idx_file.sha256}` \|"
        assert re.search(row, readme)


# The conversion


def idx_bytes(array):
    """Write a uint8 array in the IDX format."""
    header = struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return header + array.tobytes()


@pytest.fixture
def tiny_mnist(tmp_path):
    """Four tiny gzipped IDX files: their folder, description and arrays."""
    rng = np.random.default_rng(0)
    arrays = {
        "x_train": rng.integers(0, 256, (6, 28, 28), dtype=np.uint8),
        "y_train": rng.integers(0, 10, 6, dtype=np.uint8),
        "x_test": rng.integers(0, 256, (3, 28, 28), dtype=np.uint8),
        "y_test": rng.integers(0, 10, 3, dtype=np.uint8),
    }
    folder = tmp_path / "original files"
    folder.mkdir()
    idx_files = {}
    for key, array in arrays.items():
        name = convert.IDX_FILES[key].name
        content = idx_bytes(array)
        (folder / name).write_bytes(gzip.compress(content))
        sha256 = hashlib.sha256(content).hexdigest()
        idx_files[key] = convert.IdxFile(name, array.shape, sha256)
    return folder, idx_files, arrays


def test_conversion_keeps_every_number(tiny_mnist):
    folder, idx_files, arrays = tiny_mnist
    content = convert.convert(folder, idx_files)
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        assert archive.files == ["x_train", "y_train", "x_test", "y_test"]
        for key, array in arrays.items():
            assert archive[key].dtype == np.uint8
            np.testing.assert_array_equal(archive[key], array)


def test_conversion_gives_the_same_bytes_again(tiny_mnist, monkeypatch):
    folder, idx_files, _ = tiny_mnist
    first = convert.convert(folder, idx_files)
    # Neither the clock, nor the gzip level, nor the system may matter.
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    monkeypatch.setattr("sys.platform", "win32")
    for idx_file in idx_files.values():
        path = folder / idx_file.name
        path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), 1))
    assert convert.convert(folder, idx_files) == first


def test_missing_original_is_refused(tiny_mnist):
    folder, idx_files, _ = tiny_mnist
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(convert.ConversionError, match=r"t10k-labels.* is missing"):
        convert.convert(folder, idx_files)


def test_original_cut_short_anywhere_is_refused(tiny_mnist):
    folder, idx_files, _ = tiny_mnist
    path = folder / "y_train.gz"
    content = (folder / idx_files["y_train"].name).read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(convert.ConversionError):
            convert.read_idx(path, (6,), idx_files["y_train"].sha256)


def test_original_that_is_not_gzipped_is_refused(tmp_path):
    path = tmp_path / "y.gz"
    path.write_bytes(b"plain text")
    with pytest.raises(convert.ConversionError, match="not a complete gzip file"):
        convert.read_idx(path, (3,), "")


def test_original_with_another_header_is_refused(tmp_path):
    path = tmp_path / "y.gz"
    path.write_bytes(gzip.compress(idx_bytes(np.zeros(3, dtype=np.uint8))))
    with pytest.raises(convert.ConversionError, match="IDX header"):
        convert.read_idx(path, (4,), "")


@pytest.mark.parametrize("extra", [-1, 1])
def test_original_of_another_length_is_refused(tmp_path, extra):
    path = tmp_path / "y.gz"
    header = idx_bytes(np.zeros(3, dtype=np.uint8))[:-3]
    path.write_bytes(gzip.compress(header + bytes(3 + extra)))
    with pytest.raises(convert.ConversionError, match="header promises 3"):
        convert.read_idx(path, (3,), "")


def test_original_with_other_numbers_is_refused(tmp_path):
    path = tmp_path / "y.gz"
    path.write_bytes(gzip.compress(idx_bytes(np.zeros(3, dtype=np.uint8))))
    with pytest.raises(convert.ConversionError, match="unpacks to SHA-256"):
        convert.read_idx(path, (3,), "0" * 64)


def test_save_never_replaces_the_course_file_by_another(tmp_path, monkeypatch):
    course_file = tmp_path / "mnist.npz"
    course_file.write_bytes(b"course file")
    monkeypatch.setattr(convert, "MNIST_PATH", course_file)
    with pytest.raises(convert.ConversionError, match="Nothing was written"):
        convert.save(b"other file", course_file, expected_sha256="0" * 64)
    assert course_file.read_bytes() == b"course file"

    elsewhere = tmp_path / "other.npz"
    report = convert.save(b"other file", elsewhere, expected_sha256="0" * 64)
    assert "packed differently" in report
    assert elsewhere.read_bytes() == b"other file"


def test_save_reports_the_course_file(tmp_path):
    sha256 = hashlib.sha256(b"course file").hexdigest()
    report = convert.save(b"course file", tmp_path / "a.npz", expected_sha256=sha256)
    assert "the same as the file of the course" in report
    assert sha256 in report


def test_save_to_a_bad_place_is_refused(tmp_path):
    output = tmp_path / "no such folder" / "a.npz"
    with pytest.raises(convert.ConversionError, match="cannot be written"):
        convert.save(b"content", output)


@pytest.mark.skipif(
    sys.platform == "emscripten", reason="a browser cannot start another process"
)
def test_script_reports_bad_input_in_one_line(tmp_path):
    script = DATA_FOLDER / "convert.py"
    finished = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "no such folder")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 1
    assert finished.stdout == ""
    assert len(finished.stderr.splitlines()) == 1
    assert "train-images-idx3-ubyte.gz is missing" in finished.stderr


def test_script_writes_the_file(tiny_mnist, tmp_path, monkeypatch, capsys):
    folder, idx_files, _ = tiny_mnist
    # The real files are not at hand, so the script is told to expect these.
    monkeypatch.setattr(convert.convert, "__defaults__", (idx_files,))
    output = tmp_path / "out.npz"
    assert convert.main([str(folder), "--output", str(output)]) == 0
    assert output.read_bytes() == convert.convert(folder, idx_files)
    assert len(capsys.readouterr().out.splitlines()) == 1


# The small file of the web edition


@pytest.fixture
def in_page(tmp_path, monkeypatch):
    """A web page, in which the small file has not been fetched yet."""
    fetched = []

    def fetch(path):
        fetched.append(path)
        path.write_bytes(convert.small_archive())

    monkeypatch.setattr(mnist, "IN_PAGE", True)
    monkeypatch.setattr(mnist, "SMALL_PATH", tmp_path / "mnist_small.npz")
    monkeypatch.setattr(page_module, "fetch", fetch)
    return fetched


def test_page_has_the_first_images_and_says_so_once(raw, in_page, capsys):
    for _ in range(2):
        page = load_mnist(normalize=False, flatten=False, one_hot=True)
    assert len(in_page) == 1
    assert capsys.readouterr().out == (
        "In a browser: the first 12000 of 60000 training images, and the first 2000 of 10000 test "
        "images.\n")
    assert [len(images) for images, _ in page] == [12000, 2000]
    for arrays, all_of_them in zip(page, raw, strict=True):
        for array, whole in zip(arrays, all_of_them, strict=True):
            np.testing.assert_array_equal(array, whole[:len(array)])


def test_damaged_small_file_is_refused(in_page):
    mnist.SMALL_PATH.write_bytes(convert.small_archive()[:-1])
    with pytest.raises(DataError, match="damaged or incomplete"):
        load_mnist()


def test_page_that_is_offline_says_what_to_do(in_page, monkeypatch):
    def fail(path):
        raise OSError("mnist_small.zip could not be fetched (the site answered 404)")

    monkeypatch.setattr(page_module, "fetch", fail)
    with pytest.raises(DataError, match="online, and run the cell again"):
        load_mnist()
