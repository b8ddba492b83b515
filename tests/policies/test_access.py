"""The emulator's evaluator with the leading keys that localstack/access.py gives it."""

import contextvars
import json

import pytest
from ministack.core import iam_actions, iam_evaluator

import access

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/control"
OTHER = "arn:aws:dynamodb:us-east-1:123456789012:table/other"


def item(key):
    return {"pk": {"S": key}, "sk": {"S": "x"}}


def transaction(*items):
    """Of pairs of a member and a key."""
    named = {"Put": "Item"}
    return {"TransactItems": [{member: {"TableName": "control", named.get(member, "Key"): item(key)}} for member, key in items]}


def request(body):
    return access.Request(json.dumps(body).encode(), lambda table: "pk")


@pytest.fixture
def decide(monkeypatch):
    """Whether a role with this condition on dynamodb may do what a request asks, by the emulator's own steps."""
    for name in ("dynamodb_service_context",):
        monkeypatch.setattr(iam_actions, name, getattr(iam_actions, name))
    for name in ("enforce", "_resolve_condition_key"):
        monkeypatch.setattr(iam_evaluator, name, getattr(iam_evaluator, name))
    monkeypatch.setattr(iam_evaluator, "authenticate", lambda *_: None)
    monkeypatch.setattr(iam_evaluator, "_is_root_key", lambda key: False)
    access.install(iam_actions, iam_evaluator, lambda table: "pk")

    def decide(condition, action, body, table=TABLE):
        statement = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*", "Condition": condition}
        policies = [iam_evaluator.parse_policy_document({"Statement": statement})]
        role = iam_evaluator.PrincipalInfo("arn:aws:sts::123456789012:assumed-role/r/s", "AssumedRole", "123456789012", policies)
        monkeypatch.setattr(iam_evaluator, "resolve_principal", lambda *_: role)
        raw = json.dumps(body).encode()

        def steps():
            context = iam_actions.dynamodb_service_context(raw)
            return iam_evaluator.enforce("k", f"dynamodb:{action}", "dynamodb", "us-east-1", table, context)

        return contextvars.copy_context().run(steps) is None

    return decide


ONLY_RATES = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["rates#*", "usage#*"]}}


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("UpdateItem", {"TableName": "control", "Key": item("rates#1")}),
        ("PutItem", {"TableName": TABLE, "Item": item("usage#1")}),
        ("Query", {"TableName": "control", "KeyConditionExpression": "#pk = :pk AND sk >= :x",
                   "ExpressionAttributeNames": {"#pk": "pk"}, "ExpressionAttributeValues": {":pk": {"S": "rates#1"}, ":x": {"S": "a"}}}),
        ("BatchGetItem", {"RequestItems": {"control": {"Keys": [item("rates#1"), item("usage#1")]}, "other": {"Keys": [item("x")]}}}),
        ("BatchWriteItem", {"RequestItems": {"control": [{"PutRequest": {"Item": item("rates#1")}}, {"DeleteRequest": {"Key": item("usage#1")}}]}}),
        ("PutItem", transaction(("Put", "rates#1"), ("ConditionCheck", "usage#1"))),
        ("Scan", {"TableName": "control"}),
    ],
)  # fmt: skip
def test_keys_that_the_condition_names_pass(decide, action, body):
    """Scan too, as on AWS: it has no leading key, and ForAllValues of none is true. So no statement may name Scan."""
    assert decide(ONLY_RATES, action, body)


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("UpdateItem", {"TableName": "control", "Key": item("account#1")}),
        ("UpdateItem", {"TableName": "control", "Key": item("Rates#1")}),
        ("PutItem", {"TableName": "control", "Item": item("xrates#1")}),
        ("Query", {"TableName": "control", "KeyConditionExpression": "pk=:pk", "ExpressionAttributeValues": {":pk": {"S": "account#1"}}}),
        ("BatchGetItem", {"RequestItems": {"control": {"Keys": [item("rates#1"), item("account#1")]}}}),
        ("BatchWriteItem", {"RequestItems": {"control": [{"PutRequest": {"Item": item("rates#1")}}, {"DeleteRequest": {"Key": item("account#1")}}]}}),
        # an item of its own, and all of them together
        ("PutItem", transaction(("Put", "rates#1"), ("Put", "account#1"))),
        ("PutItem", transaction(("Put", "rates#1"), ("ConditionCheck", "account#1"))),
        # what cannot be read has no key that any condition names
        ("PutItem", {"TableName": "control", "Item": {"sk": {"S": "x"}}}),
        ("PutItem", {"TableName": "control", "Item": []}),
    ],
)  # fmt: skip
def test_other_keys_do_not(decide, action, body):
    assert not decide(ONLY_RATES, action, body)


def test_a_batch_is_judged_for_each_table(decide):
    body = {"RequestItems": {"control": {"Keys": [item("rates#1")]}, "other": {"Keys": [item("x")]}}}
    assert decide(ONLY_RATES, "BatchGetItem", body, TABLE)
    assert not decide(ONLY_RATES, "BatchGetItem", body, OTHER)


def test_a_transaction_must_also_pass_where_it_has_no_keys(decide):
    """Nobody documents that it has."""
    condition = ONLY_RATES | {"Null": {"dynamodb:LeadingKeys": "false"}}
    assert decide(condition, "UpdateItem", {"TableName": "control", "Key": item("rates#1")})
    assert not decide(condition, "PutItem", transaction(("Put", "rates#1")))


@pytest.mark.parametrize(("role", "may"), [("r", True), ("other", False)])
def test_a_role_is_known_by_its_own_arn(decide, role, may):
    condition = {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::123456789012:role/{role}"}}
    assert decide(condition, "Scan", {"TableName": "control"}) == may


def test_a_user_s_arn_stays_as_it_is():
    assert access.role_of("arn:aws:iam::123456789012:user/u") == "arn:aws:iam::123456789012:user/u"


def test_keys_and_objects_are_recorded_by_their_kind():
    kinds = {"rates#111122223333#lookup": "rates#*", "sessions": "sessions", "P#1#a\nb": "P#*"}
    assert {key: access.kind_of_key(key) for key in kinds} == kinds
    arn = "arn:aws:s3:::bucket-7/plugins/111122223333/0a/x.wasm"
    assert access.kind_of_resource(arn) == "arn:aws:s3:::bucket-7/plugins/*/*/x.wasm"
    assert access.kind_of_resource(TABLE) == TABLE


def test_what_a_request_does_is_recorded_item_by_item():
    both = request(transaction(("Put", "rates#1"), ("Update", "usage#1")))
    assert both.keys("dynamodb:PutItem", "control") == ["rates#1"]
    assert both.keys("dynamodb:UpdateItem", "control") == ["usage#1"]
