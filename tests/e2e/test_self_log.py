"""The log of the log: calls to this service are events of the caller's account, once each and without secrets."""

import json
import re
import secrets
from dataclasses import dataclass, field

import pytest
from botocore.exceptions import ClientError

from records import envelope, record
from reports import CSV, Refused, Rest
from stack import (
    CALLS_CLOUDTRAIL,
    CALLS_OWN,
    Account,
    Key,
    attribute,
    await_value,
    call,
    cloudtrail,
    environment,
    operator,
    run,
    send,
)

WITHIN_SECONDS = 60
AGENT = "e2e-self-log/1"
# A session lives 60 s at least; its end is looked for once a minute.
SESSION_ENDS_SECONDS = 60 + 30 + 60 + WITHIN_SECONDS
TARGET = {"X-Amz-Target": "CloudTrail_20131101.LookupEvents", "Content-Type": "application/x-amz-json-1.1"}


@dataclass
class Made:
    """The calls made, and what no event may hold."""

    account: Account
    caller: Key
    denied: Key
    expected: list = field(default_factory=list)
    hushed: list = field(default_factory=list)
    noted: dict = field(default_factory=dict)
    sent_secret: str = ""

    def call(self, name, read_only, key, source=CALLS_OWN, error=None, agent=AGENT):
        """Expects the event of a call."""
        self.expected.append((key.user, name, read_only, source, error, agent))

    def events(self, user, own_name=None):
        """The records of a user's calls with what lookups show of each; looked up by another user."""
        wanted = [attribute("Username", user)] + ([attribute("EventName", own_name)] if own_name else [])
        found = self.account.events(own=True, LookupAttributes=wanted)
        return [(event, json.loads(event["CloudTrailEvent"])) for event in found]

    def one(self, user, name, **wanted):
        """The one event of this name for which all of this holds."""
        found = [record for _, record in self.events(user, name) if all(record.get(key) == wanted[key] for key in wanted)]
        assert len(found) == 1, (name, wanted, found)
        return found[0]


def hushed():
    return f"hush{secrets.token_hex(8)}"


def signed(method, path, body=b"", key=None, **headers):
    return send(method, path, body, key, {"User-Agent": AGENT} | headers)


def wrong(key):
    return Key(key.id, "x" * 40, key.user)


@pytest.fixture(scope="module")
def made(account):
    """Calls of each protocol, allowed and denied, by two users; a third looks for their events."""
    caller, denied = account.key("caller", "administrator", "producer", "storage"), account.key("denied")
    made = Made(account, caller, denied)
    by_cli(made)
    by_cloudtrail(made)
    by_rest(made)
    by_vk(made)
    by_session(made)
    by_producer(made)
    made.hushed += [caller.secret, denied.secret, account.administrator.secret]
    wanted = {user: sum(1 for one in made.expected if one[0] == user) for user in (caller.user, denied.user)}
    await_value(
        lambda: {user: len(made.events(user)) for user in wanted},
        lambda found: all(found[user] >= wanted[user] for user in wanted),
        f"events of {wanted}",
        WITHIN_SECONDS,
    )
    return made


def by_cli(made):
    command = ["aws", "cloudtrail", "lookup-events", "--max-results", "7"]
    run(command, made.caller)
    made.call("LookupEvents", True, made.caller, CALLS_CLOUDTRAIL, agent="aws-cli/")
    done = run(command, made.denied, check=False)
    assert "(AccessDeniedException)" in done.stderr
    made.call("LookupEvents", True, made.denied, CALLS_CLOUDTRAIL, "AccessDeniedException", agent="aws-cli/")


def by_cloudtrail(made):
    client = cloudtrail(made.caller, attempts=1)
    for operation, read_only, parameters in [
        ("describe_trails", True, {}),
        ("create_trail", False, {"Name": "no", "S3BucketName": "no-such-bucket-at-all"}),
        ("stop_logging", False, {"Name": "no-such-trail"}),
        ("lookup_events", True, {"NextToken": "A" * 40}),
    ]:
        error = None
        try:
            getattr(client, operation)(**parameters)
        except ClientError as caught:
            error = caught.response["Error"]["Code"]
        name = "".join(word.capitalize() for word in operation.split("_"))
        made.call(name, read_only, made.caller, CALLS_CLOUDTRAIL, error, agent="Boto3/")
        assert bool(error) == (operation != "describe_trails")
    made.hushed.append("A" * 40)
    # A signature that is wrong: of whom, is shown by nothing but the key's id.
    assert signed("POST", "/", b"{}", wrong(made.caller), **TARGET).status_code == 400
    made.call("LookupEvents", True, made.caller, CALLS_CLOUDTRAIL, "InvalidSignatureException")


def by_rest(made):
    secret = hushed()
    made.hushed.append(secret)
    body = {"format": CSV, "plugin": {"name": "none", "parameters": {"apiKey": secret, "zone": "UTC"}}}
    for method, path, content, name, read_only, key in [
        ("GET", "/v1/reports", None, "ListReports", True, made.caller),
        ("POST", "/v1/reports", body, "CreateReport", False, made.caller),
        ("GET", "/v1/reports/no-such-report", None, "GetReport", True, made.caller),
        ("DELETE", "/v1/plugins/no-such-plugin", None, "DeletePlugin", False, made.caller),
        ("POST", "/v1/reports", {"format": CSV}, "CreateReport", False, made.denied),
        ("POST", "/v1/events/counts", {}, "CountEvents", True, made.caller),
        ("POST", "/v1/events/counts", {}, "CountEvents", True, made.denied),
        ("POST", "/v1/events/lookup", {"where": ["who=nobody", f"a.password={secret}"]}, "SearchEvents", True, made.caller),
        ("POST", "/v1/events/lookup", {}, "SearchEvents", True, made.denied),
        ("GET", "/v1/events/no-such-event", None, "GetEvent", True, made.caller),
    ]:
        data = b"" if content is None else json.dumps(content).encode()
        response = signed(method, path, data, key)
        error = json.loads(response.text)["error"]["code"] if response.status_code >= 400 else None
        made.call(name, read_only, key, error=error)
        assert bool(error) == (key == made.denied or name not in ("ListReports", "CountEvents", "SearchEvents"))
    with pytest.raises(Refused):
        Rest(Key("AKIAIOSFODNN7EXAMPLE", "x" * 40)).reports()


def by_vk(made):
    path = f"/v1/{made.account.id}/logs?source=nova&limit=2&from=&to="
    token = made.account.token(made.caller.user)
    assert signed("GET", path, key=made.caller).status_code == 200
    made.call("ListLogs", True, made.caller)
    assert signed("GET", path, **{"X-Auth-Token": token}).status_code == 200
    made.call("ListLogs", True, made.caller)
    made.noted["token"] = token
    made.hushed.append(token)
    assert signed("GET", path, key=made.denied).status_code == 403
    made.call("ListLogs", True, made.denied, error="Forbidden")


def by_session(made):
    response = signed("POST", "/v1/session", b"{}", made.caller)
    opened = json.loads(response.text)
    token = opened["token"]
    made.call("OpenSession", False, made.caller)
    assert signed("GET", "/v1/reports", **{"X-Auth-Token": token}).status_code == 200
    made.call("ListReports", True, made.caller)
    assert signed("DELETE", "/v1/session", **{"X-Auth-Token": token}).status_code == 204
    made.call("CloseSession", False, made.caller)
    assert signed("POST", "/v1/session", b"{}", wrong(made.caller)).status_code == 401
    made.call("OpenSession", False, made.caller, error="InvalidSignatureException")
    made.noted["session"] = opened["session"]["id"]
    made.hushed.append(token)


def by_producer(made):
    secret = hushed()
    # It is in the event that is sent, and only there.
    sent = record(requestParameters={"password": secret})
    body = envelope(sent, sent, 7)
    assert signed("POST", "/v1/events", body, made.caller).status_code == 207
    made.call("PutEvents", False, made.caller)
    made.noted["bodyBytes"] = len(body)
    assert signed("POST", "/v1/events", b"hello", made.caller).status_code == 400
    made.call("PutEvents", False, made.caller, error="UnreadableBody")
    assert signed("POST", "/v1/events", body, made.denied).status_code == 403
    made.call("PutEvents", False, made.denied, error="AccessDeniedException")
    made.sent_secret = secret
    made.hushed.append(secret)


# --- what is there ----------------------------------------------------------------------------------------------------


def summary(event):
    agents = ("aws-cli/", "Boto3/")
    agent = event["userAgent"]
    return (
        event["userIdentity"]["userName"],
        event["eventName"],
        event["readOnly"],
        event["eventSource"],
        event.get("errorCode"),
        next((start for start in agents if agent.startswith(start)), agent),
    )


def order(summaries):
    return sorted(summaries, key=str)


@pytest.mark.parametrize("user", ["caller", "denied"])
def test_every_call_is_one_event(made, user):
    """Name, read-only or not, who, in which protocol, the error, the user agent: each once, and nothing else."""
    found = [summary(event) for _, event in made.events(user)]
    assert order(found) == order([one for one in made.expected if one[0] == user])


def test_who_from_where_and_when_is_told_and_looked_up_by(made):
    by_token = []
    for key in (made.caller, made.denied):
        arn = f"arn:aws:iam::{made.account.id}:user/{key.user}"
        for shown, event in made.events(key.user):
            assert event["sourceIPAddress"] == "127.0.0.1"
            assert event["recipientAccountId"] == event["userIdentity"]["accountId"] == made.account.id
            assert (event["userIdentity"]["type"], event["userIdentity"]["arn"]) == ("IAMUser", arn)
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["eventTime"])
            assert event["awsRegion"] == environment()["AWS_REGION"] and event["requestID"]
            assert (shown["EventName"], shown["EventSource"]) == (event["eventName"], event["eventSource"])
            assert (shown["Username"], shown["ReadOnly"]) == (key.user, str(event["readOnly"]).lower())
            used = event["userIdentity"].get("accessKeyId")
            assert used == shown.get("AccessKeyId")
            if used is None:
                # Who comes with an operator's token has used no key.
                assert event["additionalEventData"]["TokenId"] in made.noted["token"]
                by_token.append(event["eventName"])
            else:
                assert used == key.id
        named = {event["eventID"] for _, event in made.events(key.user) if event["userIdentity"].get("accessKeyId")}
        by_key = made.account.events(own=True, LookupAttributes=[attribute("AccessKeyId", key.id)])
        assert {event["EventId"] for event in by_key} == named
    assert by_token == ["ListLogs"]


def test_what_was_asked_is_told(made):
    user = made.caller.user
    assert made.one(user, "StopLogging")["requestParameters"] == {"name": "no-such-trail"}
    assert made.one(user, "GetReport")["requestParameters"]["id"] == "no-such-report"
    report = made.one(user, "CreateReport")["requestParameters"]
    assert (report["format"], report["plugin"]["parameters"]["zone"]) == (CSV, "UTC")
    assert report["plugin"]["parameters"]["apiKey"] == "HIDDEN_DUE_TO_SECURITY_REASONS"
    for _, event in made.events(user, "ListLogs"):
        assert event["project"] == made.account.id
        assert event["requestParameters"] == {"source": "nova", "limit": 2}
    put = made.one(user, "PutEvents", errorCode=None)
    assert put["requestParameters"] == {"bodyBytes": made.noted["bodyBytes"]}
    counts = {name: put["additionalEventData"][name] for name in ("Accepted", "Duplicate", "Rejected")}
    assert counts == {"Accepted": 1, "Duplicate": 1, "Rejected": 1}
    denied = made.one("denied", "LookupEvents")
    assert "is not authorized to perform: cloudtrail:LookupEvents" in denied["errorMessage"]


def test_sessions_are_told_in_the_words_of_k2(made):
    user, id = made.caller.user, made.noted["session"]
    opened = made.one(user, "OpenSession", errorCode=None)
    assert opened["eventType"] == "AwsConsoleSignIn"
    assert opened["additionalEventData"] == {"SessionId": id, "MFAUsed": "No"}
    failed = made.one(user, "OpenSession", errorCode="InvalidSignatureException")
    assert failed["eventType"] == "AwsConsoleSignIn" and failed["additionalEventData"] == {"MFAUsed": "No", "RequestBytes": 2}
    assert failed["requestParameters"] is None
    closed = made.one(user, "CloseSession")
    assert closed["eventType"] == "AwsConsoleSignOut" and closed["additionalEventData"]["SessionId"] == id
    inside = [event for _, event in made.events(user, "ListReports") if "additionalEventData" in event]
    assert [event["additionalEventData"]["TokenId"] for event in inside] == [id]


def test_no_event_holds_a_secret(made):
    calls = [event["CloudTrailEvent"] for event in made.account.events(own=True) if made.account.is_call(event)]
    assert len(calls) >= len(made.expected) and len(made.hushed) == 8
    for text in calls:
        assert [secret for secret in made.hushed if secret in text] == []
        assert "AWS4-HMAC" not in text and "Signature=" not in text
    # What a producer sends is kept as it is: the secret is the sender's own affair, and in that event alone.
    [sent] = made.account.events()
    assert made.sent_secret in sent["CloudTrailEvent"]


def test_strangers_are_in_nobody_s_log(made):
    """A key that nobody has, no credentials, and another account's calls."""
    stranger = Key(f"AKIA{secrets.token_hex(8).upper()}", "x" * 40)
    assert signed("POST", "/", b"{}", stranger, **TARGET).status_code == 400
    assert signed("GET", "/v1/reports", key=stranger).status_code == 401
    assert signed("POST", "/v1/events", envelope(record()), stranger).status_code in (401, 403)
    assert signed("GET", f"/v1/{made.account.id}/logs").status_code == 401
    other = Account.fresh("self-log-other")
    their = other.key("their", "administrator")
    cloudtrail(their).lookup_events()
    assert signed("GET", f"/v1/{made.account.id}/logs", key=their).status_code == 404
    found = await_value(
        lambda: other.events(own=True, LookupAttributes=[attribute("Username", "their")]), lambda found: len(found) >= 2,
        "the other account's calls", WITHIN_SECONDS,
    )
    assert sorted(event["EventName"] for event in found) == ["ListLogs", "LookupEvents"]
    for key in (stranger, their):
        for account in (made.account, Account.demo()):
            assert account.events(own=True, client=watcher(account), LookupAttributes=[attribute("AccessKeyId", key.id)]) == []
    mine = {event["Username"] for event in made.account.events(own=True) if made.account.is_call(event)}
    assert mine == {"caller", "denied", "reader"}


def watcher(account):
    return cloudtrail(account.administrator)


def test_the_demo_s_trail_is_in_the_seeds_own_table():
    """CreateTrail, and what follows it, as calls of the demo account's administrator."""
    demo, name, bucket = Account.demo(), f"told-{secrets.token_hex(4)}", f"told-{secrets.token_hex(8)}"
    operator("s3").create_bucket(Bucket=bucket)
    commands = [
        ("create-trail", False, ["--name", name, "--s3-bucket-name", bucket]),
        ("start-logging", False, ["--name", name]),
        ("get-trail-status", True, ["--name", name]),
        ("update-trail", False, ["--name", name, "--s3-key-prefix", "a"]),
        ("stop-logging", False, ["--name", name]),
        ("delete-trail", False, ["--name", name]),
    ]
    for command, _, arguments in commands:
        run(["aws", "cloudtrail", command, *arguments])
    expected = {"".join(word.capitalize() for word in command.split("-")): read_only for command, read_only, _ in commands}

    def look():
        found = demo.events(own=True, LookupAttributes=[attribute("EventSource", CALLS_CLOUDTRAIL)])
        records = [json.loads(event["CloudTrailEvent"]) for event in found if name in event["CloudTrailEvent"]]
        return [one for one in records if one["eventName"] in expected]

    found = await_value(look, lambda found: len(found) >= len(expected), "the trail's calls", WITHIN_SECONDS)
    # Ids are in the order of time, within a second too.
    told = sorted(found, key=lambda one: (one["eventTime"], one["eventID"]))
    assert [(one["eventName"], one["readOnly"]) for one in told] == list(expected.items())
    for one in told:
        assert one["userIdentity"]["userName"] == "admin"
        assert one["userIdentity"]["accessKeyId"] == demo.administrator.id
        assert one["userAgent"].startswith("aws-cli/") and "errorCode" not in one
        assert demo.administrator.secret not in json.dumps(one)
    arn = told[0]["responseElements"]["trailARN"]
    for named in (name, arn):
        by_name = demo.events(own=True, LookupAttributes=[attribute("ResourceName", named)])
        assert [event["EventName"] for event in by_name] == list(reversed(expected))


def test_what_the_operator_does_is_told():
    """With whom AWS says the operator is, within a minute: the tick tells it. By its origin it is told from what a producer
    says it was."""
    account = Account.fresh("self-log-operator")
    key = account.key("audited", "administrator")
    account.alog("project", "create", "shop")
    account.alog("user", "delete", "nobody", check=False)
    account.alog("key", "disable", "--user", "audited", account.another_key("audited").id)
    names = ["CreateAccount", "CreateUser", "GrantPermission", "CreateAccessKey", "CreateProject", "DeleteUser", "CreateAccessKey"]
    names.append("UpdateAccessKey")

    def look():
        found = call(key, "LookupEvents", LookupAttributes=[attribute("Origin", "operator")])["Events"]
        return [(event, json.loads(event["CloudTrailEvent"])) for event in reversed(found)]

    told = await_value(look, lambda told: len(told) >= len(names), "the operator's changes", 60 + WITHIN_SECONDS)
    assert sorted(record["eventName"] for _, record in told) == sorted(names)
    arn = operator("sts").get_caller_identity()["Arn"]
    for event, record in told:
        assert event["Origin"] == "operator"
        assert record["userIdentity"]["arn"] == arn and record["eventSource"] == CALLS_OWN
        assert key.secret not in event["CloudTrailEvent"]
    refused = [(record["eventName"], record["errorCode"]) for _, record in told if "errorCode" in record]
    assert refused == [("DeleteUser", "NoSuchEntity")]


def test_a_session_that_times_out_is_told(made):
    """The slow one: a session of 60 s, and the tick that finds it over. Last but one: it adds a call."""
    opened = json.loads(signed("POST", "/v1/session", b'{"lifetimeSeconds": 60}', made.denied).text)
    made.call("OpenSession", False, made.denied)
    id = opened["session"]["id"]
    wanted = [attribute("EventName", "AutoCloseSession"), attribute("Username", made.denied.user)]
    [found] = await_value(
        lambda: made.account.events(own=True, LookupAttributes=wanted), bool, "AutoCloseSession", SESSION_ENDS_SECONDS
    )
    event = json.loads(found["CloudTrailEvent"])
    assert (event["eventType"], event["readOnly"]) == ("AwsConsoleAutoSignOut", False)
    data = event["additionalEventData"]
    assert (data["SessionId"], data["Reason"].lower()) == (id, "timeout")
    assert event["eventTime"][:19] == opened["session"]["expires"][:19]
    assert event["userIdentity"]["accessKeyId"] == made.denied.id and "sourceIPAddress" not in event
    assert opened["token"] not in found["CloudTrailEvent"]


def test_nothing_was_told_twice(made):
    """Minutes later: what the queue delivers again is known, and what ingest takes from it is no call."""
    for user in ("caller", "denied"):
        found = [summary(event) for _, event in made.events(user) if event["eventName"] != "AutoCloseSession"]
        assert order(found) == order([one for one in made.expected if one[0] == user])
