"""MathJax comes once, and only as it should be."""

import io
import tarfile

import pytest

from autograder.authoring import mathjax as module
from autograder.authoring.mathjax import NoMathJax, mathjax


@pytest.fixture
def upstream(monkeypatch):
    """A package whose checksum is taken for right; how often it was downloaded."""
    file, asked = io.BytesIO(), []
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name in ("package/es5/startup.js", "package/es5/tex-svg.js", "package/../evil.js"):
            tar.addfile(tarfile.TarInfo(name))

    def urlopen(address, timeout):
        asked.append(address)
        return io.BytesIO(file.getvalue())

    monkeypatch.setattr(module.urllib.request, "urlopen", urlopen)
    monkeypatch.setattr(module, "is_right", lambda content: content == file.getvalue())
    return asked


def test_only_what_pages_load_is_kept(upstream, tmp_path):
    mathjax(tmp_path / "kept", tmp_path / "book")
    assert [path.name for path in (tmp_path / "book").rglob("*")] == ["startup.js"]
    assert not (tmp_path / "evil.js").exists()


def test_it_is_downloaded_once(upstream, tmp_path):
    for _ in range(2):
        mathjax(tmp_path / "kept", tmp_path / "book")
    assert upstream == [module.ADDRESS]


def test_another_content_is_refused(upstream, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "is_right", lambda content: False)
    with pytest.raises(NoMathJax, match="checksum"):
        mathjax(tmp_path / "kept", tmp_path / "book")
    assert not list(tmp_path.rglob("*.*"))


def test_without_internet_it_says_what_to_do(tmp_path, monkeypatch):
    def refuse(address, timeout):
        raise OSError("no route")

    monkeypatch.setattr(module.urllib.request, "urlopen", refuse)
    with pytest.raises(NoMathJax, match="connect to the internet"):
        mathjax(tmp_path / "kept", tmp_path / "book")
