"""So many requests a second: what a client is told of one too many, and that clients try again by themselves."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from records import envelope, record
from reports import Refused, Rest
from stack import Account, await_value, cloudtrail, run, send

RATE = 2
AT_ONCE = 12


@pytest.fixture(scope="module")
def slow():
    account = Account.fresh("limits")
    # Made before, or making it would be told apart from calling.
    assert account.administrator and account.producer
    for limit in ("lookup-rate", "ingest-rate"):
        account.alog("limits", "set", f"{limit}={RATE}")
    # Accounts are remembered for a moment.
    await_value(lambda: burst(lambda: list_reports(account)), lambda found: any(found), "a refusal", 60)
    return account


def burst(call):
    """What comes of several calls at once."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda _: call(), range(AT_ONCE)))


def list_reports(account):
    """None, or the refusal."""
    response = send("GET", "/v1/reports", key=account.administrator)
    return None if response.status_code == 200 else response


def test_rest_and_vk_say_429_and_when_to_try_again(slow):
    for path in ("/v1/reports", f"/v1/{slow.id}/logs"):
        answers = burst(lambda path=path: send("GET", path, key=slow.administrator))
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused and {answer.status_code for answer in answers} <= {200, 429}, path
        for answer in refused:
            assert int(answer.headers["Retry-After"]) >= 1
            assert "error" in json.loads(answer.text)
        time.sleep(1)


def test_no_more_a_second_than_the_limit(slow):
    """A burst lies in two seconds of the clock, or a few if the machine is slow."""
    began = time.time()
    answers = burst(lambda: send("GET", "/v1/reports", key=slow.administrator).status_code)
    seconds = int(time.time()) - int(began) + 1
    assert answers.count(200) <= RATE * seconds
    assert answers.count(200) + answers.count(429) == AT_ONCE


def test_ingest_has_a_limit_of_its_own(slow):
    answers = burst(lambda: send("POST", "/v1/events", envelope(record()), slow.producer))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused and {answer.status_code for answer in answers} <= {200, 429}
    for answer in refused:
        assert int(answer.headers["Retry-After"]) >= 1
        assert json.loads(answer.text)["error"]["code"] == "ThrottlingException"


def lookup(account, attempts):
    try:
        return cloudtrail(account.administrator, attempts).lookup_events()["ResponseMetadata"]
    except ClientError as error:
        return error.response


def test_cloudtrail_says_throttling_in_the_words_that_sdks_know(slow):
    refused = [answer for answer in burst(lambda: lookup(slow, attempts=1)) if "Error" in answer]
    assert refused
    for answer in refused:
        assert answer["Error"] == {"Code": "ThrottlingException", "Message": "Rate exceeded"}
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_sdks_try_again_and_succeed(slow):
    answers = burst(lambda: lookup(slow, attempts=10))
    assert [answer for answer in answers if "Error" in answer] == []
    assert sum(answer["RetryAttempts"] for answer in answers) > 0


def test_the_aws_cli_succeeds_in_the_end(slow):
    """Several at once, over and over, by its own retries."""
    attempts = {"AWS_RETRY_MODE": "standard", "AWS_MAX_ATTEMPTS": "12"}
    command = ["aws", "cloudtrail", "lookup-events", "--max-results", "1"]
    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda _: run(command, slow.administrator, check=False, **attempts), range(6)))
    assert [one.stderr for one in done if one.returncode] == []


def test_another_account_is_not_slowed_down(slow):
    other = Account.fresh("limits-other")
    burst(lambda: list_reports(slow))
    assert [answer for answer in burst(lambda: list_reports(other)) if answer] == []


def test_what_was_set_is_taken_back(slow):
    slow.alog("limits", "set", "lookup-rate=default", "ingest-rate=default")
    await_value(lambda: burst(lambda: list_reports(slow)), lambda found: not any(found), "no refusal", 60)
    with pytest.raises(Refused) as refused:
        Rest(slow.producer).reports()
    assert refused.value.code == "AccessDeniedException"
