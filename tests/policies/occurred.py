"""The table of calls against what the functions really did in the end-to-end tests, as the emulator recorded it.

Run after all of them, while the stack is up: tests/run e2e does. A part of them would leave rows without a call.
"""

import json
import os

import boto3
import pytest

from calls import ROWS
from template import Template

KINDS = {"dynamodb": "table/", "kms": "key/"}


@pytest.fixture(scope="module")
def named():
    """Names in the template, by name in the stack."""
    stack = boto3.client("cloudformation", endpoint_url=os.environ["AWS_ENDPOINT_URL_DYNAMODB"], **operator())
    resources = stack.describe_stack_resources(StackName=os.environ["ACTIVITY_LOG_STACK"])["StackResources"]
    return {one["PhysicalResourceId"].rsplit("/", 1)[-1]: one["LogicalResourceId"] for one in resources}


def operator():
    return {
        "region_name": os.environ["AWS_REGION"],
        "aws_access_key_id": os.environ["ACTIVITY_LOG_OPERATOR_ACCESS_KEY_ID"],
        "aws_secret_access_key": os.environ["ACTIVITY_LOG_OPERATOR_SECRET_ACCESS_KEY"],
    }


@pytest.fixture(scope="module")
def calls(named):
    """Function, action, resource, kind of key (None if there is none) and whether it was allowed, each once."""
    found = set()
    functions = {f"{function}Role": function for function in Template().functions()}
    with open(os.environ["ACTIVITY_LOG_CALLS_FILE"]) as lines:
        for call in map(json.loads, lines):
            if function := functions.get(named.get(call["role"])):
                service, resource = call["action"].split(":")[0], call["resource"]
                for key in call["keys"] or [None]:
                    found.add((function, call["action"], name_of(service, resource, named), key, call["allowed"]))
    assert found
    return found


def name_of(service, arn, named):
    """As in the table."""
    resource = arn.split(":", 5)[-1].removeprefix(KINDS.get(service, ""))
    name, slash, key = resource.partition("/")
    return named.get(name, "customer") + slash + key


def test_what_occurred_is_in_the_table(calls):
    strange = [
        call[:4]
        for call in calls
        if call[4] and call[1].split(":")[0] != "logs" and not any(row.function == call[0] and row.covers(*call[1:4]) for row in ROWS)
    ]
    assert sorted(strange, key=str) == []


def test_no_function_was_refused_what_it_asked_for(calls):
    """But by customers' buckets, which the tests let break."""
    refused = [call[:4] for call in calls if not call[4] and not call[2].startswith("customer")]
    assert sorted(refused, key=str) == []


def cells():
    """Each action and key of each row."""
    for row in ROWS:
        for action in row.actions:
            for key in row.keys or [None]:
                yield row, action, key


def test_what_is_in_the_table_occurred_or_says_why_not(calls):
    def occurred(row, action, key):
        return any(
            call[0] == row.function and call[1] == action and row.covers(*call[1:4]) and (key is None or call[3] == key)
            for call in calls
        )

    never = {(row, action, key) for row, action, key in cells() if not occurred(row, action, key)}
    silent = [(row.function, action, row.to, key) for row, action, key in never if not row.unseen]
    assert sorted(silent, key=str) == [], "rows without a call"
    told = {row for row in ROWS if row.unseen}
    stale = [(row.function, row.to) for row in told if not any(one[0] == row for one in never)]
    assert stale == [], "rows that say they do not occur, and do"
