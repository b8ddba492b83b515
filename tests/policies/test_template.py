"""Roles of the template against the table of calls: what is in the table is allowed, and nothing else of its kind is."""

import itertools
import json

import pytest

from calls import ROWS, TRANSACTIONS
from template import ACCOUNT, REGION, ROOT, Template, allows, denied_by_queue

# An hour in which Lambda takes no invocation, and some more.
THROTTLED_SECONDS = 3600 * 1.2
# Actions whose requests always have a leading key: for others ForAllValues is true whatever the condition names.
WITH_KEYS = {
    f"dynamodb:{action}"
    for action in (
        "GetItem BatchGetItem Query PutItem UpdateItem DeleteItem BatchWriteItem ConditionCheckItem".split()
    )
}
# What Lambda does in a role's name: it polls the function's queues and writes its log.
LAMBDAS = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "logs:CreateLogStream", "logs:PutLogEvents"}
# Beside the objects of the table: those of others, which nobody may touch.
OBJECTS = [
    "ImportBucket/x",
    "ImportBucket/AWSLogs/1/CloudTrail/x",
    "ImportBucket/AWSLogs/1/CloudTrail-Digest/",
    "ReportsBucket/tails/x",
    "ReportsBucket/AWSLogs/1/CloudTrail/x",
    "ReportsBucket/AWSLogs/1/CloudTrail-Digest/",
    "customer/x",
    "customer/AWSLogs/1/Other/x",
    "customer/AWSLogs/1/CloudTrail/x",
    "customer/AWSLogs/1/CloudTrail-Digest/",
]
# Beside the keys of the table: those of items that only the operator writes.
KEYS = ["accounts", "account#1", "key#1", "bucket#1", "source#1", "nobody", "zzz#1"]

ADOPTED = {
    "EventsTableName": "EventsTable",
    "ControlTableName": "ControlTable",
    **{f"{key}Arn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}" for key in ("ControlKey", "PluginKey", "DigestKey")},
}


@pytest.fixture(scope="module", params=[{}, ADOPTED], ids=["own", "adopted"])
def template(request):
    return Template(**request.param)


def arn(template, resource):
    name, slash, key = resource.partition("/")
    if name in template.document["Resources"]:
        return template.arn(name) + slash + key
    return f"arn:aws:s3:::{name}{slash}{key}" if slash else f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{name}"


def sample(pattern):
    return pattern.replace("*", "1")


def universe(service):
    """Every action, resource, key and service asked for, of the rows of all functions and beyond."""
    rows = [row for row in ROWS if row.service == service]
    actions = sorted({action for row in rows for action in row.actions})
    resources = {sample(row.to) for row in rows}
    keys, vias = {None}, {row.via for row in rows}
    if service == "dynamodb":
        keys = {sample(key) for row in rows for key in row.keys} | set(KEYS)
    if service == "s3":
        resources |= set(OBJECTS)
    return itertools.product(actions, sorted(resources), sorted(keys, key=str), sorted(vias, key=str))


def context(keys, via):
    """The condition keys of a request."""
    return {
        "dynamodb:LeadingKeys": keys,
        "kms:ViaService": via and f"{via}.{REGION}.amazonaws.com",
    }


def test_every_function_is_in_the_table(template):
    assert set(template.functions()) == {row.function for row in ROWS}


@pytest.mark.parametrize("service", sorted({row.service for row in ROWS}))
@pytest.mark.parametrize("function", sorted({row.function for row in ROWS}))
def test_a_role_allows_what_its_function_does_and_nothing_else(template, function, service):
    policies, rows = template.policies(function), [row for row in ROWS if row.function == function]
    wrong = []
    for action, resource, key, via in universe(service):
        expected = any(row.covers(action, resource, key, via) for row in rows)
        if service == "kms" and via:
            # Any key of the account, wherever a customer's bucket is encrypted with it.
            expected = any(row.covers(action, "customer", key, via) or row.covers(action, resource, key) for row in rows)
        found = allows(policies, action, arn(template, resource), context([key] if key else None, via))
        if found != expected:
            wrong.append((action, resource, key, via, "allowed" if found else "denied"))
    assert wrong == []


@pytest.mark.parametrize("row", [row for row in ROWS if row.keys], ids=lambda row: f"{row.function}-{row.actions[0]}-{row.keys[0]}")
def test_several_keys_of_a_row_may_be_asked_for_at_once(template, row):
    for action in row.actions:
        keys = [sample(key) for key in row.keys]
        assert allows(template.policies(row.function), action, arn(template, row.to), context(keys, None)), action


@pytest.mark.parametrize("transaction", TRANSACTIONS, ids=lambda one: one["what"])
def test_a_transaction_is_allowed_however_its_keys_are_judged(template, transaction):
    """Each item's key alone, all keys together, and none at all: AWS does not say which."""
    policies = template.policies(transaction["function"])
    together = [key for _, key in transaction["items"]]
    for action, key in transaction["items"]:
        for keys in ([key], together, None):
            assert allows(policies, f"dynamodb:{action}", arn(template, "ControlTable"), context(keys, None)), (action, keys)


def test_a_condition_on_keys_stands_only_where_every_request_has_one(template):
    statements = [one for function in template.functions() for policy in template.policies(function) for one in policy]
    conditioned = [one for one in statements if "LeadingKeys" in str(one.conditions)]
    assert conditioned
    for statement in conditioned:
        assert set(statement.actions) <= WITH_KEYS, statement.sid


def test_no_statement_has_an_action_that_the_table_has_not(template):
    for function in template.functions():
        known = {action for row in ROWS if row.function == function for action in row.actions} | LAMBDAS
        for policy in template.policies(function):
            for statement in policy:
                assert statement.effect == "Deny" or set(statement.actions) <= known, (function, statement.sid)
                assert not statement.not_actions and not statement.not_resources, (function, statement.sid)


# --- queues -----------------------------------------------------------------------------------------------------------


def test_a_message_outlives_an_hour_of_throttling(template):
    """It is received with every attempt to invoke, and comes back when its visibility ends."""
    queues = {name: queue["Properties"] for name, queue in template.resources("AWS::SQS::Queue").items()}
    redriven = {name: queue for name, queue in queues.items() if "RedrivePolicy" in queue}
    assert redriven
    for name, queue in redriven.items():
        assert queue["VisibilityTimeout"] * queue["RedrivePolicy"]["maxReceiveCount"] >= THROTTLED_SECONDS, name


def test_a_large_file_has_many_tries_and_waits_for_none(template):
    """Going on where the last invocation stopped counts as a try like any other."""
    queue = template.resources("AWS::SQS::Queue")["ImportsQueue"]["Properties"]
    timeout = template.resources("AWS::Serverless::Function")["ImporterFunction"]["Properties"]["Timeout"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] >= 25
    assert timeout < queue["VisibilityTimeout"] <= timeout + 60


def test_a_message_is_not_handed_out_twice_while_it_is_worked_on(template):
    """SQS refuses a source whose visibility is below the function's timeout."""
    sources = 0
    for name, function in template.resources("AWS::Serverless::Function").items():
        for event in function["Properties"].get("Events", {}).values():
            if event["Type"] == "SQS":
                queue = event["Properties"]["Queue"]["GetAtt"].removesuffix(".Arn")
                visibility = template.document["Resources"][queue]["Properties"]["VisibilityTimeout"]
                assert visibility > function["Properties"]["Timeout"], (name, queue)
                sources += 1
    assert sources


def test_a_run_that_dies_is_replaced(template):
    """Its message comes again by itself (crates/lambda/src/heartbeat); one that another run works on says so, and does too."""
    for name in ("ArchiverFunction", "ReporterFunction", "RollupFunction"):
        function = template.resources("AWS::Serverless::Function")[name]["Properties"]
        [source] = [event["Properties"] for event in function["Events"].values() if event["Type"] == "SQS"]
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
        assert source["BatchSize"] == 1, name


def test_what_waits_for_a_batch_is_hidden_meanwhile(template):
    """It is received before the wait for others, as long as the parameter may make that, and worked on afterwards."""
    longest = template.document["Parameters"]["QueueWaitSeconds"]["MaxValue"]
    function = template.resources("AWS::Serverless::Function")["IngestFunction"]["Properties"]
    waiting = 0
    for event in function["Events"].values():
        if event["Type"] == "SQS" and event["Properties"].get("MaximumBatchingWindowInSeconds") == {"Ref": "QueueWaitSeconds"}:
            queue = event["Properties"]["Queue"]["GetAtt"].removesuffix(".Arn")
            visibility = template.document["Resources"][queue]["Properties"]["VisibilityTimeout"]
            assert visibility >= 6 * function["Timeout"] + longest, queue
            waiting += 1
    assert waiting == 2


def test_every_dead_letter_queue_has_an_alarm(template):
    queues = template.resources("AWS::SQS::Queue").values()
    dead = {queue["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]["GetAtt"].split(".")[0] for queue in queues if "RedrivePolicy" in queue["Properties"]}
    watched = {
        dimension["Value"]["GetAtt"].split(".")[0]
        for alarm in template.resources("AWS::CloudWatch::Alarm").values()
        if alarm["Properties"]["MetricName"] == "ApproximateNumberOfMessagesVisible"
        for dimension in alarm["Properties"]["Dimensions"]
    }
    assert dead and dead <= watched


def test_a_queue_takes_dead_letters_of_its_own_queue_alone(template):
    """SQS moves them in past every policy: of whichever queue says so, unless the receiving one names its sources."""
    queues = {name: queue["Properties"] for name, queue in template.resources("AWS::SQS::Queue").items()}
    sources = {}
    for queue in queues.values():
        if "RedrivePolicy" in queue:
            dead = queue["RedrivePolicy"]["deadLetterTargetArn"]["GetAtt"].removesuffix(".Arn")
            sources.setdefault(dead, []).append(f"arn:aws:sqs:{REGION}:{ACCOUNT}:{template.resolve(queue['QueueName'])}")
    assert sources
    for name, queue in queues.items():
        expected = {"redrivePermission": "byQueue", "sourceQueueArns": sources[name]} if name in sources else {"redrivePermission": "denyAll"}
        assert template.resolve(queue.get("RedriveAllowPolicy")) == expected, name


TAKING = ["ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "PurgeQueue"]
SENDING, STACKS = ["SendMessage"], ["DeleteQueue", "SetQueueAttributes", "GetQueueAttributes", "AddPermission"]
ROLES = ["IngestRole", "LookupRole", "RollupRole", "ImporterRole", "ReporterRole", "Operator"]


@pytest.mark.parametrize(
    ("queue", "actions", "roles"),
    [
        ("CallsQueue", SENDING, ["IngestRole", "LookupRole", "RollupRole"]),
        ("CallsDeadLetterQueue", SENDING, ["IngestRole", "LookupRole", "RollupRole"]),
        ("CallsQueue", TAKING, ["IngestRole"]),
        # The operator looks at dead letters, and clears them.
        ("CallsDeadLetterQueue", TAKING, ROLES),
        # Whoever deploys the stack is locked out of nothing.
        ("CallsQueue", STACKS, ROLES),
        ("CallsDeadLetterQueue", STACKS, ROLES),
    ],
)
def test_records_of_calls_are_put_and_taken_by_the_service_alone(template, queue, actions, roles):
    """Whatever the policies of the others allow."""
    for action in actions:
        refused = [role for role in ROLES if denied_by_queue(template, queue, f"sqs:{action}", role)]
        assert refused == [role for role in ROLES if role not in roles], action


@pytest.mark.parametrize(("intake", "states", "rates"), [("ENABLED", ["ENABLED"], (2000, 1000)), ("DISABLED", ["DISABLED"], (0, 0))])
def test_a_stack_can_be_told_to_take_nothing_in(intake, states, rates):
    template = Template(Intake=intake, AwsEventsRule="ENABLED")
    rules = template.resources("AWS::Events::Rule").values()
    assert sorted({template.resolve(rule["Properties"]["State"]) for rule in rules}) == states
    [stage] = template.resources("AWS::ApiGatewayV2::Stage").values()
    settings = template.resolve(stage["Properties"]["DefaultRouteSettings"])
    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == rates


# --- who watches ------------------------------------------------------------------------------------------------------


def test_the_dashboard_shows_every_alarm(template):
    [dashboard] = template.resources("AWS::CloudWatch::Dashboard").values()
    body = str(dashboard["Properties"]["DashboardBody"])
    alarms = template.resources("AWS::CloudWatch::Alarm")
    assert alarms and [name for name in alarms if f"${{{name}.Arn}}" not in body] == []


def test_every_tick_has_an_alarm_for_its_silence(template):
    """By a metric that nothing else writes: queues and the API invoke the functions too."""
    rules = {name: rule["Properties"] for name, rule in template.resources("AWS::Events::Rule").items()}
    ticks = {target["Arn"]["GetAtt"].removesuffix(".Arn") for rule in rules.values() if "ScheduleExpression" in rule for target in rule["Targets"]}
    silent = {
        alarm["Properties"]["Dimensions"][0]["Value"]["Ref"]
        for alarm in template.resources("AWS::CloudWatch::Alarm").values()
        if alarm["Properties"]["MetricName"] == "Ticks" and alarm["Properties"]["TreatMissingData"] == "breaching"
    }
    assert ticks and ticks == silent


def test_the_document_counts_alarms_metrics_and_invocations_as_they_are(template):
    text = (ROOT / "docs/operations.md").read_text()
    alarms, metrics = len(template.resources("AWS::CloudWatch::Alarm")), len(shown(template))
    assert f"CloudWatch ${3 + alarms / 10:.2f} (a dashboard and {alarms} alarms)" in text
    assert f"at most ${metrics * 3 / 10:.2f} for all {metrics}." in text
    most = {name: most for name in template.resources("AWS::Serverless::Function") if (most := by_queues(template, name))}
    assert f"that is {sum(most.values())} by queues alone" in text
    told = ", ".join(f"{most} for {name.removesuffix('Function').lower()}" for name, most in most.items())
    assert f"may take at most ({told})" in " ".join(text.split())


def by_queues(template, function):
    """Invocations of a function at a time that its queues may ask for."""
    sources = template.document["Resources"][function]["Properties"].get("Events", {}).values()
    queues = [event["Properties"] for event in sources if event["Type"] == "SQS" and event["Properties"].get("Enabled", True)]
    return sum(queue.get("ScalingConfig", {}).get("MaximumConcurrency", 0) for queue in queues)


def shown(template):
    """Every metric of ours, with its function, as the dashboard has it; that it has all of them, tests/e2e/test_metrics.py holds."""
    [dashboard] = template.resources("AWS::CloudWatch::Dashboard").values()
    widgets = json.loads(template.given(*dashboard["Properties"]["DashboardBody"]["Sub"]))["widgets"]
    found = set()
    for widget in widgets:
        before = []
        for row in widget["properties"].get("metrics", []):
            row = [value for value in row if not isinstance(value, dict)]
            row = before[: len(before) - len(row) + 1] + row[1:] if row[0] == "..." else row
            before = [before[at] if value == "." else value for at, value in enumerate(row)]
            found.add(tuple(before))
    return {(name, function) for namespace, name, _, function in found if namespace == "ActivityLog"}
