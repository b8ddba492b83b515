"""`POST /v1/events/counts` through the gateway: what is counted is what a lookup finds."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from records import envelope, record
from reports import Refused, Rest
from stack import attribute, send

HOUR = timedelta(hours=1)
BUCKET = timedelta(minutes=10)
PATH = "/v1/events/counts"
# Calls to the service are events too, of now: these hours are before them.
END = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - HOUR
START = END - 3 * HOUR
LAST = END - timedelta(milliseconds=1)


def text(time):
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def of_number(number):
    fields = {"eventTime": text(START + number * timedelta(minutes=3)), "eventName": ("RunInstances", "StopInstances")[number % 3 == 0]}
    return record(**fields, **({"errorCode": "AccessDenied"} if number % 4 == 0 else {}))


@pytest.fixture(scope="module")
def counted(account):
    """An account with events of three hours, some of them errors."""
    events = [of_number(number) for number in range(60)]
    for part in (events[:25], events[25:]):
        assert send("POST", "/v1/events", envelope(*part), account.producer).status_code == 200
    # Whoever heard "accepted" waits for nothing.
    assert len(looked_up(account)) == 60
    return account


def looked_up(account, *filters):
    attributes = [attribute(*one) for one in filters]
    return account.events(LookupAttributes=attributes, StartTime=START, EndTime=LAST)


def asked(*filters, **fields):
    filters = [{"attribute": name, "value": value} for name, value in filters]
    whole = {"startTime": text(START), "endTime": text(LAST), "bucketSeconds": int(BUCKET.total_seconds())}
    return whole | {"filters": filters} | fields


def sums(answer):
    return {bucket["startTime"]: (bucket["events"], bucket["errors"]) for bucket in answer["buckets"] if bucket["events"]}


@pytest.mark.parametrize(
    "filters",
    [
        [],
        [("EventName", "StopInstances")],
        [("EventName", "RunInstances"), ("ErrorCode", "AccessDenied")],
        [("ReadOnly", "true")],
    ],
)
def test_counts_are_the_sum_of_a_lookup(counted, filters):
    _, answer = Rest(counted.administrator).call("POST", PATH, asked(*filters))
    assert answer["complete"] and len(answer["buckets"]) == 18
    events, errors = Counter(), Counter()
    for event in looked_up(counted, *filters):
        bucket = text(START + (event["EventTime"].astimezone(UTC) - START) // BUCKET * BUCKET).replace(".000Z", "Z")
        events[bucket] += 1
        errors[bucket] += "errorCode" in event["CloudTrailEvent"]
    assert sums(answer) == {bucket: (events[bucket], errors[bucket]) for bucket in events}


def test_top_values(counted):
    _, answer = Rest(counted.administrator).call("POST", PATH, asked(top={"attribute": "EventName", "count": 5}))
    assert answer["top"]["values"] == [{"value": "RunInstances", "events": 40}, {"value": "StopInstances", "events": 20}]


def test_what_is_older_than_next_is_counted(counted):
    rest = Rest(counted.administrator)
    middle = text(START + 2 * HOUR)
    _, whole = rest.call("POST", PATH, asked())
    _, older = rest.call("POST", PATH, asked(next=middle))
    expected = {start: counts for start, counts in sums(whole).items() if start < middle}
    assert 0 < len(expected) < len(sums(whole)) and sums(older) == expected


def test_who_may_not_look_up_may_not_count(counted):
    with pytest.raises(Refused) as refused:
        Rest(counted.producer).call("POST", PATH, asked())
    assert (refused.value.status, refused.value.code) == (403, "AccessDeniedException")
    with pytest.raises(Refused) as refused:
        Rest(counted.administrator).call("POST", PATH, asked(bucketSeconds=1))
    assert refused.value.code == "InvalidParameter" and refused.value.message.startswith("bucketSeconds: ")
