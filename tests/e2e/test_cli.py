"""The unmodified AWS CLI against the stack: lookups, paging, and the errors a person reads."""

import json

import pytest

from records import envelope, moment, newest_first, record
from stack import Account, Key, await_value, run, send

LOOKUP = ["aws", "cloudtrail", "lookup-events"]
WRITES = 7
# What the AWS CLI exits with when the service refuses: 255 in version 1, 254 in version 2.
REFUSED = (254, 255)


@pytest.fixture(scope="module")
def events(account):
    """Seven writes of alice's and two reads of bob's, stored."""
    bob = {"type": "IAMUser", "userName": "bob", "accessKeyId": "AKIAI44QH8DHBEXAMPLE"}
    # Before the account itself, whose making is an event too, in whole seconds.
    then = moment(-60)
    events = [record(requestParameters={"n": n}, eventTime=then) for n in range(WRITES)] + [
        record(eventName="DescribeInstances", userIdentity=bob, readOnly=True, eventTime=then),
        record(eventName="DescribeVpcs", userIdentity=bob, readOnly=None, eventTime=then),
    ]
    response = send("POST", "/v1/events", envelope(*events), account.producer)
    assert response.status_code == 200, response.text
    return newest_first(events)


def ids(events):
    return [event.get("eventID") or event["EventId"] for event in events]


def sent(events, *arguments):
    """Up to the last of the events sent: calls to the service, this module's too, came later."""
    return [*arguments, *(() if "--end-time" in arguments else ("--end-time", events[0]["eventTime"]))]


def lookup(account, *arguments):
    return json.loads(run([*LOOKUP, *arguments], account.administrator).stdout)


def refusal(account, *arguments, key=None, **variables):
    done = run([*LOOKUP, *arguments], key or account.administrator, check=False, **variables)
    assert done.returncode in REFUSED, done
    return done.stderr.strip()


def test_everything_newest_first_and_records_verbatim(account, events):
    found = lookup(account, *sent(events))["Events"]
    assert ids(found) == ids(events)
    assert [json.loads(event["CloudTrailEvent"]) for event in found] == events
    newest = found[0]
    assert (newest["EventSource"], newest["ReadOnly"]) == (
        "ec2.amazonaws.com",
        "false" if newest["EventName"] == "RunInstances" else "true",
    )


def test_one_attribute(account, events):
    found = lookup(account, *sent(events, "--lookup-attributes", "AttributeKey=Username,AttributeValue=bob"))["Events"]
    assert ids(found) == ids([event for event in events if event["userIdentity"]["userName"] == "bob"])
    assert {event["ReadOnly"] for event in found} == {"true"}


def test_several_attributes_all_hold(account, events):
    attributes = ["AttributeKey=Username,AttributeValue=bob", "AttributeKey=EventName,AttributeValue=DescribeVpcs"]
    found = lookup(account, *sent(events, "--lookup-attributes", *attributes))["Events"]
    assert ids(found) == ids([event for event in events if event["eventName"] == "DescribeVpcs"])


def test_our_own_attributes_are_taken_too(account, events):
    found = lookup(account, *sent(events, "--lookup-attributes", "AttributeKey=SourceIp,AttributeValue=192.0.2.7"))["Events"]
    assert ids(found) == ids(events)


def test_a_time_range_is_inclusive(account, events):
    at = events[len(events) // 2]["eventTime"]
    found = lookup(account, "--start-time", at, "--end-time", at)["Events"]
    assert ids(found) == ids([event for event in events if event["eventTime"] == at])
    assert lookup(account, "--end-time", "2020-01-01T00:00:00Z")["Events"] == []


@pytest.mark.parametrize("page_size", ["1", "4", "1000"])
def test_the_cli_pages_through(account, events, page_size):
    assert ids(lookup(account, *sent(events, "--page-size", page_size))["Events"]) == ids(events)


def test_max_items_and_starting_token(account, events):
    first = lookup(account, *sent(events, "--max-items", "4", "--page-size", "3"))
    rest = lookup(account, *sent(events, "--starting-token", first["NextToken"], "--page-size", "3"))
    assert ids(first["Events"]) + ids(rest["Events"]) == ids(events)


def test_max_results_is_one_page(account, events):
    first = lookup(account, *sent(events, "--max-results", "4"))
    assert ids(first["Events"]) == ids(events[:4])
    rest = lookup(account, *sent(events, "--max-results", "1000", "--next-token", first["NextToken"]))
    assert ids(rest["Events"]) == ids(events[4:])
    assert "NextToken" not in rest


def test_a_record_survives_jq_style_queries(account, events):
    query = sent(events, "--query", "Events[0].CloudTrailEvent", "--output", "text")
    done = run([*LOOKUP, *query], account.administrator)
    assert json.loads(done.stdout) == events[0]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--max-results", "0"], None),  # refused by the CLI itself
        (
            ["--max-results", "1001"],
            "(InvalidMaxResultsException) when calling the LookupEvents operation: "
            "MaxResults 1001 is not valid; it must be between 1 and 1000",
        ),
        (
            ["--lookup-attributes", "AttributeKey=Nonsense,AttributeValue=x"],
            "(InvalidLookupAttributesException) when calling the LookupEvents operation: "
            "LookupAttributes[0].AttributeKey 'Nonsense' is not valid; it must be one of EventId, ",
        ),
        (
            ["--lookup-attributes", "AttributeKey=ReadOnly,AttributeValue=yes"],
            "(InvalidLookupAttributesException) when calling the LookupEvents operation: "
            "LookupAttributes[0].AttributeValue 'yes' is not valid; ReadOnly is 'true' or 'false'",
        ),
        (
            ["--start-time", "2026-01-02", "--end-time", "2026-01-01"],
            "(InvalidTimeRangeException) when calling the LookupEvents operation: "
            "StartTime 2026-01-02T00:00:00Z is after EndTime 2026-01-01T00:00:00Z",
        ),
        (
            ["--event-category", "Data"],
            "(InvalidEventCategoryException) when calling the LookupEvents operation: "
            "EventCategory 'Data' is not valid; the only value is 'insight'",
        ),
        (
            ["--next-token", "AAAA"],
            "(InvalidNextTokenException) when calling the LookupEvents operation: "
            "NextToken is not valid: it must be sent as it was given, with the same parameters as before",
        ),
    ],
)
def test_what_is_wrong_is_said(account, arguments, says):
    if says is None:
        done = run([*LOOKUP, *arguments], account.administrator, check=False)
        assert done.returncode != 0
    else:
        assert says in refusal(account, *arguments)


def test_a_token_with_other_parameters_is_refused(account, events):
    token = lookup(account, *sent(events, "--max-results", "1"))["NextToken"]
    other = sent(events, "--lookup-attributes", "AttributeKey=Username,AttributeValue=bob", "--next-token", token)
    assert "(InvalidNextTokenException)" in refusal(account, *other)


def test_insight_events_are_none(account, events):
    assert lookup(account, "--event-category", "insight")["Events"] == []


@pytest.mark.parametrize("operation", ["list-channels", "list-event-data-stores", "list-dashboards"])
def test_an_operation_not_served_is_named(account, operation):
    done = run(["aws", "cloudtrail", operation], account.administrator, check=False)
    name = "".join(word.capitalize() for word in operation.split("-"))
    assert done.returncode in REFUSED
    assert f"(UnsupportedOperationException) when calling the {name} operation" in done.stderr
    assert f"The {name} operation is not supported" in done.stderr


# --- who calls --------------------------------------------------------------------------------------------------------


def test_an_unknown_key(account):
    key = Key("AKIAIOSFODNN7EXAMPLE", account.administrator.secret)
    assert (
        "(UnrecognizedClientException) when calling the LookupEvents operation: "
        "The security token included in the request is invalid" in refusal(account, key=key)
    )


def test_a_wrong_secret(account):
    key = Key(account.administrator.id, "x" * 40)
    says = refusal(account, key=key)
    assert "(InvalidSignatureException) when calling the LookupEvents operation" in says
    assert "does not match" in says


def test_no_permission(account):
    key = account.key("nobody")
    says = refusal(account, key=key)
    assert "(AccessDeniedException) when calling the LookupEvents operation" in says
    assert "is not authorized to perform: cloudtrail:LookupEvents" in says


def test_a_producer_reads_nothing(account):
    assert "(AccessDeniedException)" in refusal(account, key=account.producer)


def test_a_permission_counts_at_once(account, events):
    key = account.key("later")
    assert "(AccessDeniedException)" in refusal(account, key=key)
    run(["alog", "grant", "--account", account.id, "--user", "later", "administrator"])
    await_value(lambda: run(LOOKUP, key, check=False).returncode, lambda code: code == 0, "permission")


# --- the subscription -------------------------------------------------------------------------------------------------


def subscription(account, command, *arguments, **options):
    return run(["alog", "subscription", command, "--account", account.id, *arguments], **options)


def test_a_subscription_is_switched_and_shown():
    account = Account.fresh("subscription")
    says = f"the subscription of account {account.id} is "
    shown = subscription(account, "show").stdout.splitlines()
    assert shown[0] == says + "on, without an end"
    assert shown[1:] == ["  on from the start"]
    assert subscription(account, "activate", "--until", "2099-01-01T00:00:00Z").stdout == (
        says + "on, until 2099-01-01T00:00:00Z\n"
    )
    assert subscription(account, "deactivate").stdout.startswith(says + "off, since 20")
    assert subscription(account, "activate", "--until", "+30d").stdout.startswith(says + "on, until 20")
    shown = subscription(account, "show").stdout.splitlines()
    assert len(shown) == 3 and shown[1].startswith("  on from the start until 20") and shown[2].startswith("  on since 20"), shown


def test_a_subscription_that_cannot_be_is_refused():
    account = Account.fresh("subscription")
    done = subscription(account, "activate", "--until", "2020-01-01T00:00:00Z", check=False)
    assert done.returncode == 1
    assert "a subscription ends later than now: 2020-01-01T00:00:00Z is not later than 20" in done.stderr
    for command in ("show", "activate", "deactivate"):
        done = run(["alog", "subscription", command, "--account", "000000000000"], check=False)
        assert done.returncode == 1 and "no account 000000000000" in done.stderr, done


def test_another_account_sees_nothing(account, events):
    other = Account.fresh("other")
    assert lookup(other, *sent(events))["Events"] == []
    token = lookup(account, *sent(events, "--max-results", "1"))["NextToken"]
    assert "(InvalidNextTokenException)" in refusal(other, *sent(events, "--next-token", token))


def test_the_operator_sees_an_account_whole():
    account = Account.fresh("seen")
    event = record()
    for _ in range(2):
        assert send("POST", "/v1/events", envelope(event), account.producer).status_code == 200

    def total(shown):
        """Events, bytes, duplicates, rejected."""
        line = next(line for line in shown.splitlines() if line.split()[:1] == ["sum"])
        return [int(number) for number in line.split()[1:]]

    # Accepted once, and once a duplicate; and the two calls, which are events themselves.
    show = lambda: run(["alog", "account", "show", "--account", account.id]).stdout  # noqa: E731
    shown = await_value(show, lambda shown: total(shown)[0] >= 3, "counts of the calls")
    events, size, duplicates, rejected = total(shown)
    assert (events, duplicates, rejected) == (3, 1, 0) and size > 1_000
    assert shown.startswith(f"{account.id} seen\n"), shown
    assert "lookup-rate=100 (default)" in shown and "ingest-rate=500 (default)" in shown
    assert "trails     none" in shown and "reports    0 stored" in shown
    done = run(["alog", "account", "show", "--account", "000000000000"], check=False)
    assert done.returncode == 1 and "no account 000000000000" in done.stderr
