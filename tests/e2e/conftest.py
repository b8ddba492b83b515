"""Fixtures: accounts of their own for each module, so that no test sees another's events."""

import os
from pathlib import Path

import pytest

from stack import ROOT, Account


def pytest_sessionstart(session):
    path = ROOT / os.environ.get("ACTIVITY_LOG_ENV_FILE", "localstack/env")
    if not Path(path).exists():
        pytest.exit(f"{path} is missing: bring the stack up first (localstack/up)", returncode=2)


@pytest.fixture(scope="module")
def account(request):
    return Account.fresh(request.module.__name__.replace("_", "-"))
