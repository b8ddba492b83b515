"""What arrives is rolled up: each event is found once before and after, and what is left out is told."""

import json

import rolled
from records import moment
from reports import JSON, Rest, json_records
from stack import attribute, await_value


def found(account):
    return [json.loads(event["CloudTrailEvent"]) for event in account.events()]


def by_id(records):
    return {record["eventID"]: record for record in records}


def test_events_are_found_once_and_conflicts_are_told(roll_up_under_way):
    account, first = roll_up_under_way.account, roll_up_under_way.records
    step = rolled.await_roll_ups(account, 1)[-1]
    # The records of the calls are events too.
    assert step["rows"] >= len(first) and (step["copies"], step["conflicts"]) == (0, 0)
    assert by_id(found(account)) == by_id(first)

    # Copies of what is rolled up, other texts under its ids, and new events.
    forged = [one | {"eventName": "Forged"} for one in first[:3]]
    second = rolled.records("second")
    rolled.put(account, second + first[10:15] + forged)
    events = found(account)
    assert len(events) == len(first) + len(second)
    steps = rolled.await_roll_ups(account, 2)
    assert steps[-1]["rows"] >= len(second) and (steps[-1]["copies"], steps[-1]["conflicts"]) == (5, 3)
    events = found(account)
    assert len(events) == len(first) + len(second)
    assert by_id(events) == by_id(first + second)

    told = await_value(
        lambda: account.events(own=True, LookupAttributes=[attribute("EventName", "ConflictingEvents")]), bool, "event of conflicts"
    )
    assert len(told) == 1
    said = json.loads(told[0]["CloudTrailEvent"])["additionalEventData"]
    assert said["Conflicts"] == 3
    assert {one["EventId"] for one in said["First"]} == {one["eventID"] for one in forged}


def test_reports_and_counts_are_of_what_is_rolled_up(roll_up_under_way):
    account, first = roll_up_under_way.account, roll_up_under_way.records
    rolled.await_roll_ups(account, 1)
    rest = Rest(account.administrator)
    is_first = [{"attribute": "EventName", "value": "first"}]
    _, file = rest.built(JSON, filters=is_first)
    assert by_id(json_records(file)) == by_id(first)
    wanted = {"startTime": moment(-3_600), "endTime": moment(0), "bucketSeconds": 3_600, "filters": is_first}
    _, answer = rest.call("POST", "/v1/events/counts", wanted | {"top": {"attribute": "EventName", "count": 1}})
    assert answer["complete"] and sum(bucket["events"] for bucket in answer["buckets"]) == len(first)
    assert answer["top"]["values"] == [{"value": "first", "events": len(first)}]
