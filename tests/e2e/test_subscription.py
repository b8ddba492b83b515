"""A subscription that is off: told clearly by each protocol, while producers go on; on again, all of it is there."""

import json

import pytest
from botocore.exceptions import ClientError

from records import envelope, record
from reports import Refused, Rest
from stack import Account, await_value, cloudtrail, run, send

SECONDS = 30
OFF = "OperationNotPermittedException"


def lookup(account):
    try:
        cloudtrail(account.administrator, attempts=1).lookup_events()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "on"


def switch(account, command, *arguments):
    account.alog("subscription", command, *arguments)
    wanted = "on" if command == "activate" else OFF
    await_value(lambda: lookup(account), lambda now: now == wanted, wanted, SECONDS)


def put(account, event):
    response = send("POST", "/v1/events", envelope(event), account.producer)
    assert json.loads(response.text)["accepted"] == 1, response.text
    return event


@pytest.fixture(scope="module")
def off():
    """An account whose subscription is off, with an event of before."""
    account = Account.fresh("subscription-off")
    account.before = put(account, record())
    account.report = Rest(account.administrator).create()
    account.token_of_reader = account.token("reader")
    switch(account, "deactivate")
    return account


@pytest.mark.parametrize("command", ["lookup-events", "describe-trails", "list-public-keys"])
def test_the_aws_cli_is_told(off, command):
    done = run(["aws", "cloudtrail", command], off.administrator, check=False)
    name = "".join(word.capitalize() for word in command.split("-"))
    assert done.returncode in (254, 255)
    assert f"({OFF}) when calling the {name} operation" in done.stderr
    assert "subscription" in done.stderr


def test_boto3_is_told_and_does_not_try_again(off):
    client = cloudtrail(off.administrator, attempts=3)
    for ask in (client.lookup_events, client.list_trails, lambda: client.stop_logging(Name="audit")):
        with pytest.raises(ClientError) as caught:
            ask()
        error = caught.value.response
        assert error["Error"]["Code"] == OFF and "subscription" in error["Error"]["Message"]
        assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert error["ResponseMetadata"]["RetryAttempts"] == 0


def test_rest_is_told(off):
    rest = Rest(off.administrator)
    for ask in (
        rest.reports,
        rest.create,
        lambda: rest.report(off.report["id"]),
        lambda: rest.delete_report(off.report["id"]),
        rest.plugins,
        lambda: rest.call("POST", "/v1/session", {}),
    ):
        with pytest.raises(Refused) as refused:
            ask()
        assert (refused.value.status, refused.value.code) == (403, "SubscriptionInactive")
        assert "subscription" in refused.value.message


@pytest.mark.parametrize("credential", ["key", "token"])
def test_vk_is_told(off, credential):
    path = f"/v1/{off.id}/logs"
    if credential == "key":
        response = send("GET", path, key=off.administrator)
    else:
        response = send("GET", path, headers={"X-Auth-Token": off.token_of_reader})
    error = json.loads(response.text)["error"]
    assert (response.status_code, error["code"], error["title"]) == (403, 403, "Forbidden")
    assert "subscription" in error["message"]


def test_who_may_not_call_is_told_that_first(off):
    """Whether an account is subscribed is its own affair."""
    with pytest.raises(ClientError) as caught:
        cloudtrail(off.producer, attempts=1).lookup_events()
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    assert send("GET", f"/v1/{off.id}/logs").status_code == 401


def test_on_again_everything_that_came_in_is_there():
    account = Account.fresh("subscription-again")
    before = put(account, record())
    switch(account, "deactivate")
    during = [put(account, record()) for _ in range(3)]
    refused = lookup(account)
    switch(account, "activate", "--until", "+30d")
    after = put(account, record())
    sent = [before, *during, after]
    assert refused == OFF
    account.await_events([event["eventID"] for event in sent])
    assert {event["EventId"] for event in account.events()} == {event["eventID"] for event in sent}
    # So are the calls that were refused meanwhile.
    denied = await_value(
        lambda: [event for event in map(json.loads, (one["CloudTrailEvent"] for one in account.events(own=True)))
                 if event.get("errorCode") == OFF],
        bool, "refused calls as events",
    )
    assert {event["eventName"] for event in denied} == {"LookupEvents"}


def test_the_end_of_a_subscription_is_told():
    account = Account.fresh("subscription-end")
    account.alog("subscription", "activate", "--until", "2099-01-01T00:00:00Z")
    assert lookup(account) == "on"
    assert "until 2099-01-01T00:00:00Z" in account.alog("subscription", "show").stdout
