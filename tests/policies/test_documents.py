"""docs/security.md names the tests that hold what it says: each of them must be there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = sorted(set(re.findall(r"`([\w./-]+\.(?:rs|py))(?:::(\w+))?`", (ROOT / "docs/security.md").read_text())))


def test_the_document_names_tests():
    assert len(NAMED) > 50


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_what_it_names_is_there(path, name):
    file = ROOT / path
    assert file.is_file(), f"{path} is not there"
    if name:
        # A conformance test is a function of that name, which a macro may make tests of.
        assert re.search(rf"\b(?:fn|def) {name}\b", file.read_text()), f"{path} has no {name}"
