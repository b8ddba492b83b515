"""Requests signed by botocore, wrong in one thing each: what an SDK user is told."""

import json
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from importlib.util import find_spec
from unittest import mock

import botocore.auth
import pytest
from botocore.exceptions import ClientError

from records import envelope, record
from stack import Key, cloudtrail, send


@contextmanager
def clock_off_by(minutes):
    """botocore's clock, wrong by this much, for both of its signers."""
    true = botocore.auth.get_current_datetime
    off = lambda *args, **more: true(*args, **more) + timedelta(minutes=minutes)  # noqa: E731
    with ExitStack() as patches:
        for module in ("botocore.auth", "botocore.crt.auth"):
            if find_spec(module):
                patches.enter_context(mock.patch(f"{module}.get_current_datetime", off))
        yield


def refusal(key):
    with pytest.raises(ClientError) as caught:
        cloudtrail(key, attempts=1).lookup_events()
    error = caught.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error["ResponseMetadata"]["RequestId"]
    return error["Error"]["Code"], error["Error"]["Message"]


@pytest.mark.parametrize("minutes", [-20, 20])
def test_a_clock_too_far_off_is_told_so(account, minutes):
    with clock_off_by(minutes):
        code, message = refusal(account.administrator)
    assert code == "InvalidSignatureException"
    assert message.startswith("Signature expired: " if minutes < 0 else "Signature not yet current: ")


@pytest.mark.parametrize("minutes", [-3, 3])
def test_a_clock_a_little_off_is_fine(account, minutes):
    with clock_off_by(minutes):
        found = cloudtrail(account.administrator).lookup_events()["Events"]
    # Nothing was sent: calls are all there is.
    assert [event for event in found if not account.is_call(event)] == []


def test_wrong_key_wrong_secret_no_permission(account):
    right = account.administrator
    assert refusal(Key("AKIAIOSFODNN7EXAMPLE", right.secret))[0] == "UnrecognizedClientException"
    assert refusal(Key(right.id, "x" * 40))[0] == "InvalidSignatureException"
    assert refusal(account.producer)[0] == "AccessDeniedException"


def test_what_is_signed_for_another_region_or_host_is_refused_by_name(account):
    key = account.administrator
    for region, host, told in [
        ("eu-north-1", None, "not 'eu-north-1'"),
        (None, "other.example.com", "the host 'other.example.com'"),
    ]:
        response = send("GET", "/v1/reports", key=key, headers={"Host": host} if host else {}, region=region)
        error = json.loads(response.text)["error"]
        assert (response.status_code, error["code"]) == (401, "InvalidSignatureException")
        assert told in error["message"]


def test_a_body_changed_on_the_way_is_refused(account):
    target = {"X-Amz-Target": "CloudTrail_20131101.LookupEvents", "Content-Type": "application/x-amz-json-1.1"}
    assert send("POST", "/", b"{}", account.administrator, target).status_code == 200
    with mock.patch.object(botocore.auth.SigV4Auth, "payload", lambda *_: "0" * 64):
        response = send("POST", "/", b"{}", account.administrator, target)
    assert response.status_code == 400


def test_an_unsigned_request_is_refused_everywhere(account):
    target = {"X-Amz-Target": "CloudTrail_20131101.LookupEvents"}
    assert send("POST", "/", b"{}", headers=target).status_code == 400
    assert send("POST", "/v1/events", envelope(record())).status_code in (401, 403)


def test_events_need_a_producer(account):
    response = send("POST", "/v1/events", envelope(record()), account.key("nobody"))
    assert response.status_code == 403
    error = json.loads(response.text)["error"]
    assert error["code"] and error["message"]


def test_nothing_else_is_served(account):
    for method, path in [("GET", "/"), ("POST", "/v2"), ("GET", "/v1/nonsense")]:
        response = send(method, path, key=account.administrator)
        assert response.status_code == 404, (method, path)
        assert "error" in response.text
