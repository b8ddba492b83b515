"""Two accounts that never see each other, whatever they send and ask."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

import records
from records import envelope, record
from stack import Account, attribute, send

ACCOUNTS = 2
SENT = 25


@pytest.fixture(scope="module")
def accounts():
    with ThreadPoolExecutor(ACCOUNTS) as pool:
        return list(pool.map(lambda n: Account.fresh(f"tenant {n}"), range(ACCOUNTS)))


@pytest.fixture(scope="module")
def shared(accounts):
    """Both send events that agree in every attribute, ids included, and differ in one parameter."""
    ids = [str(uuid.uuid4()) for _ in range(SENT)]
    sent = {}
    for account in accounts:
        sent[account.id] = [
            record(
                eventID=id,
                requestParameters={"of": account.id},
                resources=[{"ARN": "arn:shared", "type": "AWS::S3::Bucket"}],
            )
            for id in ids
        ]
        response = send("POST", "/v1/events", envelope(*sent[account.id]), account.producer)
        assert json.loads(response.text)["accepted"] == SENT, response.text
    return sent


def owners(events):
    return {json.loads(event["CloudTrailEvent"])["requestParameters"]["of"] for event in events}


def test_each_finds_its_own_only(accounts, shared):
    for account in accounts:
        found = account.events()
        assert [event["EventId"] for event in found] == [
            one["eventID"] for one in records.newest_first(shared[account.id])
        ]
        assert owners(found) == {account.id}


def test_each_finds_its_own_only_by_every_attribute(accounts, shared):
    for account in accounts:
        example = shared[account.id][0]
        for key, values in records.lookup_fields(example).items():
            for value in values:
                found = account.events(LookupAttributes=[attribute(key, value)])
                assert len(found) == (1 if key == "EventId" else SENT), key
                assert owners(found) == {account.id}, key


def test_a_token_of_one_is_nothing_to_the_other(accounts, shared):
    token = accounts[0].cloudtrail.lookup_events(MaxResults=3)["NextToken"]
    with pytest.raises(ClientError) as caught:
        accounts[1].cloudtrail.lookup_events(MaxResults=3, NextToken=token)
    assert caught.value.response["Error"]["Code"] == "InvalidNextTokenException"


def test_a_record_cannot_say_whose_it_is(accounts):
    """Account ids inside a record are content: the key it was sent with decides."""
    one, other = accounts
    claim = record(recipientAccountId=other.id, userIdentity={"type": "Root", "accountId": other.id})
    assert send("POST", "/v1/events", envelope(claim), one.producer).status_code == 200
    one.await_events([claim["eventID"]])
    assert other.events(LookupAttributes=[attribute("EventId", claim["eventID"])]) == []
