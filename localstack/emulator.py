"""Starts ministack, the AWS emulator for machines without Docker. Settings come from the environment (tests/lib/emulator.sh)."""

import contextvars
import functools
import operator
import os
import socketserver

import access
import operations
from ministack import app
from ministack.core import iam_actions, iam_evaluator, responses
from ministack.services import apigateway, dynamodb, kms, sqs

# Without this every answer to a function's long poll waits for Nagle and a delayed ACK: 45 ms an invocation.
socketserver.StreamRequestHandler.disable_nagle_algorithm = True

# The emulator is reached by plain HTTP over the loopback, which the template's policies rightly deny: call it TLS.
iam_evaluator._request_origin = contextvars.ContextVar("request_origin", default=("127.0.0.1", True))
app.pin_request_origin = lambda address, _secure: iam_evaluator.pin_request_origin(address, True)

# Policies tell an object whose key ends in a slash from the one without; and a call that names a key by its alias is judged by
# the key, as on AWS.
_resource_arn = iam_actions.extract_resource_arn


def _resource_arn_as_judged(service, method, path, *others):
    arn = _resource_arn(service, method, path, *others)
    if service == "kms" and ":alias/" in arn and (key := kms._resolve_key(arn)):
        return key["Arn"]
    is_object = service == "s3" and "/" in path.strip("/")
    return f"{arn}/" if is_object and path.endswith("/") else arn


iam_actions.extract_resource_arn = _resource_arn_as_judged

# On AWS the permission to send messages is the permission to send several at once.
_action = iam_actions.extract_iam_action


def _action_of_batch(*arguments):
    action = _action(*arguments)
    return "sqs:SendMessage" if action == "sqs:SendMessageBatch" else action


iam_actions.extract_iam_action = _action_of_batch


# Policies that name the keys of items hold here as on AWS, and what roles do is recorded.
def _partition_key(table):
    schema = dynamodb._tables.get(table, {}).get("KeySchema", [])
    return next((key["AttributeName"] for key in schema if key["KeyType"] == "HASH"), "pk")


_calls = os.environ.get("ACTIVITY_LOG_CALLS_FILE")
access.install(
    iam_actions,
    iam_evaluator,
    _partition_key,
    _calls and access.recorder(iam_evaluator, os.environ["MINISTACK_ACCOUNT_ID"], _calls),
)

operations.install(sqs, dynamodb, responses.request_scope, os.environ["MINISTACK_ACCOUNT_ID"])

# A query looks at every item of its partition and reads its expressions anew for each: with thousands of items, as calls
# make that are recorded, a page took a third of a second. So they are read once, and what compares texts is compared.
for _reader in ("_tokenize", "_condition_syntax_error"):
    setattr(dynamodb, _reader, functools.lru_cache(4096)(getattr(dynamodb, _reader)))

_evaluate = dynamodb._evaluate_condition
_COMPARE = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_compiled = (None, None, None, None)


def _text_comparison(clause, values, names):
    """The attribute, the comparison and its bounds; None for what is no comparison of an attribute with texts."""
    attribute, *rest = [text for _, text in clause]
    attribute = names.get(attribute, attribute) if names else attribute
    match rest:
        case [op, one] if op in _COMPARE:
            compare, bounds = _COMPARE[op], [one]
        case [between, low, _, high] if between.upper() == "BETWEEN":
            compare, bounds = (lambda text, low, high: low <= text <= high), [low, high]
        case _:
            return None
    bounds = [values.get(bound, {}).get("S") for bound in bounds]
    return None if None in bounds else (attribute, compare, bounds)


def _evaluate_keys(expression, item, values, names, slot="ConditionExpression"):
    """The same, for a query's key condition by what was made of it for the item before."""
    global _compiled
    if slot != "KeyConditionExpression":
        return _evaluate(expression, item, values, names, slot)
    known = _compiled
    if known[0] is not expression or known[1] is not values or known[2] is not names:
        # The first item the long way: what is wrong with the condition is told there.
        clauses = dynamodb._key_condition_clauses(dynamodb._tokenize(expression))
        known = _compiled = (expression, values, names, [_text_comparison(one, values, names) for one in clauses])
        return _evaluate(expression, item, values, names, slot)
    if None in known[3]:
        return _evaluate(expression, item, values, names, slot)
    return all(
        (text := item.get(attribute, {}).get("S")) is not None and compare(text, *bounds)
        for attribute, compare, bounds in known[3]
    )


dynamodb._evaluate_condition = _evaluate_keys

# A compressed body is bytes, whatever its Content-Type says; taken for text it would not survive. Load balancers document
# that they go by Content-Encoding first; for HTTP APIs it is not documented, so our own clients do not lean on it.
_encoded = contextvars.ContextVar("encoded", default=False)
_is_text, _invoke = apigateway._v2_request_body_is_text, apigateway._invoke_lambda_proxy


async def _invoke_with_encoding(integration, api_id, stage, path, method, headers, *others, **named):
    _encoded.set("content-encoding" in headers)
    return await _invoke(integration, api_id, stage, path, method, headers, *others, **named)


apigateway._v2_request_body_is_text = lambda content_type: not _encoded.get() and _is_text(content_type)
apigateway._invoke_lambda_proxy = _invoke_with_encoding

app.main()
