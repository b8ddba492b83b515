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
    """Names in the template, by service and name in the stack: a queue may be called as a function is."""
    stack = boto3.client("cloudformation", endpoint_url=os.environ["AWS_ENDPOINT_URL_DYNAMODB"], **operator())
    resources = stack.describe_stack_resources(StackName=os.environ["ACTIVITY_LOG_STACK"])["StackResources"]
    return {(service_of(one), one["PhysicalResourceId"].rsplit("/", 1)[-1]): one["LogicalResourceId"] for one in resources}


def service_of(resource):
    """As an action begins: "AWS::SQS::Queue" is of "sqs"."""
    return resource["ResourceType"].split("::")[1].lower()


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
            if function := functions.get(named.get(("iam", call["role"]))):
                service, resource = call["action"].split(":")[0], call["resource"]
                for key in call["keys"] or [None]:
                    found.add((function, call["action"], name_of(service, resource, named), key, call["allowed"]))
    assert found
    return found


def name_of(service, arn, named):
    """As in the table."""
    resource = arn.split(":", 5)[-1].removeprefix(KINDS.get(service, ""))
    name, slash, key = resource.partition("/")
    return named.get((service, name), "customer") + slash + key


def test_what_occurred_is_in_the_table(calls):
    strange = [
        call[:4]
        for call in calls
        if call[4] and call[1].split(":")[0] != "logs" and not any(row.function == call[0] and row.covers(*call[1:4]) for row in ROWS)
    ]
    assert not strange, "\n".join(sorted(map(str, strange)))


def test_no_function_was_refused_what_it_asked_for(calls):
    """But by customers' buckets, which the tests let break."""
    refused = [call[:4] for call in calls if not call[4] and not call[2].startswith("customer")]
    assert not refused, "\n".join(sorted(map(str, refused)))


def test_what_is_in_the_table_occurred_or_says_why_not(calls):
    """Each action of a row, and each key of it; which key with which action is the roles' own coarseness."""
    silent = []
    for row in ROWS:
        of_row = [call for call in calls if call[4] and call[0] == row.function and row.covers(*call[1:4])]
        actions, keys = {call[1] for call in of_row}, {call[3] for call in of_row}
        never = [*(set(row.actions) - actions), *(set(row.keys) - keys)]
        if never and not row.unseen:
            silent.append(f"{row.function} {row.to}: {sorted(never)}")
    assert not silent, "in the table and without a call:\n" + "\n".join(silent)
