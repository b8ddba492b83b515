"""Plugins: hostile ones refused or stopped by name, examples judged against plain Python, reports beside them unharmed.

The components are those of `plugins/build`.
"""

import os
from pathlib import Path

import pytest

import records
from reports import CSV, JSON, Refused, Rest, json_records
from stack import ROOT, Account, send

PLUGINS = Path(os.environ.get("ACTIVITY_LOG_PLUGINS", ROOT / "target/plugins"))

pytestmark = pytest.mark.skipif(
    not PLUGINS.is_dir() and "ACTIVITY_LOG_PLUGINS" not in os.environ, reason=f"{PLUGINS} is not here: run plugins/build"
)

# What each hostile component's error must name: at its check, or in the report that uses it.
REFUSED = {
    "forbidden-import": "import",
    "wrong-world": "activity-log:filter/plugin@1.0.0",
    "compile-bomb": "compil",
}
FAILS = {
    "endless-loop": "time",
    "memory-bomb": "memory",
    "deep-recursion": "stack",
    "trap": "trap",
    "nonsense-verdict": "verdict",
    "huge-output": "",
    "slow-start": "",
    "fails-on-one-row": "",
}


def component(name):
    return (PLUGINS / f"{name}.wasm").read_bytes()


@pytest.fixture(scope="module")
def events(account):
    sent = []
    for number in range(60):
        root = number % 7 == 0
        identity = {"type": "Root" if root else "IAMUser", "userName": None if root else f"user-{number % 3}"}
        sent.append(
            records.record(
                eventName=["StopInstances", "DescribeInstances", "ConsoleLogin"][number % 3],
                eventSource=["ec2.amazonaws.com", "ec2.amazonaws.com", "signin.amazonaws.com"][number % 3],
                eventTime=records.moment(-3600 * (number % 20) - number - 1),
                readOnly=number % 3 == 1,
                sourceIPAddress=f"198.51.100.{number}",
                userIdentity={name: value for name, value in identity.items() if value},
                additionalEventData={"MFAUsed": "Yes" if number % 4 else "No"},
                responseElements={"ConsoleLogin": "Success"},
                requestParameters={"instanceId": f"i-{number:04}", "password": f"secret-{number}"},
            )
        )
    response = send("POST", "/v1/events", records.envelope(*sent), account.producer)
    assert response.status_code == 200, response.text
    return records.newest_first(sent)


@pytest.fixture(scope="module")
def rest(account, events):
    return Rest(account.administrator, until=events[0]["eventTime"])


@pytest.fixture(scope="module")
def pushed(rest):
    """A component of target/plugins, uploaded once."""
    known = {}

    def push(name):
        if name not in known:
            body = component(name)
            known[name] = (rest.push if len(body) < 1_000_000 else rest.push_by_link)(body)
        return known[name]

    return push


def use(plugin, **parameters):
    return {"id": plugin["id"], "parameters": parameters}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_hostile_component_is_refused_by_name(pushed, name):
    plugin = pushed(name)
    assert plugin["state"] == "refused", plugin
    assert REFUSED[name] in plugin["error"]["message"], plugin["error"]


@pytest.mark.parametrize("name", sorted(FAILS))
def test_a_hostile_plugin_fails_its_report_and_no_other(rest, events, pushed, name):
    plugin = pushed(name)
    if plugin["state"] == "refused":
        assert FAILS[name] in plugin["error"]["message"].lower(), plugin["error"]
        return
    bad = rest.create(CSV, plugin=use(plugin))
    good = rest.create(JSON)
    failed = rest.wait(bad)
    assert failed["state"] == "failed", failed
    error = failed["error"]
    assert plugin["manifest"]["name"] in error["message"], error
    assert FAILS[name] in error["message"].lower(), error
    done = rest.wait(good)
    assert done["state"] == "ready" and done["rows"] == len(events)
    with pytest.raises(Refused) as refused:
        rest.link(bad["id"])
    assert refused.value.status == 409


def test_a_plugin_decides_which_events_stay(rest, events, pushed):
    """One predicate in three languages, and natively in Python."""
    expected = [event for event in events if event["eventName"].startswith("Describe") and "errorCode" not in event]
    assert expected and len(expected) < len(events)
    for name in ("bench-rust", "bench-c", "bench-js", "bench-json"):
        plugin = pushed(name)
        assert plugin["state"] == "ready", plugin
        report, file = rest.built(JSON, plugin=use(plugin))
        assert json_records(file) == expected, name
        assert (report["scanned"], report["matched"], report["rows"]) == (len(events), len(events), len(expected))
        used = report["plugin"]
        assert (used["id"], used["version"]) == (plugin["id"], plugin["manifest"]["version"])
        assert used["sha256"] == plugin["sha256"]


def test_sigma_rules_are_parameters(rest, events, pushed):
    plugin = pushed("sigma")
    rule = """
title: Instances stopped by user-0
logsource: {product: aws, service: cloudtrail}
detection:
  selection:
    eventName: [StopInstances, TerminateInstances]
    userIdentity.userName|startswith: user-
  other:
    userIdentity.userName|endswith: ['-1', '-2']
  condition: selection and not other
"""
    expected = [
        event
        for event in events
        if event["eventName"] == "StopInstances" and event["userIdentity"].get("userName") == "user-0"
    ]
    assert expected
    _, file = rest.built(JSON, plugin=use(plugin, rule=rule))
    # It adds a column, which in JSON is a last member.
    assert json_records(file) == [event | {"sigmaRule": "Instances stopped by user-0"} for event in expected]
    # A rule that cannot be meant fails before the first event, and says why.
    failed = rest.wait(rest.create(JSON, plugin=use(plugin, rule="detection: {condition: nothing}")))
    assert failed["state"] == "failed" and "sigma" in failed["error"]["message"]


def test_what_a_plugin_redacts_is_nowhere_in_the_file(rest, events, pushed):
    plugin = pushed("redact")
    assert plugin["state"] == "ready", plugin
    for format in (CSV, JSON):
        _, file = rest.built(format, plugin=use(plugin))
        text = file.decode()
        for event in events:
            assert event["sourceIPAddress"] not in text.replace("\n", ",").split(","), format
            assert event["requestParameters"]["password"] not in text, format
        assert events[0]["eventID"] in text


def test_a_version_is_one_of_a_kind_and_used_by_name(rest, pushed):
    plugin = pushed("bench-rust")
    name = plugin["manifest"]["name"]
    again = rest.push(component("bench-rust"))
    assert again["state"] == "refused"
    assert plugin["id"] in again["error"]["message"]
    assert [one["id"] for one in rest.plugins(name=name) if one["state"] == "ready"] == [plugin["id"]]
    report = rest.wait(rest.create(CSV, plugin={"name": name}))
    assert report["plugin"]["id"] == plugin["id"]
    with pytest.raises(Refused) as refused:
        rest.create(CSV, plugin={"name": name, "version": "9.9.9"})
    assert refused.value.status in (400, 404) and "9.9.9" in refused.value.message
    with pytest.raises(Refused) as refused:
        rest.create(CSV, plugin={"name": name, "parameters": {"no-such": "x"}})
    assert refused.value.status == 400 and "no-such" in refused.value.message


def test_another_accounts_plugin_does_not_exist(pushed):
    plugin = pushed("bench-rust")
    stranger = Rest(Account.fresh("plugins-stranger").administrator)
    for ask in (
        lambda: stranger.plugin(plugin["id"]),
        lambda: stranger.call("DELETE", f"/v1/plugins/{plugin['id']}"),
        lambda: stranger.create(CSV, plugin={"id": plugin["id"]}),
    ):
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.status in (400, 404)
    assert stranger.plugins() == []


def test_a_budget_of_fuel_is_kept(rest, events, pushed):
    plugin = pushed("bench-rust")
    failed = rest.wait(rest.create(CSV, plugin=use(plugin) | {"fuel": 1_000}))
    assert failed["state"] == "failed" and "fuel" in failed["error"]["message"]


def test_a_deleted_plugin_is_gone(rest):
    account_plugin = next(one for one in rest.plugins() if one["state"] == "refused")
    assert rest.call("DELETE", f"/v1/plugins/{account_plugin['id']}")[0].status_code == 204
    with pytest.raises(Refused) as refused:
        rest.plugin(account_plugin["id"])
    assert refused.value.status == 404


def test_no_mfa_finds_who_signed_in_without_it(rest, events, pushed):
    plugin = pushed("no-mfa")
    assert plugin["state"] == "ready", plugin
    _, file = rest.built(JSON, plugin=use(plugin))
    found = {event["eventID"] for event in json_records(file)}
    logins = {
        event["eventID"]
        for event in events
        if event["eventName"] == "ConsoleLogin" and event["additionalEventData"]["MFAUsed"] == "No"
    }
    assert logins and logins <= found


def test_touches_resource_finds_an_id_anywhere(rest, events, pushed):
    plugin = pushed("touches-resource")
    manifest = plugin["manifest"]
    parameter = next(one["name"] for one in manifest["parameters"] if one["required"])
    _, file = rest.built(JSON, plugin=use(plugin, **{parameter: "i-0007"}))
    assert [event["requestParameters"]["instanceId"] for event in json_records(file)] == ["i-0007"]
