"""Fixtures: accounts of their own for each module, so that no test sees another's events."""

import os
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "lib"))

import operations
import rolled
import strangers
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


@pytest.fixture(scope="session")
def operations_under_way():
    return operations.begin()


@pytest.fixture(scope="session")
def flood_under_way():
    return strangers.begin()


@pytest.fixture(scope="session")
def roll_up_under_way():
    return rolled.begin()


# In the order in which they are done.
UNDER_WAY = ("roll_up_under_way", "flood_under_way", "trails_under_way", "operations_under_way")


def pytest_collection_modifyitems(items):
    """Modules that wait for what is under way come last: the others run meanwhile."""
    waits = {}
    for test in items:
        place = max((at for at, name in enumerate(UNDER_WAY, 1) if name in test.fixturenames), default=0)
        waits[test.module] = max(waits.get(test.module, 0), place)
    items.sort(key=lambda test: waits[test.module])


@pytest.fixture(scope="session", autouse=True)
def early(request):
    """What takes minutes to be told begins before the first test, if any test asks for it."""
    for name in reversed(UNDER_WAY):
        if any(name in test.fixturenames for test in request.session.items):
            request.getfixturevalue(name)
