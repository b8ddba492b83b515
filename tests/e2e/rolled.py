"""Events that are rolled up under way: sent at the start of a session, rolled up by the ticks."""

import json
import secrets
from dataclasses import dataclass

from records import envelope, moment, record
from stack import Account, await_value, environment, operator, send


@dataclass(frozen=True)
class RolledUp:
    account: Account
    # What came first, and is rolled up.
    records: list


def begin():
    rolled = RolledUp(Account.fresh("rolled-up"), records("first"))
    put(rolled.account, rolled.records)
    return rolled


def records(name):
    """So much that a roll-up is due at once, as it does not compress."""
    return [
        record(eventTime=moment(-number), eventName=name, requestParameters={"text": secrets.token_hex(4_000)})
        for number in range(60)
    ]


def put(account, events):
    response = send("POST", "/v1/events", envelope(*events), account.producer)
    assert response.status_code == 200, response.text


def await_roll_ups(account, count, seconds=150):
    """What the function said of the account's roll-ups, once there are so many; the newest last."""
    group = f"/activity-log/{environment()['ACTIVITY_LOG_STACK']}/rollup"

    def steps():
        pages = operator("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
        lines = (json.loads(event["message"]) for page in pages for event in page["events"] if event["message"].startswith("{"))
        return [line for line in lines if line.get("message") == "rolled up" and line.get("account") == account.id]

    return await_value(steps, lambda steps: len(steps) >= count, f"{count} roll-ups of {account.id}", seconds)
