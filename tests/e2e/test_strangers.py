"""Whoever knows a key's id can call in its name without showing to be of it: what the account's log has of that."""

import json

from stack import await_value
from strangers import TEXT


def told(flood):
    """Records of the flood, each call's own and those that tell several together."""
    records = [json.loads(event["CloudTrailEvent"]) for event in flood.account.events(own=True)]
    singly = [one for one in records if one.get("errorCode") == "InvalidSignatureException"]
    return singly, [one for one in records if one["eventName"] == "RefusedCalls"]


def count(singly, together):
    return len(singly) + sum(one["additionalEventData"]["Calls"] for one in together)


def test_a_flood_is_told_whole_in_few_events_and_without_its_text(flood_under_way):
    flood = flood_under_way
    calls = sum(flood.calls.values())
    flood.account.__dict__["administrator"] = flood.alice
    singly, together = await_value(lambda: told(flood), lambda found: count(*found) >= calls, f"{calls} calls", 240)
    assert count(singly, together) == calls
    # Its minute may have ended in the middle.
    assert len(singly) <= 2 * 10 and len(together) <= 2 * 2
    assert TEXT not in json.dumps([singly, together])
    by_operation = {name: sum(one["eventName"] == name for one in singly) for name in flood.calls}
    for one in together:
        said = one["additionalEventData"]
        assert said["CallsByAddress"] == {one["sourceIPAddress"]: said["Calls"]}
        for name, calls in said["CallsByOperation"].items():
            by_operation[name] += calls
    assert by_operation == flood.calls
    assert {one["userIdentity"]["accessKeyId"] for one in singly + together} == {flood.alice.id, flood.bob.id}
