"""The stack under test: where it is, who operates it, and how to reach it with real clients.

Everything comes from the file that `localstack/up` writes (localstack/env, or ACTIVITY_LOG_ENV_FILE).
"""

import json
import os
import secrets
import subprocess
import threading
import time
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

ROOT = Path(__file__).resolve().parents[2]
ALOG_TIMEOUT_SECONDS = 180
# The sources of events that calls to this service are.
CALLS_OWN, CALLS_CLOUDTRAIL = "activity-log", "cloudtrail.amazonaws.com"


@cache
def environment():
    """The variables of a shell that has sourced the env file."""
    path = ROOT / os.environ.get("ACTIVITY_LOG_ENV_FILE", "localstack/env")
    script = 'set -a; . "$1"; exec env -0'
    done = subprocess.run(["bash", "-c", script, "bash", str(path)], capture_output=True, check=True, timeout=20)
    pairs = (entry.partition("=") for entry in done.stdout.decode().split("\0") if entry)
    return {name: value for name, _, value in pairs}


def url(path="/", origin=None):
    return (origin or environment()["ACTIVITY_LOG_URL"]).rstrip("/") + path


@cache
def operator(service):
    """A client of the emulated cloud itself, as whoever deployed the stack."""
    env = environment()
    return boto3.client(
        service,
        endpoint_url=env["AWS_ENDPOINT_URL_S3"],
        region_name=env["AWS_REGION"],
        aws_access_key_id=env["ACTIVITY_LOG_OPERATOR_ACCESS_KEY_ID"],
        aws_secret_access_key=env["ACTIVITY_LOG_OPERATOR_SECRET_ACCESS_KEY"],
        config=Config(s3={"addressing_style": "path"}),
    )


@cache
def outputs():
    """The outputs of the stack's template."""
    stack = operator("cloudformation").describe_stacks(StackName=environment()["ACTIVITY_LOG_STACK"])["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def run(command, key=None, check=True, timeout=ALOG_TIMEOUT_SECONDS, **variables):
    """Runs a command as pasted into a shell that has sourced the env file, with this access key."""
    env = environment() | {"AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "2"} | variables
    if key:
        env |= {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=timeout, check=False)
    if check and done.returncode:
        raise AssertionError(f"{command} exited with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


@dataclass(frozen=True)
class Key:
    id: str
    secret: str
    user: str = ""


class Account:
    """An account, with users as they are needed; `variables` tell alog of another stack than the one under test."""

    def __init__(self, id, **variables):
        self.id, self.variables = id, variables

    @classmethod
    def fresh(cls, name):
        account = cls(f"{secrets.randbelow(9 * 10**11) + 10**11}")
        run(["alog", "account", "create", name, "--id", account.id])
        return account

    @classmethod
    def demo(cls):
        """The one `localstack/up` made; its id is that of the emulator's own AWS account."""
        env = environment()
        account = cls(env["ACTIVITY_LOG_DEMO_ACCOUNT"])
        account.administrator = Key(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"])
        return account

    def key(self, user, *permissions):
        """A new user with these permissions, and the user's key."""
        self.alog("user", "create", user)
        for permission in permissions:
            self.alog("grant", "--user", user, permission)
        return self.another_key(user)

    def another_key(self, user):
        """A new key of this user."""
        printed = self.alog("key", "create", "--user", user).stdout
        values = dict(line.strip().split("=", 1) for line in printed.splitlines() if line.strip().startswith("AWS_"))
        return Key(values["AWS_ACCESS_KEY_ID"], values["AWS_SECRET_ACCESS_KEY"], user)

    def token(self, user, *arguments):
        """A new token of this user's: what is alone on the last line."""
        return self.alog("token", "create", "--user", user, *arguments).stdout.splitlines()[-1]

    def alog(self, *command, **options):
        """An operator's command about this account."""
        verbs = 1 if command[0] in ("grant", "revoke") else 2
        return run(["alog", *command[:verbs], "--account", self.id, *command[verbs:]], **self.variables, **options)

    def is_call(self, event):
        """Whether the event tells of a call to this service, by somebody of this account."""
        record = json.loads(event["CloudTrailEvent"])
        source = record.get("eventSource")
        return source in (CALLS_OWN, CALLS_CLOUDTRAIL) and record.get("recipientAccountId") == self.id

    @staticmethod
    def is_act(event):
        """Whether the event tells of what the operator did with `alog`."""
        record = json.loads(event["CloudTrailEvent"])
        return record.get("eventSource") == CALLS_OWN and str(record.get("userAgent")).startswith("alog/")

    @cached_property
    def administrator(self):
        return self.key("reader", "administrator")

    @cached_property
    def producer(self):
        return self.key("sender", "producer")

    @cached_property
    def cloudtrail(self):
        return cloudtrail(self.administrator)

    def events(self, page_size=1000, client=None, own=False, acts=False, **parameters):
        """LookupEvents through boto3's paginator, to the end; events of calls to this service, and of what the operator
        did, which come up to a minute later, only if asked for."""
        pages = (
            (client or self.cloudtrail)
            .get_paginator("lookup_events")
            .paginate(PaginationConfig={"PageSize": page_size}, **parameters)
        )
        found = [event for page in pages for event in page["Events"] if own or not self.is_call(event)]
        return [event for event in found if acts or not self.is_act(event)]

    def await_events(self, ids, seconds=60):
        """The events with these ids, once they can be looked up."""
        return await_value(
            lambda: [found for id in ids for found in self.events(own=True, LookupAttributes=[attribute("EventId", id)])],
            lambda found: len(found) == len(ids),
            f"{len(ids)} events",
            seconds,
        )


def attribute(key, value):
    return {"AttributeKey": key, "AttributeValue": value}


def cloudtrail(key, attempts=3, origin=None, region=None):
    """A boto3 client of the stack's CloudTrail protocol, or of another's."""
    env = environment()
    return boto3.client(
        "cloudtrail",
        endpoint_url=origin or env["AWS_ENDPOINT_URL_CLOUDTRAIL"],
        region_name=region or env["AWS_REGION"],
        aws_access_key_id=key.id,
        aws_secret_access_key=key.secret,
        config=Config(retries={"total_max_attempts": attempts, "mode": "standard"}, max_pool_connections=32),
    )


_http = threading.local()


def send(method, path, body=b"", key=None, headers=None, region=None, origin=None):
    """Sends a request, signed by botocore if there is a key, and gives the response; for the stack's region if no other."""
    request = AWSRequest(method, url(path, origin), data=body, headers=headers or {})
    if key:
        SigV4Auth(Credentials(key.id, key.secret), "cloudtrail", region or environment()["AWS_REGION"]).add_auth(request)
    if not hasattr(_http, "session"):
        _http.session = URLLib3Session(timeout=60)
    return _http.session.send(request.prepare())


def call(key, operation, **parameters):
    """An operation of the CloudTrail protocol without an SDK, which would drop what its model does not know."""
    headers = {"X-Amz-Target": f"CloudTrail_20131101.{operation}", "Content-Type": "application/x-amz-json-1.1"}
    response = send("POST", "/", json.dumps(parameters).encode(), key, headers)
    assert response.status_code == 200, response.text
    return json.loads(response.text)


def metric_lines(function, since):
    """Lines of a function's log group that carry metrics, as objects."""
    group = f"/activity-log/{environment()['ACTIVITY_LOG_STACK']}/{function}"
    pages = operator("logs").get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since)
    messages = (event["message"] for page in pages for event in page["events"])
    lines = (json.loads(message) for message in messages if message.startswith("{"))
    return [line for line in lines if "_aws" in line]


def await_value(get, done, what, seconds=60):
    """Polls until `done(get())`, and gives the value; fails with the last one."""
    deadline = time.monotonic() + seconds
    while True:
        value = get()
        if done(value):
            return value
        assert time.monotonic() < deadline, f"no {what} within {seconds} s; last: {value!r:.1000}"
        time.sleep(0.2)
