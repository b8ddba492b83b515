"""Events at a terminal: `alog lookup`, `tail`, `event` and `doctor`, over the samples' story."""

import json
import os
import re
import subprocess
import uuid

import pytest

from records import envelope, moment, record
from stack import ROOT, Account, Key, await_value, environment, run, send

SERVER = "i-0a53c1d9e7f24b680"
SAMPLES = ROOT / "localstack/samples"


@pytest.fixture(scope="module")
def stories():
    """An account with the samples in it, as if the last of them happened now."""
    account = Account.fresh("terminal")
    run(["alog", "replay", str(SAMPLES)], account.producer)
    return account


def lookup(account, *arguments, check=True, key=None):
    return run(["alog", "lookup", *arguments], key or account.administrator, check=check)


def rows(printed):
    """A table's rows, by the names above them."""
    header, *lines = printed.splitlines()
    starts = [found.start() for found in re.finditer(r"\S+", header)]
    names = header.lower().split()
    ends = [*starts[1:], None]
    return [{name: line[start:end].strip() for name, start, end in zip(names, starts, ends, strict=True)} for line in lines]


def sample(name):
    return json.loads((SAMPLES / name).read_text())["Records"]


def test_who_deleted_the_server(stories):
    found = rows(lookup(stories, f"ResourceName={SERVER}", "action=TerminateInstances", "result=ok").stdout)
    assert [(row["who"], row["action"], row["resource"], row["result"]) for row in found] == [
        ("alice", "TerminateInstances", SERVER, "ok")
    ]
    tried = rows(lookup(stories, f"resource={SERVER}", "EventName=TerminateInstances").stdout)
    assert [row["result"] for row in tried] == ["ok", "Client.OperationNotPermitted"]


def test_records_of_every_dialect_fill_the_table(stories):
    done = lookup(stories, "-n", "all", "--columns", "time,who,action,result,source,id")
    found = rows(done.stdout)
    sent = [record for name in ("cloudtrail-sign-ins", "cloudtrail-working-day", "k2-day", "vk-day") for record in sample(f"{name}.json")]
    assert len(found) == len(sent)
    assert all(row["action"] != "-" and row["result"] != "-" for row in found)
    # Two calls are a service's own, which has no name.
    assert sum(row["who"] == "-" for row in found) == 2


def test_json_and_ndjson_are_the_records(stories):
    wanted = ["EventSource=iam.amazonaws.com", "ErrorCode=", "ReadOnly=false", "-n", "all"]
    as_json = json.loads(lookup(stories, *wanted, "--json").stdout)
    lines = [json.loads(line) for line in lookup(stories, *wanted, "--ndjson").stdout.splitlines()]
    sent = [
        one
        for one in sample("cloudtrail-working-day.json")
        if one["eventSource"] == "iam.amazonaws.com" and "errorCode" not in one and not one["readOnly"]
    ]
    assert as_json == lines
    assert sorted(one["eventID"] for one in lines) == sorted(one["eventID"] for one in sent)
    assert sent


@pytest.mark.parametrize(
    ("conditions", "holds"),
    [
        (["EventName=StopInstances,StartInstances"], lambda one: one["eventName"] in ("StopInstances", "StartInstances")),
        (["EventName!=ConsoleLogin"], lambda one: one["eventName"] != "ConsoleLogin"),
        (["ErrorCode!="], lambda one: "errorCode" in one),
        (["eventname~=stopinstances"], lambda one: one["eventName"] == "StopInstances"),
        (["EventName^=Describe", "EventSource*=rds"], lambda one: one["eventName"].startswith("Describe") and "rds" in one["eventSource"]),
        (["requestParameters.bucketName=acme-invoices"], lambda one: (one.get("requestParameters") or {}).get("bucketName") == "acme-invoices"),
    ],
)
def test_conditions_are_what_they_say(stories, conditions, holds):
    done = lookup(stories, *conditions, "EventSource*=.amazonaws.com", "-n", "all", "--ndjson")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    sent = [one for name in ("cloudtrail-sign-ins", "cloudtrail-working-day") for one in sample(f"{name}.json")]
    assert sorted(one["eventID"] for one in found) == sorted(one["eventID"] for one in sent if holds(one))


def test_a_question_that_is_wrong_says_so(stories):
    typo = lookup(stories, "EvenName=StopInstances", check=False)
    assert typo.returncode == 2 and "EventName" in typo.stderr
    none = lookup(stories, "nosuchfield=1")
    assert none.stdout == "" and "nosuchfield" in none.stderr
    assert "no event matches" in none.stderr


def test_an_event_is_shown_whole(stories):
    [found] = json.loads(lookup(stories, f"ResourceName={SERVER}", "EventName=RunInstances", "--json").stdout)
    shown = run(["alog", "event", found["eventID"]], stories.administrator).stdout
    short, record_text = shown.split("\n\n", 1)
    assert re.search(r"^who +alice$", short, re.MULTILINE) and re.search(rf"^id +{found['eventID']}$", short, re.MULTILINE)
    assert json.loads(record_text) == found
    plain = run(["alog", "event", found["eventID"], "--json"], stories.administrator).stdout
    assert json.loads(plain) == found
    missing = run(["alog", "event", str(uuid.uuid4())], stories.administrator, check=False)
    assert missing.returncode == 1 and "no event" in missing.stderr.lower()


def test_own_events_are_shown_if_asked_for(stories):
    lookup(stories, "who=alice")
    names = lambda *arguments: {row["action"] for row in rows(lookup(stories, "-n", "all", *arguments).stdout)}  # noqa: E731
    await_value(lambda: names("--all"), lambda found: "SearchEvents" in found and "SearchEvents" not in names(), "own events")


def test_tail_follows_and_prints_each_event_once(account):
    def make(number):
        return record(eventName="Tailed", eventID=str(uuid.uuid4()), eventTime=moment(-number % 30), requestParameters={"n": number})

    before = make(0)
    assert send("POST", "/v1/events", envelope(before), account.producer).status_code == 200
    key = account.administrator
    env = environment() | {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret}
    tail = subprocess.Popen(
        ["alog", "tail", "-f", "EventName=Tailed", "--ndjson"], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        first = json.loads(tail.stdout.readline())
        assert first == before
        sent = []
        for number in range(1, 13):
            event = make(number)
            # The same twice: it is one event.
            for _ in range(2):
                assert send("POST", "/v1/events", envelope(event), account.producer).status_code == 200
            sent.append(event["eventID"])
        found = [json.loads(tail.stdout.readline())["eventID"] for _ in sent]
        assert sorted(found) == sorted(sent)
        last = make(13)
        assert send("POST", "/v1/events", envelope(last), account.producer).status_code == 200
        # Nothing came twice in between.
        assert json.loads(tail.stdout.readline())["eventID"] == last["eventID"]
    finally:
        tail.terminate()
        tail.wait(timeout=20)
    assert "warning" not in tail.stderr.read()


def doctor(key, **variables):
    return run(["alog", "doctor"], key, check=False, **variables)


def test_doctor_finds_nothing_where_nothing_is_wrong(account):
    done = doctor(account.administrator)
    assert done.returncode == 0, done.stdout
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["ok"] * len(done.stdout.splitlines())


def test_doctor_names_what_is_wrong_and_the_command_that_mends_it(account):
    nobody = account.key("nobody")
    for key, variables, wrong, mend in [
        (account.administrator, {"ACTIVITY_LOG_URL": ""}, "address", ". localstack/env"),
        (account.administrator, {"ACTIVITY_LOG_URL": "http://127.0.0.1:9"}, "service", "localstack/up"),
        (account.administrator, {"AWS_ENDPOINT_URL_CLOUDTRAIL": "https://elsewhere.example.com"}, "AWS CLI", "export AWS_ENDPOINT_URL_CLOUDTRAIL="),
        (Key(nobody.id, "x" * 40), {}, "access key", "AWS_SECRET_ACCESS_KEY"),
        (Key("AKIAIOSFODNN7EXAMPL3", "x" * 40), {}, "access key", "alog key create"),
        (nobody, {}, "grant", "alog grant"),
    ]:
        done = doctor(key, **variables)
        assert done.returncode == 1, done.stdout
        lines = done.stdout.splitlines()
        # Another address is also another one than the AWS CLI's.
        [at] = [number for number, line in enumerate(lines) if re.match(f"WRONG +{wrong}", line)]
        assert mend in lines[at + 1], done.stdout


def test_the_env_file_can_be_undone(tmp_path):
    path = ROOT / os.environ.get("ACTIVITY_LOG_ENV_FILE", "localstack/env")
    script = '. "$1"; echo "$ACTIVITY_LOG_URL|$AWS_REGION"; . "$1" off; echo "${ACTIVITY_LOG_URL-none}|$AWS_REGION"; ! set | grep -q "^_alog"'
    env = {"PATH": "/usr/bin:/bin", "AWS_REGION": "mine", "HOME": str(tmp_path)}
    done = subprocess.run(["bash", "-ec", script, "bash", str(path)], env=env, capture_output=True, text=True, check=True, timeout=20)
    up, off = done.stdout.splitlines()
    assert up == f"{environment()['ACTIVITY_LOG_URL']}|{environment()['AWS_REGION']}" and off == "none|mine"
