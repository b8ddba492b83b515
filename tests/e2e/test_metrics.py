"""Metrics: what the functions write into their log groups, and what the dashboard and the alarms read of it."""

import json
import re
import secrets
import time

import pytest
from botocore.exceptions import ClientError

from records import envelope, moment, record
from stack import ROOT, Key, await_value, cloudtrail, environment, metric_lines, operator, outputs, send

DAYS = 24 * 3600


def counts(line, function):
    """The numbers that are not 0, taken out as CloudWatch does: by the directive."""
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("ActivityLog", [["FunctionName"]])
    assert line["FunctionName"] == outputs()[function]
    assert abs(line["_aws"]["Timestamp"] - time.time() * 1000) < 120_000
    return {metric["Name"]: line[metric["Name"]] for metric in directive["Metrics"] if line[metric["Name"]]}


def await_line(function, since, is_wanted):
    found = await_value(
        lambda: [line for line in metric_lines(function, since) if is_wanted(line)], bool, f"metrics of {function}"
    )
    return found[0]


@pytest.fixture
def since():
    return int(time.time() * 1000)


def test_ingest_counts_what_became_of_events(account, since):
    old = record(eventTime=moment(-31 * DAYS))
    # Of a size that nobody else's event has.
    new = record(requestParameters={"text": secrets.token_hex(1000 + secrets.randbelow(9000))})
    assert send("POST", "/v1/events", envelope(new, new, old), account.producer).status_code == 207
    size = len(json.dumps(new))
    line = await_line("ingest", since, lambda line: line["BytesAccepted"] == size)
    expected = {"EventsAccepted": 1, "EventsDuplicate": 1, "EventsRejected": 1, "BytesAccepted": size}
    assert counts(line, "IngestFunction") == expected


@pytest.mark.parametrize(
    ("body", "who", "counted"),
    [(envelope(record()), "administrator", "DeniedCalls"), (b"hello", "producer", "UnreadableBodies")],
)
def test_ingest_counts_requests_it_refuses(account, since, body, who, counted):
    assert send("POST", "/v1/events", body, getattr(account, who)).status_code in (400, 403)
    line = await_line("ingest", since, lambda line: line[counted])
    assert counts(line, "IngestFunction") == {counted: 1}


def request_id(call, *arguments, **parameters):
    try:
        return call(*arguments, **parameters)["ResponseMetadata"]["RequestId"]
    except ClientError as error:
        return error.response["ResponseMetadata"]["RequestId"]


def test_lookup_counts_calls_in_the_line_it_logs_of_each(account, since):
    wrong = cloudtrail(Key(account.administrator.id, "x" * 40), attempts=1)
    producer = cloudtrail(account.producer, attempts=1)
    refused = {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "x" * 3000}]}
    answered = {
        request_id(account.cloudtrail.lookup_events): {},
        request_id(account.cloudtrail.lookup_events, **refused): {},
        request_id(wrong.lookup_events): {"DeniedCalls": 1},
        request_id(producer.lookup_events): {"DeniedCalls": 1},
        send("GET", "/v1/reports").headers["x-amzn-requestid"]: {"DeniedCalls": 1, "UnknownCallers": 1},
    }
    for id, expected in answered.items():
        line = await_line("lookup", since, lambda line, id=id: line.get("request_id") == id)
        assert line["message"] == "answered"
        counted = counts(line, "LookupFunction")
        assert counted.pop("DurationMilliseconds", 0) == line["duration_ms"]
        assert counted == {"Calls": 1} | expected


@pytest.mark.parametrize(
    ("rule", "function"),
    [("TrailsTick", "ArchiverFunction"), ("SessionsTick", "LookupFunction"), ("RollupTick", "RollupFunction")],
)
def test_a_tick_tells_that_it_was_there(since, rule, function):
    """As the schedule does, whatever the minute is: the alarms for silence wait for nothing else."""
    tick = {"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}, "resources": [rule]}
    answer = operator("lambda").invoke(FunctionName=outputs()[function], Payload=json.dumps(tick))
    assert "FunctionError" not in answer, answer["Payload"].read()
    line = await_line(function.removesuffix("Function").lower(), since, lambda line: line.get("Ticks"))
    assert counts(line, function)["Ticks"] == 1


def test_silence_is_an_alarm():
    """A quarter of an hour without a tick; no data is no excuse."""
    alarms = {"TrailsTickSilentAlarm": "ArchiverFunction", "SessionsTickSilentAlarm": "LookupFunction", "RollupTickSilentAlarm": "RollupFunction"}
    for name, function in alarms.items():
        resource = operator("cloudformation").describe_stack_resource(
            StackName=environment()["ACTIVITY_LOG_STACK"], LogicalResourceId=name
        )["StackResourceDetail"]
        [alarm] = operator("cloudwatch").describe_alarms(AlarmNames=[resource["PhysicalResourceId"]])["MetricAlarms"]
        assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == ("ActivityLog", "Ticks", "Sum")
        assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": outputs()[function]}]
        assert alarm["Period"] * alarm["EvaluationPeriods"] == 900
        assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
        assert alarm["TreatMissingData"] == "breaching"


# Of a package with two functions, whose numbers a struct has.
SHARED = {"Events": ["ingest", "importer"], "Taken": ["ingest"], "Imported": ["importer"]}


def written():
    """Every metric of the functions' sources, with the output that names the function."""
    metrics = set()
    for source in (ROOT / "functions").glob("*/src/**/*.rs"):
        package = source.relative_to(ROOT / "functions").parts[0]
        structs = re.findall(
            r'rename_all = "PascalCase"\)\]\npub struct (\w+) \{(.*?)^\}', source.read_text(), re.DOTALL | re.MULTILINE
        )
        for struct, body in structs:
            fields = re.findall(r"^    pub (\w+): u64,$", body, re.MULTILINE)
            for function in SHARED.get(struct, [package]):
                metrics |= {(f"{function.title()}Function", field.title().replace("_", "")) for field in fields}
    assert metrics
    return metrics


def shown(rows):
    """Namespace, metric and dimension's value of each row, with CloudWatch's short forms written out."""
    full = []
    for row in rows:
        row = [value for value in row if not isinstance(value, dict)]
        before = full[-1] if full else []
        if row[0] == "...":
            row = before[: len(before) - len(row) + 1] + row[1:]
        full.append([before[at] if value == "." else value for at, value in enumerate(row)])
    return {(namespace, name, value) for namespace, name, _, value in full}


def test_the_dashboard_shows_every_metric_and_every_alarm():
    client, stack = operator("cloudwatch"), environment()["ACTIVITY_LOG_STACK"]
    body = json.loads(client.get_dashboard(DashboardName=outputs()["Dashboard"])["DashboardBody"])
    rows = [shown(widget["properties"]["metrics"]) for widget in body["widgets"] if widget["type"] == "metric"]
    ours = {(name, value) for row in rows for namespace, name, value in row if namespace == "ActivityLog"}
    assert ours == {(name, outputs()[function]) for function, name in written()}

    pages = client.get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{stack}-")
    alarms = {alarm["AlarmArn"]: alarm for page in pages for alarm in page["MetricAlarms"]}
    [widget] = [widget for widget in body["widgets"] if widget["type"] == "alarm"]
    assert set(widget["properties"]["alarms"]) == set(alarms)
    watched = {
        (alarm["MetricName"], *(dimension["Value"] for dimension in alarm["Dimensions"]))
        for alarm in alarms.values()
        if alarm["Namespace"] == "ActivityLog"
    }
    assert watched and watched <= ours
