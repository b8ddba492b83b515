"""What the emulator's IAM evaluator leaves out: `dynamodb:LeadingKeys`, the partition keys a request names, and that
`aws:PrincipalArn` is a role's own ARN, not its session's.

AWS says what the key holds for one item and for a batch; of a transaction that spans partitions it does not say whether each
item is judged alone or all together. A call passes here only if it passes under every reading: each item's key alone, all
keys of the transaction, and none at all (for which `ForAllValues` is true).

Every decision on a role's call can be recorded, each kind of call once: what the functions really do is then held against
tests/policies/calls.yaml.
"""

import contextvars
import json
import re

_OF_MEMBER = {"ConditionCheck": "ConditionCheckItem", "Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "Get": "GetItem"}
_IN_BATCH = {"PutRequest": "Item", "DeleteRequest": "Key"}
# What is wrong with a request the emulator says later; until then its key is one that no condition names.
_UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)
_NO_KEY = ""


class Request:
    """The keys that one request to DynamoDB names. `partition_key` gives the name of a table's."""

    def __init__(self, body, partition_key):
        try:
            parsed = json.loads(body or b"{}")
        except ValueError:
            parsed = {}
        self._body = parsed if isinstance(parsed, dict) else {}
        self._partition_key = partition_key

    def readings(self, action, table):
        """Lists of leading keys, under each of which the action on the table must be allowed. None - there are none."""
        if "TransactItems" not in self._body:
            return [self.keys(action, table) or None]
        try:
            together = [key for _, _, key in self._transaction()]
        except _UNREADABLE:
            together = [_NO_KEY]
        return [*([key] for key in self.keys(action, table)), together, None]

    def keys(self, action, table):
        """The keys of the action on the table."""
        try:
            if "TransactItems" in self._body:
                return [key for *one, key in self._transaction() if one == [action, table]]
            return self._batch(table) or self._single(table)
        except _UNREADABLE:
            return [_NO_KEY]

    def _transaction(self):
        for item in self._body["TransactItems"]:
            for member, action in _OF_MEMBER.items():
                if detail := item.get(member):
                    table = _name(detail["TableName"])
                    yield f"dynamodb:{action}", table, self._key(table, detail.get("Item") or detail.get("Key"))

    def _batch(self, table):
        requests = {_name(name): value for name, value in self._body.get("RequestItems", {}).items()}.get(table)
        if isinstance(requests, dict):
            return [self._key(table, key) for key in requests["Keys"]]
        members = ((_IN_BATCH[kind], body) for one in requests or [] for kind, body in one.items())
        return [self._key(table, body[member]) for member, body in members]

    def _single(self, table):
        for member in ("Item", "Key"):
            if member in self._body:
                return [self._key(table, self._body[member])]
        condition = self._body.get("KeyConditionExpression")
        return [self._of_query(table, condition)] if condition else []

    def _of_query(self, table, condition):
        names, values = self._body.get("ExpressionAttributeNames", {}), self._body["ExpressionAttributeValues"]
        compared = {names.get(name, name): value for name, value in re.findall(r"([#\w.-]+)\s*=\s*(:\w+)", condition)}
        return _text(values[compared[self._partition_key(table)]])

    def _key(self, table, item):
        return _text(item[self._partition_key(table)])


def _name(table):
    """A table's name, of its name or ARN."""
    return table.rsplit("/", 1)[-1]


def _text(value):
    [text] = value.values()
    return text


def kind_of_key(key):
    """`rates#111122223333#lookup` is `rates#*`."""
    return re.sub(r"#.*", "#*", key, flags=re.DOTALL)


def kind_of_resource(arn):
    """An S3 object without what differs from one to the next: the parts of its key that have digits."""
    if not arn.startswith("arn:aws:s3:::"):
        return arn
    bucket, *parts = arn.split("/")
    return "/".join([bucket, *("*" if any(c.isdigit() for c in part) else part for part in parts)])


def role_of(principal):
    """A role's ARN instead of its session's."""
    return re.sub(r"^(arn:[^:]+):sts:(:\d+):assumed-role/([^/]+)/.*", r"\1:iam:\2:role/\3", principal)


def install(iam_actions, iam_evaluator, partition_key, record=None):
    """Puts the above into the emulator. `record` gets each decision on a call of a role."""
    request = contextvars.ContextVar("request", default=None)
    context_of, enforce = iam_actions.dynamodb_service_context, iam_evaluator.enforce

    def with_request(body):
        request.set(Request(body, partition_key))
        return context_of(body)

    def enforce_with_keys(access_key, action, service, region, resource_arn="*", service_context=None):
        if iam_evaluator._is_root_key(access_key or ""):
            return enforce(access_key, action, service, region, resource_arn=resource_arn, service_context=service_context)
        context, readings, table = service_context or {}, [None], _name(resource_arn)
        if service == "dynamodb":
            readings = request.get().readings(action, table)
        for keys in readings:
            leading = {} if keys is None else {"dynamodb:LeadingKeys": keys}
            denied = enforce(access_key, action, service, region, resource_arn=resource_arn, service_context=context | leading)
            if denied:
                break
        if record:
            keys = request.get().keys(action, table) if service == "dynamodb" else []
            record(access_key, action, resource_arn, keys, denied)
        return denied

    resolve = iam_evaluator._resolve_condition_key

    def resolve_with_role(key, context):
        value = resolve(key, context)
        return role_of(value) if key.lower() == "aws:principalarn" else value

    iam_evaluator._resolve_condition_key = resolve_with_role
    iam_actions.dynamodb_service_context = with_request
    iam_evaluator.enforce = enforce_with_keys


def recorder(iam_evaluator, account, path):
    """Writes each kind of call of each role once, a line each."""
    seen = set()
    file = open(path, "w", buffering=1)  # noqa: SIM115 - as long as the emulator runs

    def record(access_key, action, resource_arn, keys, denied):
        kinds = sorted({kind_of_key(key) for key in keys})
        call = (access_key, action, kind_of_resource(resource_arn), *kinds, denied is None)
        if call in seen:
            return
        seen.add(call)
        principal = iam_evaluator.resolve_principal(access_key or "", account)
        if ":assumed-role/" in getattr(principal, "arn", ""):
            role = principal.arn.split("/")[1]
            line = {"role": role, "action": action, "resource": call[2], "keys": kinds, "allowed": denied is None}
            file.write(json.dumps(line) + "\n")

    return record
