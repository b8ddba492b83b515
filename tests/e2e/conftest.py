"""Fixtures: accounts of their own for each module, so that no test sees another's events."""

import os
from pathlib import Path

import pytest

import trails
from stack import ROOT, Account


def pytest_sessionstart(session):
    path = ROOT / os.environ.get("ACTIVITY_LOG_ENV_FILE", "localstack/env")
    if not Path(path).exists():
        pytest.exit(f"{path} is missing: bring the stack up first (localstack/up)", returncode=2)


@pytest.fixture(scope="module")
def account(request):
    return Account.fresh(request.module.__name__.replace("_", "-"))


@pytest.fixture(scope="session")
def trails_under_way():
    return trails.begin()


@pytest.fixture(scope="session", autouse=True)
def early(request):
    """Trails take minutes to be delivered: they begin before the first test, if any test asks for them."""
    if any("trails_under_way" in test.fixturenames for test in request.session.items):
        request.getfixturevalue("trails_under_way")
