"""2,900 real events through `alog replay`, and every one found again by boto3's paginator.

What must be found is told by a plain scan of the files (records.py), not by the service.
"""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

import records
from stack import ROOT, Account, attribute, run

DATA = ROOT / "../shared/data/cloudtrail"
PAGE_SIZES = (1, 7, 50, 1000)
# The emulator answers some dozens of pages a second, and fewer the more calls it has recorded: answers longer than this
# are not also taken one event at a time. One value of each attribute is, and the busiest part of the log.
MOST_SINGLE_PAGES = 600
# Events that follow each other most closely.
BUSIEST = 200
THREADS = 8
NOWHERE = "no-such-value"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"{DATA} is not here: no real events to replay")


class Replayed:
    """The events, as they are in the account after the replay."""

    def __init__(self):
        originals = [event for file in sorted(DATA.glob("*.json")) for event in json.loads(file.read_text())["Records"]]
        self.account = Account.fresh("replay")
        # Pages of one event, by several threads: more of them a second than an account is let in by default.
        self.account.alog("limits", "set", "lookup-rate=10000")
        # Newest event a minute ago: the batch can be sent again, and is the same.
        self.until = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
        newest = max(parsed(event) for event in originals)
        shift = self.until - newest
        self.events = records.newest_first(
            event | {"eventTime": (parsed(event) + shift).strftime("%Y-%m-%dT%H:%M:%SZ")} for event in originals
        )
        self.fields = [records.lookup_fields(event) for event in self.events]
        self.first = self.replay()
        # What requests and answers name is shown too; what is shown is what it must be found by.
        self.shown = self.lookup(1000)
        for fields, found in zip(self.fields, self.shown, strict=True):
            fields["ResourceType"] = {one["ResourceType"] for one in found["Resources"] if "ResourceType" in one}
            names = {one["ResourceName"] for one in found["Resources"] if "ResourceName" in one}
            fields["ResourceName"] = names.union(*map(records.other_names, names))

    def replay(self):
        """What `alog replay` prints last."""
        until = self.until.strftime("%Y-%m-%dT%H:%M:%SZ")
        done = run(["alog", "replay", str(DATA), "--until", until], self.account.producer)
        return done.stdout.strip().splitlines()[-1]

    def scan(self, **wanted):
        """Ids of the events for which all of these hold, in read order."""
        return [
            event["eventID"]
            for event, fields in zip(self.events, self.fields, strict=True)
            if all(value in fields[key] for key, value in wanted.items())
        ]

    def lookup(self, page_size, **wanted):
        """Up to the newest of the events: the calls of this module came later, and are events too."""
        attributes = [attribute(key, value) for key, value in wanted.items()]
        parameters = {"LookupAttributes": attributes} if attributes else {}
        return self.account.events(page_size, own=True, EndTime=self.until, **parameters)

    def values(self, key):
        """A frequent, a middling, a rare, and a missing value of an attribute."""
        counts = Counter(value for fields in self.fields for value in fields[key]).most_common()
        middling = next(value for value, count in counts if count <= MOST_SINGLE_PAGES)
        missing = [] if key == "ReadOnly" else [NOWHERE]
        return list(dict.fromkeys([counts[0][0], middling, counts[-1][0], *missing]))


def parsed(event):
    return datetime.fromisoformat(event["eventTime"])


@pytest.fixture(scope="module")
def replayed():
    return Replayed()


def check(replayed, queries):
    """Each query with each page size, in parallel; what differs from the scan."""
    jobs = [
        (page_size, wanted)
        for wanted in queries
        for page_size in PAGE_SIZES
        if page_size > 1 or len(replayed.scan(**wanted)) <= MOST_SINGLE_PAGES
    ]

    def wrong(job):
        page_size, wanted = job
        found = [event["EventId"] for event in replayed.lookup(page_size, **wanted)]
        expected = replayed.scan(**wanted)
        if found == expected:
            return None
        missing, extra = set(expected) - set(found), set(found) - set(expected)
        doubled = len(found) - len(set(found))
        differ = f"{len(missing)} missing, {len(extra)} extra, {doubled} doubled, or out of order"
        return f"{wanted}, page size {page_size}: {differ}"

    with ThreadPoolExecutor(THREADS) as pool:
        assert [one for one in pool.map(wrong, jobs) if one] == []


def test_all_are_accepted(replayed):
    assert replayed.first == "accepted 2900, duplicate 0, rejected 0"


def test_sent_again_each_is_stored_or_known_and_none_refused(replayed):
    # At once the same batches are known; later they are copies, which nobody sees.
    words = replayed.replay().replace(",", "").split()
    counts = {word: int(count) for word, count in zip(words[::2], words[1::2], strict=True)}
    assert counts["accepted"] + counts["duplicate"] == 2900 and counts["rejected"] == 0


def test_without_a_filter_each_once_and_in_order(replayed):
    assert len(replayed.scan()) == 2900
    check(replayed, [{}])


def test_one_event_at_a_time_where_most_share_their_seconds(replayed):
    times = [parsed(event) for event in replayed.events]
    spans = [(newest - oldest, newest, oldest) for newest, oldest in zip(times, times[BUSIEST:])]
    _, newest, oldest = min(spans)
    expected = [event["eventID"] for event in replayed.events if oldest <= parsed(event) <= newest]
    assert len(expected) >= BUSIEST
    found = replayed.account.events(1, StartTime=oldest, EndTime=newest)
    assert [event["EventId"] for event in found] == expected


def test_beside_the_calls_each_once_and_in_order(replayed):
    found = replayed.account.events(1000, own=True)
    calls = [event for event in found if replayed.account.is_call(event)]
    assert calls and {event["EventName"] for event in calls} <= {"PutEvents", "LookupEvents"}
    assert [event["EventId"] for event in found if event not in calls] == replayed.scan()


def test_records_and_fields_are_the_files(replayed):
    for found, event in zip(replayed.shown, replayed.events, strict=True):
        assert json.loads(found["CloudTrailEvent"]) == event
        assert found["EventTime"] == parsed(event)
        fields = records.lookup_fields(event)
        for key in ("EventId", "EventName", "ReadOnly", "Username", "EventSource", "AccessKeyId"):
            assert ({found[key]} if key in found else set()) == fields[key]
        # What the record lists comes first, and what else is named in it is there once.
        listed = [one.get("ARN") or one.get("ARNPrefix") for one in event.get("resources") or []]
        names = [one["ResourceName"] for one in found["Resources"]]
        assert names[: len(listed)] == listed
        derived = [(one.get("ResourceType"), one["ResourceName"]) for one in found["Resources"][len(listed) :]]
        assert len(set(derived)) == len(derived)
        text = json.dumps(event)
        assert all(json.dumps(name) in text for _, name in derived)


def test_what_a_request_names_is_found_by_its_bare_id(replayed):
    """The seeds' own question: who did something to this instance?"""
    named = {
        event["eventID"]: item["instanceId"]
        for event in replayed.events
        for item in ((event.get("requestParameters") or {}).get("instancesSet") or {}).get("items") or []
        if "instanceId" in item
    }
    assert named
    for instance in sorted(set(named.values()))[:3]:
        found = replayed.lookup(50, ResourceName=instance)
        ids = {event["EventId"] for event in found}
        assert {id for id, one in named.items() if one == instance} <= ids
        for event in found:
            assert instance in event["CloudTrailEvent"]
            assert "AWS::EC2::Instance" in {one.get("ResourceType") for one in event["Resources"]}


@pytest.mark.parametrize("key", records.KEYS)
def test_by_every_attribute(replayed, key):
    check(replayed, [{key: value} for value in replayed.values(key)])


def test_by_two_attributes(replayed):
    name, source, user = (replayed.values(key)[0] for key in ("EventName", "EventSource", "Username"))
    kind, arn = replayed.values("ResourceType")[0], replayed.values("ResourceName")[0]
    check(
        replayed,
        [
            {"EventName": "DescribeRouteTables", "ReadOnly": "true"},
            {"EventName": name, "Username": user},
            {"EventSource": source, "ReadOnly": "false"},
            {"ResourceType": kind, "ResourceName": arn},
            {"ResourceType": "AWS::S3::Bucket", "ReadOnly": "false"},
            {"EventName": name, "EventSource": "ec2.amazonaws.com"},
            {"Username": user, "AccessKeyId": NOWHERE},
        ],
    )


def test_by_three_attributes(replayed):
    user, access_key = (replayed.values(key)[0] for key in ("Username", "AccessKeyId"))
    check(
        replayed,
        [
            {"EventSource": "ec2.amazonaws.com", "ReadOnly": "true", "Username": user},
            {"EventSource": "ssm.amazonaws.com", "EventName": "PutParameter", "AccessKeyId": access_key},
            {"ResourceType": "AWS::S3::Bucket", "EventSource": "s3.amazonaws.com", "ReadOnly": "true"},
            {"EventSource": "iam.amazonaws.com", "ReadOnly": "false", "Username": "benjamin"},
        ],
    )


def test_a_time_range_cuts_between_seconds(replayed):
    """The second with 110 events, alone and with what is around it."""
    busiest, count = Counter(event["eventTime"] for event in replayed.events).most_common(1)[0]
    at = datetime.fromisoformat(busiest)
    assert count == 110
    for before, after in [(0, 0), (1, 0), (0, 1)]:
        start, end = at - timedelta(seconds=before), at + timedelta(seconds=after)
        expected = [event["eventID"] for event in replayed.events if start <= parsed(event) <= end]
        for page_size in (7, 50):
            found = replayed.account.events(page_size, StartTime=start, EndTime=end)
            assert [event["EventId"] for event in found] == expected
