"""Wrongly signed calls under way: made at the start of a session, for what is told together is told minutes later."""

from dataclasses import dataclass

from records import envelope, record
from stack import Account, Key, send

TEXT = "written-by-the-attacker"


@dataclass(frozen=True)
class Flood:
    account: Account
    alice: Key
    bob: Key
    calls: dict


def begin():
    account = Account.fresh("strangers")
    alice, bob = account.key("alice", "administrator"), account.key("bob", "administrator")
    calls = {"LookupEvents": 20, "PutEvents": 12, "ListReports": 3}
    for _ in range(calls["LookupEvents"]):
        attempt(alice, "POST", "/", f'{{"key": "{TEXT}"}}'.encode(), {"X-Amz-Target": "CloudTrail_20131101.LookupEvents"})
    for _ in range(calls["PutEvents"]):
        attempt(alice, "POST", "/v1/events", envelope(record(eventName=TEXT)))
    for _ in range(calls["ListReports"]):
        attempt(bob, "GET", f"/v1/reports?{TEXT}={TEXT}")
    return Flood(account, alice, bob, calls)


def attempt(key, method, path, body=b"", headers=None):
    response = send(method, path, body, Key(key.id, "x" * 40), headers)
    assert response.status_code in (400, 401), response.text
