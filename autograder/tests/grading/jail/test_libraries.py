"""Which installed libraries a notebook may import, from metadata of several kinds."""

import sys

import pytest

from autograder.grading.jail import libraries


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.setattr(libraries, "NEEDED", {"Wanted".lower(): "wanted"})
    libraries.needed_libraries.cache_clear()
    yield tmp_path
    libraries.needed_libraries.cache_clear()


def install(site, project, names, metadata="", record=True, kind="dist-info"):
    info = site / f"{project}-1.0.{kind}"
    info.mkdir()
    for name in names:
        (site / name).mkdir()
    text = f"Metadata-Version: 2.1\nName: {project}\nLicense: long\n\n  and with gaps\n{metadata}"
    (info / ("METADATA" if kind == "dist-info" else "PKG-INFO")).write_text(text)
    if record:
        lines = [f"{name}/__init__.py,sha256=x,1" for name in names]
        (info / "RECORD").write_text("\n".join([*lines, f"{info.name}/RECORD,,", "../bin/x,,"]))
    return info


def found(site) -> set[str]:
    return {path.removeprefix(str(site)).strip("/")
            for path in libraries.needed_libraries().paths}


def test_what_is_required_is_found_with_the_libraries_beside_it(site):
    install(site, "wanted", ["wanted", "wanted.libs"],
            "Requires-Dist: Py-Needed>=1 ; python_version > '3'\n"
            "Requires-Dist: not-here\nRequires-Dist: for-tests; extra == 'test'\n")
    install(site, "py_needed", ["needed"])
    install(site, "for_tests", ["tests_only"])
    install(site, "backprop_course", ["autograder", "course_data"])
    assert found(site) == {"wanted", "wanted.libs", "wanted-1.0.dist-info", "needed",
                           "py_needed-1.0.dist-info"}
    assert set(libraries.needed_libraries().names) >= {"wanted", "needed"}


def test_old_metadata_names_what_is_at_the_top(site):
    info = install(site, "wanted", ["wanted", "other"], record=False, kind="egg-info")
    (info / "top_level.txt").write_text("wanted\n")
    (info / "requires.txt").write_text(
        "needed>1\n\n[:python_version > '3']\nthird\n\n[test]\nfourth\n"
    )
    for project in ("needed", "third", "fourth"):
        install(site, project, [project])
    assert found(site) >= {"wanted", "needed", "third"}
    assert not found(site) & {"other", "fourth"}


@pytest.mark.parametrize("metadata", [False, True])
def test_a_library_that_does_not_tell_shows_its_whole_folder(site, metadata):
    if metadata:
        install(site, "wanted", ["wanted"], record=False)
    else:
        (site / "wanted").mkdir()
    (site / "wanted" / "__init__.py").write_text("")
    assert found(site) == {""}
    assert libraries.needed_libraries().names is None
