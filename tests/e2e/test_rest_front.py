"""A REST API as the front: another stack of the functions that are built already, with Front=RestApi.

Its paths begin with the stage. Clients see and sign them so; the functions route by what is behind it.
"""

import contextlib
import gzip
import json
import socket
import subprocess
import sys
from datetime import UTC, datetime
from urllib.parse import quote

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

from records import record
from stack import ROOT, Account, await_value, environment, operator, run

STACK = "activity-log-rest"
ACCOUNT = "444455556666"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Rest:
    """The stack, its proxy, and an account in it."""

    def __init__(self, port):
        self.origin = f"http://127.0.0.1:{port}/api"
        self.variables = {"ACTIVITY_LOG_STACK": STACK, "ACTIVITY_LOG_URL": self.origin, "AWS_ENDPOINT_URL_CLOUDTRAIL": self.origin}

    def alog(self, *command, **options):
        return run(["alog", *command], **self.variables, **options)

    def key(self, user, *permissions):
        account = Account(ACCOUNT)
        account.alog = lambda *command, **options: self.alog_of_account(*command, **options)
        return account.key(user, *permissions)

    def alog_of_account(self, *command, **options):
        verbs = 1 if command[0] in ("grant", "revoke") else 2
        return self.alog(*command[:verbs], "--account", ACCOUNT, *command[verbs:], **options)

    def send(self, method, path, body=b"", key=None, headers=None, signed_path=None):
        """Sends a request, signed for this path if not for the one it is sent to."""
        url = self.origin + path
        request = AWSRequest(method, url, data=body, headers=headers or {})
        if key:
            request.url = self.origin.removesuffix("/api") + signed_path if signed_path else url
            SigV4Auth(Credentials(key.id, key.secret), "cloudtrail", environment()["AWS_REGION"]).add_auth(request)
            request.url = url
        return URLLib3Session(timeout=60).send(request.prepare())

    def cloudtrail(self, key):
        return boto3.client(
            "cloudtrail",
            endpoint_url=self.origin,
            region_name=environment()["AWS_REGION"],
            aws_access_key_id=key.id,
            aws_secret_access_key=key.secret,
            config=Config(retries={"total_max_attempts": 1}),
        )


def template_url(template):
    """Where it lies, for one this long may not be sent itself."""
    bucket, key = f"{environment()['ACTIVITY_LOG_STACK']}-artifacts", "rest.template"
    operator("s3").put_object(Bucket=bucket, Key=key, Body=template.encode())
    return f"{environment()['AWS_ENDPOINT_URL_S3']}/{bucket}/{key}"


def create_stack(port):
    """What is deployed as the stack under test, once more: its artefacts are where they were put."""
    cloudformation = operator("cloudformation")
    template = cloudformation.get_template(StackName=environment()["ACTIVITY_LOG_STACK"], TemplateStage="Original")["TemplateBody"]
    first = cloudformation.describe_stacks(StackName=environment()["ACTIVITY_LOG_STACK"])["Stacks"][0]
    parameters = {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in first["Parameters"]}
    parameters |= {"Front": "RestApi", "CustomDomain": f"127.0.0.1:{port}", "AwsEventsRule": "DISABLED"}
    cloudformation.create_stack(
        StackName=STACK,
        TemplateURL=template_url(template if isinstance(template, str) else json.dumps(template)),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    status = lambda: cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]  # noqa: E731
    done = await_value(status, lambda stack: not stack["StackStatus"].endswith("IN_PROGRESS"), "end of the deployment", 120)
    assert done["StackStatus"] == "CREATE_COMPLETE", done.get("StackStatusReason")
    return {output["OutputKey"]: output["OutputValue"] for output in done["Outputs"]}


@contextlib.contextmanager
def proxy(port, api, folder):
    prefix = folder / "prefix"
    prefix.write_text(f"/_aws/execute-api/{api}")
    upstream = environment()["AWS_ENDPOINT_URL_S3"].rsplit(":", 1)[1]
    command = [sys.executable, str(ROOT / "localstack/proxy.py"), str(port), upstream, str(prefix)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        def answers():
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return True

        await_value(answers, bool, "proxy", 10)
        yield
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def rest(tmp_path_factory):
    port = free_port()
    outputs = create_stack(port)
    assert outputs["ApiUrl"].endswith("/api")
    with proxy(port, outputs["ApiId"], tmp_path_factory.mktemp("rest")):
        rest = Rest(port)
        rest.alog("account", "create", "rest", "--id", ACCOUNT)
        rest.reader, rest.producer = rest.key("reader", "administrator"), rest.key("sender", "producer")
        yield rest
    operator("cloudformation").delete_stack(StackName=STACK)


def ids(rest, **parameters):
    events = rest.cloudtrail(rest.reader).lookup_events(**parameters)["Events"]
    return [event["EventId"] for event in events]


def by_name(name):
    return {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": name}]}


def test_events_in_as_bytes_and_out_by_the_sdk_and_the_cli(rest):
    events = [record(eventName="RestFront") for _ in range(3)]
    body = gzip.compress(json.dumps({"Records": events}).encode())
    headers = {"Content-Type": "application/gzip", "Content-Encoding": "gzip"}
    response = rest.send("POST", "/v1/events", body, rest.producer, headers)
    assert (response.status_code, json.loads(response.text)["accepted"]) == (200, 3), response.text
    assert sorted(ids(rest, **by_name("RestFront"))) == sorted(event["eventID"] for event in events)

    lookup = ["aws", "cloudtrail", "lookup-events", "--lookup-attributes", "AttributeKey=EventName,AttributeValue=RestFront"]
    told = json.loads(run([*lookup, "--output", "json"], rest.reader, **rest.variables).stdout)
    assert len(told["Events"]) == 3


def test_the_rest_api_and_vk_s_with_queries(rest):
    assert json.loads(rest.send("GET", "/v1/reports", key=rest.reader).text) == {"reports": []}
    assert json.loads(rest.send("POST", "/v1/events/counts", b"{}", rest.reader).text)["complete"]
    assert rest.send("GET", "/v1/reports/no%20such", key=rest.reader).status_code in (400, 404)
    token = rest.alog_of_account("token", "create", "--user", "reader").stdout.splitlines()[-1]
    since = datetime.now(UTC).replace(microsecond=0, tzinfo=None).isoformat()
    for query in ("limit=2&from=&to=", "limit=2&from=2020-01-01T00%3A00%3A00%2B03%3A00&to=" + quote(since + "Z")):
        response = rest.send("GET", f"/v1/{ACCOUNT}/logs?{query}", headers={"X-Auth-Token": token})
        assert (response.status_code, len(json.loads(response.text)["logs"])) == (200, 2), response.text
        signed = rest.send("GET", f"/v1/{ACCOUNT}/logs?{query}", key=rest.reader)
        assert signed.status_code == 200, signed.text


def test_alog_speaks_to_it(rest):
    listed = rest.alog("report", "list", key=rest.reader)
    assert listed.returncode == 0


def test_the_path_is_signed_with_its_stage(rest):
    response = rest.send("GET", "/v1/reports", key=rest.reader, signed_path="/v1/reports")
    assert response.status_code == 401
    assert json.loads(response.text)["error"]["code"] == "InvalidSignatureException"


def test_calls_are_in_the_log_with_their_address(rest):
    rest.send("GET", "/v1/plugins", key=rest.reader)
    found = await_value(lambda: rest.cloudtrail(rest.reader).lookup_events(**by_name("ListPlugins"))["Events"], bool, "record of the call")
    assert json.loads(found[0]["CloudTrailEvent"])["sourceIPAddress"] == "127.0.0.1"
