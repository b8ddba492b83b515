"""Events in through the SQS queue, through files in the import bucket, and from EventBridge."""

import base64
import gzip
import io
import json
import secrets
import tarfile
import time
import uuid

import pytest
from botocore.exceptions import ClientError

from records import envelope, moment, record
from stack import Account, attribute, await_value, call, metric_lines, operator, outputs, run

# A message that cannot be stored is given five times before it is a dead letter.
DEAD_LETTER_SECONDS = 90


@pytest.fixture(scope="module", autouse=True)
def impatient_queues():
    """Failed messages come back after a second, as nobody waits the real three minutes here."""
    for name in ("EventsQueueUrl", "ImportsQueueUrl"):
        set_visibility(name, 1)
    yield
    for name, seconds in (("EventsQueueUrl", 240), ("ImportsQueueUrl", 960)):
        set_visibility(name, seconds)


def set_visibility(queue, seconds):
    operator("sqs").set_queue_attributes(QueueUrl=outputs()[queue], Attributes={"VisibilityTimeout": str(seconds)})


def message(body, **attributes):
    values = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    return {"Id": uuid.uuid4().hex, "MessageBody": body, "MessageAttributes": values}


def enqueue(*messages):
    answer = operator("sqs").send_message_batch(QueueUrl=outputs()["EventsQueueUrl"], Entries=list(messages))
    assert not answer.get("Failed"), answer


def dead_letters(queue, *texts):
    """Awaits dead letters that hold these texts, and takes them out."""
    sqs, url, found = operator("sqs"), outputs()[queue], {}

    def look():
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for one in answer.get("Messages", []):
            for text in texts:
                if text in one["Body"]:
                    found[text] = one["Body"]
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
        return found

    return await_value(look, lambda found: len(found) == len(texts), "dead letters", DEAD_LETTER_SECONDS)


# --- the queue --------------------------------------------------------------------------------------------------------


def test_the_bodies_of_the_api_are_taken_from_the_queue(account):
    one, two, three, four = (record() for _ in range(4))
    enqueue(
        message(envelope(one).decode(), accountId=account.id),
        message(json.dumps([two]), accountId=account.id),
        message(json.dumps(three), accountId=account.id),
        message(base64.b64encode(gzip.compress(envelope(four))).decode(), accountId=account.id, contentEncoding="gzip"),
    )
    ids = [event["eventID"] for event in (one, two, three, four)]
    found = account.await_events(ids)
    assert [json.loads(event["CloudTrailEvent"]) for event in found] == [one, two, three, four]


def test_a_bad_message_is_a_dead_letter_and_holds_nothing_up(account):
    """The good messages of its batch are stored once, and the good records of its own too."""
    good, beside = record(), record()
    old = record(eventTime=moment(-31 * 24 * 3600))
    stranger, nameless, broken = record(), record(), f"broken {uuid.uuid4()}"
    enqueue(
        message(envelope(good).decode(), accountId=account.id),
        message(envelope(beside, old).decode(), accountId=account.id),
        message(envelope(stranger).decode(), accountId="000000000000"),
        message(envelope(nameless).decode()),
        message(broken, accountId=account.id),
    )
    account.await_events([good["eventID"], beside["eventID"]])
    dead_letters("EventsDeadLetterQueueUrl", old["eventID"], stranger["eventID"], nameless["eventID"], broken)
    for one, times in ((good, 1), (beside, 1), (old, 0), (stranger, 0), (nameless, 0)):
        assert len(account.events(LookupAttributes=[attribute("EventId", one["eventID"])])) == times


def test_sent_twice_is_found_once(account):
    one = record()
    for _ in range(2):
        enqueue(message(envelope(one).decode(), accountId=account.id))
    marker = record()
    enqueue(message(envelope(marker).decode(), accountId=account.id))
    account.await_events([one["eventID"], marker["eventID"]])
    assert len(account.events(LookupAttributes=[attribute("EventId", one["eventID"])])) == 1


# --- files ------------------------------------------------------------------------------------------------------------


def put_file(body, account_id, prefix="", kind="CloudTrail", ending="json.gz"):
    name = f"{account_id}_{kind}_us-east-1_20261120T1200Z_{uuid.uuid4().hex[:16]}.{ending}"
    key = f"{prefix}AWSLogs/{account_id}/{kind}/us-east-1/2026/11/20/{name}"
    operator("s3").put_object(Bucket=outputs()["ImportBucket"], Key=key, Body=body)
    return key


@pytest.mark.parametrize("prefix", ["", "my prefix/å/", "AWSLogs/", "x/CloudTrail-Insight/", "CloudTrail-Digest/AWSLogs/o-abc/"])
def test_a_cloudtrail_file_is_imported(account, prefix):
    records = [record() for _ in range(30)]
    put_file(gzip.compress(envelope(*records)), account.id, prefix)
    found = account.await_events([one["eventID"] for one in records])
    assert [json.loads(event["CloudTrailEvent"]) for event in found] == records


def test_a_trail_s_archive_is_imported(account):
    """A tar of JSON files, as a trail delivers without a tag."""
    records, packed = [record() for _ in range(4)], io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for number in (0, 2):
            content = envelope(*records[number : number + 2])
            member = tarfile.TarInfo(f"archive_{number}.json")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    put_file(packed.getvalue(), account.id, ending="tar.gz")
    found = account.await_events([one["eventID"] for one in records])
    assert [json.loads(event["CloudTrailEvent"]) for event in found] == records


def test_files_of_other_kinds_are_passed_over(account):
    since, one = int(time.time() * 1000), record()
    put_file(gzip.compress(envelope(record())), account.id, kind="CloudTrail-Insight")
    put_file(b"not even gzip", account.id, kind="elasticloadbalancing")
    put_file(gzip.compress(envelope(one)), account.id, kind="CloudTrail-NetworkActivity")
    account.await_events([one["eventID"]])
    lines = await_value(
        lambda: [line for line in metric_lines("importer", since) if line["FilesPassedOver"]],
        lambda lines: sum(line["FilesPassedOver"] for line in lines) == 2,
        "files passed over",
    )
    assert not any(line["FilesFailed"] for line in lines)


def test_files_that_cannot_be_imported_are_dead_letters(account):
    good, old, stranger = record(), record(eventTime=moment(-31 * 24 * 3600)), record()
    keys = [
        put_file(gzip.compress(envelope(good, old)), account.id),
        put_file(gzip.compress(envelope(stranger)), "000000000000"),
        put_file(b"not gzip", account.id),
    ]
    account.await_events([good["eventID"]])
    dead_letters("ImportsDeadLetterQueueUrl", *(key.rsplit("/", 1)[1] for key in keys))
    assert account.events(LookupAttributes=[attribute("EventId", old["eventID"])]) == []


# --- how events came --------------------------------------------------------------------------------------------------


def test_nobody_passes_an_event_off_as_the_service_s(account):
    """By no queue, and by no text: the calls queue is denied to all but two functions, the operator of the stack too."""
    sqs, url = operator("sqs"), outputs()["EventsQueueUrl"]
    assert url.endswith("-events")
    forged = record(eventName="DeleteTrail", eventSource="cloudtrail.amazonaws.com", origin="service")
    attributes = message("", accountId=account.id, origin="service")["MessageAttributes"]
    with pytest.raises(ClientError) as caught:
        sqs.send_message(QueueUrl=url.removesuffix("events") + "calls", MessageBody=json.dumps(forged), MessageAttributes=attributes)
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    enqueue(message(json.dumps(forged), accountId=account.id, origin="service"))
    account.await_events([forged["eventID"]])

    def origins(value):
        found = call(account.administrator, "LookupEvents", LookupAttributes=[attribute("Origin", value)])
        return {event["EventId"]: event["Origin"] for event in found["Events"]}

    assert origins("queue")[forged["eventID"]] == "queue"
    own = await_value(lambda: origins("service"), bool, "a call of our own")
    assert set(own.values()) == {"service"} and forged["eventID"] not in own


# --- EventBridge ------------------------------------------------------------------------------------------------------


def put_event(detail, detail_type="AWS API Call via CloudTrail"):
    """As on AWS, sources under aws. are refused to users: the local stack's rule also takes local."""
    entry = {"Source": "local.ec2", "DetailType": detail_type, "Detail": json.dumps(detail)}
    answer = operator("events").put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 0, answer


def test_events_of_eventbridge_are_those_of_their_account():
    """The emulator's own AWS account is the demo account."""
    api_call, sign_in, other = record(), record(eventName="ConsoleLogin"), record()
    put_event(api_call)
    put_event(sign_in, "AWS Console Sign In via CloudTrail")
    put_event(other, "Something Else")
    demo = Account.demo()
    found = demo.await_events([api_call["eventID"], sign_in["eventID"]])
    assert [json.loads(event["CloudTrailEvent"]) for event in found] == [api_call, sign_in]
    assert demo.events(LookupAttributes=[attribute("EventId", other["eventID"])]) == []


def test_files_of_a_linked_aws_account_are_the_account_s(account):
    aws = f"{secrets.randbelow(9 * 10**11) + 10**11}"
    run(["alog", "account", "link", "--account", account.id, aws])
    one = record(recipientAccountId=aws)
    put_file(gzip.compress(envelope(one)), aws)
    assert len(account.await_events([one["eventID"]])) == 1
