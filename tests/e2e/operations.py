"""docs/operations.md, tried: its commands run as they stand there, on stacks of their own beside the one under test.

A stack is deployed, used, backed up and deleted; its tables are restored into a second one and moved to a third in another
region. That takes as long as two digests of a trail do, so it begins before the first test.
"""

import gzip
import json
import re
import secrets
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import boto3

import documents
import trails
from records import envelope, record
from stack import ROOT, Account, Key, attribute, await_value, cloudtrail, environment, run, send

DIGEST_SECONDS = 480
EVENTS = 60
ELSEWHERE = "eu-west-1"
# Sections of the document whose commands are all run here.
DRILLED = ("Dead letters", "Events of this AWS account", "Back up", "Restore", "Upgrade", "Move to another region", "Take it down")
# The bucket `sam deploy` uploads to.
ARTIFACTS = "activity-log-artifacts"

# AWS CLI v1 asks the environment for no endpoint of SQS. `sam deploy` of what localstack/up built; nobody is asked. Waiting
# for a table gives up once, as on AWS where a restore takes longer than that. The emulator makes nobody wait for long.
SHELL = """
aws() {
  case "$1 $2" in
    sqs*) command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@" ;;
    "dynamodb wait") if [ -e "waited-${*: -1}" ]; then command aws "$@"; else touch "waited-${*: -1}"; return 255; fi ;;
    *) command aws "$@" ;;
  esac
}
sam() {
  [ "$1" = deploy ] || return 0
  [[ " $* " == *" --stack-name "* ]] || set -- "$@" --stack-name "$STACK" --capabilities CAPABILITY_IAM
  [[ " $* " == *" --parameter-overrides "* ]] || set -- "$@" --parameter-overrides
  local artifacts=$ARTIFACTS
  [ "$AWS_DEFAULT_REGION" = "$HOME_REGION" ] || artifacts+=-$AWS_DEFAULT_REGION
  command sam "$@" $LOCAL_PARAMETERS --template-file "$TEMPLATE" --s3-bucket "$artifacts" \\
    --no-confirm-changeset --no-fail-on-empty-changeset
}
sleep() { command sleep 1; }
"""


def commands(section):
    """The blocks of commands of a section of the document."""
    assert section in DRILLED
    return [block.text for block in documents.blocks("docs/operations.md") if block.is_run and block.section == section]


@dataclass
class Shell:
    """A shell of who operates stacks, in a folder of its own. The document's stacks have other names here."""

    stacks: dict
    ports: list
    folder: str = field(default_factory=tempfile.mkdtemp)

    def run_section(self, section, region=None, stacks=None):
        for script in commands(section):
            self.run(script, region, stacks)

    def run(self, script, region=None, stacks=None):
        env, region = environment(), region or environment()["AWS_REGION"]
        state = Path(env["ACTIVITY_LOG_CALLS_FILE"]).parent
        names = stacks or self.stacks
        script = re.sub(r"activity-log(-\d)?", lambda name: names[name[0]], script)
        given = (state / "parameters").read_text().split()
        kept = [one for one in given if one.split("=")[0] in ("Architecture", "AwsEventsSourcePrefix")]
        own = {
            "AWS_ACCESS_KEY_ID": env["ACTIVITY_LOG_OPERATOR_ACCESS_KEY_ID"],
            "AWS_SECRET_ACCESS_KEY": env["ACTIVITY_LOG_OPERATOR_SECRET_ACCESS_KEY"],
            "AWS_ENDPOINT_URL": env["AWS_ENDPOINT_URL_DYNAMODB"],
            "AWS_REGION": region,
            # Whoever sets the one has not set the other.
            "AWS_DEFAULT_REGION": env["AWS_REGION"],
            "HOME_REGION": env["AWS_REGION"],
            "AWS_PAGER": "",
            "SAM_CLI_TELEMETRY": "0",
            "ACTIVITY_LOG_STACK": names["activity-log"],
            "STACK": names["activity-log"],
            "ARTIFACTS": ARTIFACTS,
            "TEMPLATE": str(state / "build/template.yaml"),
            "LOCAL_PARAMETERS": " ".join([*kept, "CustomDomain=" + ",".join(f"127.0.0.1:{port}" for port in self.ports)]),
        }  # fmt: skip
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", SHELL + script], env=env | own, cwd=self.folder,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{script}\nexited with {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout


def cloud(service, region=None):
    """A client of the emulated cloud, in a region."""
    env = environment()
    return boto3.client(
        service,
        endpoint_url=env["AWS_ENDPOINT_URL_DYNAMODB"],
        region_name=region or env["AWS_REGION"],
        aws_access_key_id=env["ACTIVITY_LOG_OPERATOR_ACCESS_KEY_ID"],
        aws_secret_access_key=env["ACTIVITY_LOG_OPERATOR_SECRET_ACCESS_KEY"],
    )


def free_ports(count):
    """Ports that nobody has just now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def make_artifacts(region):
    """Functions are made of a bucket in their own region only."""
    bucket = f"{ARTIFACTS}-{region}"
    cloud("s3", region).create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})


def outputs(stack, region=None):
    described = cloud("cloudformation", region).describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
    return {one["OutputKey"]: one["OutputValue"] for one in described}


@contextmanager
def origin(stack, port, region=None):
    """A plain origin of a stack's API, as localstack/up has one of its own."""
    with tempfile.NamedTemporaryFile("w") as prefix:
        prefix.write(f"/_aws/execute-api/{outputs(stack, region)['ApiId']}")
        prefix.flush()
        gateway = environment()["AWS_ENDPOINT_URL_DYNAMODB"].rsplit(":", 1)[1]
        proxy = subprocess.Popen([sys.executable, str(ROOT / "localstack/proxy.py"), str(port), gateway, prefix.name])
        try:
            await_value(lambda: _answers(port), bool, "proxy")
            yield f"http://127.0.0.1:{port}"
        finally:
            proxy.terminate()
            proxy.wait(10)


def _answers(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class Tenant:
    """An account with some users, their keys, a token, a trail, and a page half read."""

    account: Account
    keys: list
    token: str
    bucket: str
    creator: Key
    end: datetime = None
    next_token: str = ""

    @classmethod
    def fresh(cls, stack):
        account = Account(f"{secrets.randbelow(9 * 10**11) + 10**11}", ACTIVITY_LOG_STACK=stack)
        run(["alog", "account", "create", "Tenant", "--id", account.id], **account.variables)
        keys = [account.key(f"user-{number}", "administrator", "producer") for number in range(3)]
        bucket = trails.make_bucket()
        return cls(account, keys, account.token("user-0"), bucket, trails.creator(account, bucket, "s3:*"))

    def send(self, at):
        records = [record() for _ in range(EVENTS)]
        response = send("POST", "/v1/events", envelope(*records), self.keys[0], origin=at)
        assert response.status_code == 200, response.text

    def start_logging(self, at):
        cloudtrail(self.creator, origin=at).start_logging(Name="audit")
        self.send(at)

    def stop_logging(self, at):
        """The digest of what was logged is due when its five minutes are over."""
        cloudtrail(self.creator, origin=at).stop_logging(Name="audit")

    def digests(self):
        """Of the trail, by their keys: their texts."""
        s3 = cloud("s3")
        objects = s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        keys = sorted(one["Key"] for one in objects if one["Key"].endswith(".json.gz"))
        return {key: gzip.decompress(s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()) for key in keys}

    def await_digest(self, count):
        return await_value(self.digests, lambda found: len(found) >= count, f"digest {count}", DIGEST_SECONDS)

    def begin_a_page(self, at):
        self.end = datetime.now(UTC)
        page = cloudtrail(self.keys[0], origin=at).lookup_events(EndTime=self.end, MaxResults=7)
        self.next_token = page["NextToken"]

    def seen(self, at, region=None):
        """What each user's key finds, what the token is worth, and the page that was still to be read."""
        clients = [cloudtrail(key, origin=at, region=region) for key in self.keys]
        found = [self.account.events(client=client, EndTime=self.end) for client in clients]
        rest = clients[0].lookup_events(EndTime=self.end, MaxResults=7, NextToken=self.next_token)["Events"]
        token = {"X-Auth-Token": self.token}
        return {
            "events": [[(event["EventId"], event["CloudTrailEvent"]) for event in events] for events in found],
            "page": [event["EventId"] for event in rest],
            "token": send("GET", f"/v1/{self.account.id}/logs?limit=1", headers=token, origin=at).status_code,
        }


def begin():
    """Starts; the result is what the tests look at."""
    return ThreadPoolExecutor(1).submit(_drill)


def _drill():
    name = f"drill{secrets.token_hex(3)}"
    near, far = free_ports(2)
    shell = Shell({"activity-log": name, "activity-log-2": f"{name}-2", "activity-log-3": f"{name}-3"}, [near, far])
    found = {"names": shell.stacks}
    shell.run("sam deploy --stack-name activity-log --capabilities CAPABILITY_IAM")
    found["at first"] = outputs(name)
    with origin(name, near) as at:
        tenant = Tenant.fresh(name)
        trail = cloudtrail(tenant.creator, origin=at)
        trail.create_trail(Name="audit", S3BucketName=tenant.bucket, EnableLogFileValidation=True)
        tenant.start_logging(at)
        tenant.stop_logging(at)
        found["dead letter"] = _redrive(shell, found["at first"], at, name)
        shell.run_section("Upgrade")
        found["upgraded"] = outputs(name)
        found["rule before"] = _rule(name)
        shell.run_section("Events of this AWS account")
        found["rule after"] = _rule(name)
        tenant.await_digest(1)
        # It logs on while its stack goes, and is stopped in the next.
        tenant.start_logging(at)
        tenant.begin_a_page(at)
        found["before"] = tenant.seen(at)
    shell.run_section("Back up")
    shell.run_section("Take it down")
    found["left"] = _left(found["at first"])
    shell.run_section("Restore")
    found["restored tables"] = _left(outputs(f"{name}-2"))
    with origin(f"{name}-2", near) as at:
        found["restored"] = tenant.seen(at)
        tenant.stop_logging(at)
        found["digests"] = tenant.await_digest(2)
        found["validated"] = _validate(tenant, at)
    moved = {"activity-log": f"{name}-2", "activity-log-3": f"{name}-3"}
    make_artifacts(ELSEWHERE)
    late = _queue(outputs(f"{name}-2"), tenant.account.id)
    shell.run_section("Move to another region", ELSEWHERE, moved)
    found["stopped"] = _stopped(f"{name}-2")
    with origin(f"{name}-3", far, ELSEWHERE) as there:
        found["moved"] = tenant.seen(there, ELSEWHERE)
        client = cloudtrail(tenant.keys[0], origin=there, region=ELSEWHERE)
        by_id = [attribute("EventId", late["eventID"])]
        events = tenant.account.events(client=client, LookupAttributes=by_id)
        found["late"] = [json.loads(event["CloudTrailEvent"]) == late for event in events]
    for stack, region in ((f"{name}-2", None), (f"{name}-3", ELSEWHERE)):
        cloud("cloudformation", region).delete_stack(StackName=stack)
    return found


def _rule(stack):
    rule = cloud("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId="AwsEvents")
    return cloud("events").describe_rule(Name=rule["StackResourceDetail"]["PhysicalResourceId"].split("|")[-1])["State"]


def _queue(stack, account):
    """An event for an account, by the stack's queue."""
    queued = record()
    attributes = {"accountId": {"DataType": "String", "StringValue": account}}
    cloud("sqs").send_message(QueueUrl=stack["EventsQueueUrl"], MessageBody=json.dumps(queued), MessageAttributes=attributes)
    return queued


def _stopped(stack):
    """What lets something in or works on it: the states of rules and of event source mappings."""
    rules = [one["State"] for one in cloud("events").list_rules()["Rules"] if one["Name"].startswith(f"{stack}-")]
    mappings = cloud("lambda").list_event_source_mappings()["EventSourceMappings"]
    states = [one["State"] for one in mappings if f":{stack}-" in one["EventSourceArn"]]
    return set(rules), set(states)


def _redrive(shell, stack, at, name):
    """A message for an account nobody made, until it is made."""
    sqs, account = cloud("sqs"), f"{secrets.randbelow(9 * 10**11) + 10**11}"
    dead = stack["EventsDeadLetterQueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    once = {"VisibilityTimeout": "1", "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})}
    sqs.set_queue_attributes(QueueUrl=stack["EventsQueueUrl"], Attributes=once)
    late = _queue(stack, account)

    def dead_letters():
        counts = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["ApproximateNumberOfMessages"])
        return int(counts["Attributes"]["ApproximateNumberOfMessages"])

    await_value(dead_letters, lambda count: count == 1, "dead letter")
    owner = Account(account, ACTIVITY_LOG_STACK=name)
    run(["alog", "account", "create", "Late", "--id", account], **owner.variables)
    key = owner.key("reader", "administrator")
    shell.run_section("Dead letters")
    client = cloudtrail(key, origin=at)
    stored = await_value(lambda: owner.events(client=client), bool, "redriven event")
    return [json.loads(event["CloudTrailEvent"]) == late for event in stored], dead_letters()


def _left(stack):
    """What is there of a stack's tables and keys."""
    tables, keys = cloud("dynamodb"), cloud("kms")
    left = {}
    for name in ("EventsTable", "ControlTable"):
        if stack[name] in tables.list_tables()["TableNames"]:
            ttl = tables.describe_time_to_live(TableName=stack[name])["TimeToLiveDescription"]["TimeToLiveStatus"]
            table = tables.describe_table(TableName=stack[name])["Table"]
            left[name] = (ttl, table.get("DeletionProtectionEnabled"))
    for name in ("ControlKeyArn", "DigestKeyArn"):
        left[name] = keys.describe_key(KeyId=stack[name])["KeyMetadata"]["KeyState"]
    return left


def _validate(tenant, at):
    """The whole chain, by the unmodified AWS CLI and by alog."""
    arn = trails.arn(tenant.account, "audit")
    chain = ["aws", "cloudtrail", "validate-logs", "--trail-arn", arn, "--start-time", "2020-01-01", "--verbose"]
    validated = run(chain, tenant.creator, check=False, AWS_ENDPOINT_URL_CLOUDTRAIL=at)
    where = ["--bucket", tenant.bucket, "--account", tenant.account.id, "--trail", "audit"]
    verified = run(["alog", "trail", "verify", *where], tenant.creator, check=False, ACTIVITY_LOG_URL=at)
    return [(done.returncode, done.stdout + done.stderr) for done in (validated, verified)]
