"""Downloads are strangers' files: what is hostile in them is listed, and never followed."""

import os
import stat
import zipfile

import pytest

from autograder.grading.collecting import downloads
from autograder.grading.collecting.downloads import Download, DownloadError, LeftOutError


def zipped(path, entries):
    """A zip with entries: name, or ZipInfo, to content."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def names(download):
    return ["/".join(file.parts) for file in download.files]


def reasons(download):
    return {one.name: one.why for one in download.left_out}


def test_zip_is_read_and_junk_is_passed_over(tmp_path):
    path = zipped(tmp_path / "a.zip", {
        "x/a.ipynb": "1", "x\\b.ipynb": "2", "__MACOSX/x/._a.ipynb": "", "x/.DS_Store": "",
        "x/._a.ipynb": "", "x/.ipynb_checkpoints/a-checkpoint.ipynb": "", "empty/": "",
    })
    with Download(path) as download:
        assert names(download) == ["x/a.ipynb", "x/b.ipynb"]
        assert [file.read() for file in download.files] == [b"1", b"2"]
        assert download.left_out == []


@pytest.mark.parametrize("name", [
    "../a.ipynb", "x/../../a.ipynb", "/etc/passwd", "C:\\a.ipynb", "\\\\server\\a", "..\\a",
])
def test_names_that_lead_elsewhere_are_listed(tmp_path, name):
    with Download(zipped(tmp_path / "a.zip", {name: "x", "good.ipynb": "y"})) as download:
        assert names(download) == ["good.ipynb"]
        assert reasons(download) == {name: "its name leads out of the download"}


@pytest.mark.parametrize("name, why", [
    ("a\x1b[31m.ipynb", "signs in its name"), ("a\u202eb.ipynb", "signs in its name"),
    ("n" * 300, "too long"), ("/".join("abcdefghij") + "/a", "folders deep"),
])
def test_names_that_are_none_are_listed(tmp_path, name, why):
    with Download(zipped(tmp_path / "a.zip", {name.lstrip("/"): "x"})) as download:
        assert names(download) == []
        assert why in reasons(download)[name]


def test_links_and_devices_in_a_zip_are_listed(tmp_path):
    link, pipe = zipfile.ZipInfo("link.ipynb"), zipfile.ZipInfo("pipe")
    link.external_attr, pipe.external_attr = (stat.S_IFLNK | 0o777) << 16, stat.S_IFIFO << 16
    with Download(zipped(tmp_path / "a.zip", {link: "/etc/passwd", pipe: ""})) as download:
        assert names(download) == []
        assert "link" in reasons(download)["link.ipynb"]
        assert "pipe" in reasons(download)["pipe"]


def test_what_unpacks_to_too_much_is_not_read_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "MAX_FILE_BYTES", 1_000_000)
    path = zipped(tmp_path / "a.zip", {"bomb": bytes(20_000_000)})
    assert path.stat().st_size < 100_000
    with Download(path) as download, pytest.raises(LeftOutError, match="more than 1 MB"):
        download.files[0].read()


def test_too_many_entries_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "MOST_ENTRIES", 5)
    with pytest.raises(DownloadError, match="more than 5 entries"):
        Download(zipped(tmp_path / "a.zip", {str(k): "" for k in range(6)}))


def test_damaged_and_locked_entries_are_told(tmp_path):
    path = zipped(tmp_path / "a.zip", {"a": "some text that is not short at all" * 9})
    content = bytearray(path.read_bytes())
    content[45:60] = bytes(15)
    path.write_bytes(content)
    with Download(path) as download, pytest.raises(LeftOutError, match="damaged"):
        download.files[0].read()
    locked = zipfile.ZipInfo("a")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(locked, "x")
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with Download(path) as download, pytest.raises(LeftOutError, match="password"):
        download.files[0].read()


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 cut off"])
def test_what_is_no_zip_is_told_in_one_line(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(DownloadError, match="download it again"):
        Download(tmp_path / "a.zip")


def test_what_is_not_there_is_told(tmp_path):
    with pytest.raises(DownloadError, match="there is no"):
        Download(tmp_path / "a.zip")


def test_names_in_utf8_are_read_where_the_zip_does_not_say_so(tmp_path):
    path = zipped(tmp_path / "a.zip", {"Zo\u00eb.ipynb": "x"})
    content = path.read_bytes().replace(b"\x00\x08", b"\x00\x00")
    path.write_bytes(content)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() != ["Zo\u00eb.ipynb"]
    with Download(path) as download:
        assert names(download) == ["Zo\u00eb.ipynb"]


def test_folder_is_read_and_its_links_are_not_followed(tmp_path):
    folder = tmp_path / "d"
    (folder / "x").mkdir(parents=True)
    (folder / "x" / "a.ipynb").write_text("1")
    (tmp_path / "secret").write_text("s")
    (folder / "b.ipynb").symlink_to(tmp_path / "secret")
    (folder / "all").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    with Download(folder) as download:
        assert names(download) == ["x/a.ipynb"]
        assert download.files[0].read() == b"1"
        assert sorted(reasons(download)) == ["all", "b.ipynb", "pipe"]


def test_file_that_becomes_a_link_meanwhile_is_not_followed(tmp_path):
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / "a.ipynb").write_text("1")
    (tmp_path / "secret").write_text("s")
    with Download(folder) as download:
        (folder / "a.ipynb").unlink()
        (folder / "a.ipynb").symlink_to(tmp_path / "secret")
        with pytest.raises(LeftOutError, match="link"):
            download.files[0].read()


def test_archives_are_opened_but_for_those_that_were_handed_in(tmp_path):
    folder = tmp_path / "d"
    folder.mkdir()
    inner = zipped(tmp_path / "inner.zip", {"deep.ipynb": "x"}).read_bytes()
    zipped(folder / "week.zip", {"a.ipynb": "1", "more.zip": inner})
    (folder / "ada.zip").write_bytes(inner)
    (folder / "bad.zip").write_text("no")
    with Download(folder) as download:
        download.open_archives(lambda parts: parts[-1] == "ada.zip")
        assert names(download) == ["ada.zip", "a.ipynb", "more.zip"]
        assert "no zip archive" in reasons(download)["bad.zip"]
