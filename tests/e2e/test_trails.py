"""What trails deliver, by the schedule and in real time: verified by the unmodified AWS CLI and by alog, whole and broken."""

import gzip
import io
import json
import re
import tarfile
from datetime import datetime, timedelta

import pytest

import trails
from test_clients import CLIENTS
from stack import await_value, cloudtrail, environment, operator, run
from trails import arn

# Until the window is over, sealed and ticked: most of it has passed while other tests ran.
DELIVERY_SECONDS = 420
# Longest time from a call to its event; what the operator did waits for the tick of the minute.
ON_ITS_WAY = timedelta(seconds=90)


@pytest.fixture(scope="module")
def delivered(trails_under_way):
    trails = trails_under_way
    await_value(
        lambda: json.loads(trails.aws("get-trail-status", "--name", "audit").stdout),
        lambda status: "LatestDigestDeliveryTime" in status,
        "digest",
        DELIVERY_SECONDS,
    )
    return trails


def keys(trails, ending):
    objects = operator("s3").list_objects_v2(Bucket=trails.bucket)["Contents"]
    return [one["Key"] for one in objects if one["Key"].endswith(ending)]


def validate(trails):
    arguments = ["--trail-arn", arn(trails.account, "audit"), "--start-time", "2020-01-01", "--verbose"]
    done = trails.aws("validate-logs", *arguments, check=False)
    return done.returncode, done.stdout + done.stderr


def verify(trails):
    where = ["--bucket", trails.bucket, "--prefix", "logs/all", "--account", trails.account.id, "--trail", "audit"]
    done = run(["alog", "trail", "verify", *where], trails.key, check=False)
    return done.returncode, done.stdout


def archived(trails):
    """The records in the archives, in their order."""
    found = []
    for key in keys(trails, ".tar.gz"):
        body = operator("s3").get_object(Bucket=trails.bucket, Key=key)["Body"].read()
        with tarfile.open(fileobj=io.BytesIO(body), mode="r:gz") as archive:
            for member in archive:
                found += json.load(archive.extractfile(member))["Records"]
    return found


def windows(trails):
    found = []
    for digest in keys(trails, ".json.gz"):
        body = operator("s3").get_object(Bucket=trails.bucket, Key=digest)["Body"].read()
        found += json.loads(gzip.decompress(body))["activityLog"]["windows"]
    return found


def test_the_archives_hold_each_event_once(delivered):
    """Those that were sent, and those that calls of the account are: whatever came in within the trail's windows."""
    records, whole = archived(delivered), windows(delivered)
    ids = [record["eventID"] for record in records]
    assert len(ids) == len(set(ids))
    total = lambda name: sum(window.get(name, 0) for window in whole)
    assert total("archived") == len(ids)
    # What was sent again is stored again, in another slot, and dropped.
    assert total("duplicates") >= trails.SENT_AGAIN
    assert total("ingested") == total("archived") + total("duplicates")

    events = {event["EventId"]: event for event in delivered.account.events(own=True, acts=True)}
    assert {record["eventID"]: record for record in records} == {
        id: json.loads(events[id]["CloudTrailEvent"]) for id in ids
    }
    calls = {id: event["EventTime"] for id, event in events.items() if delivered.account.is_call(event)}
    assert set(events) - set(calls) == delivered.ids == set(ids) - set(calls)
    start, end = (datetime.fromisoformat(whole[at][edge]) for at, edge in ((0, "start"), (-1, "end")))
    assert all(start - ON_ITS_WAY <= calls[id] < end for id in ids if id in calls)
    left_out = [time for id, time in calls.items() if id not in ids]
    assert all(time < start or time >= end - ON_ITS_WAY for time in left_out)
    # A run begins with the window in which it is started.
    assert "StartLogging" in {events[id]["EventName"] for id in ids}


def test_the_status_tells_of_deliveries_and_of_a_bucket_that_is_gone(delivered):
    status = json.loads(delivered.aws("get-trail-status", "--name", "audit").stdout)
    assert status["IsLogging"] is False and status["LatestDeliveryTime"] and "LatestDeliveryError" not in status
    lost = delivered.client.get_trail_status(Name="lost")
    assert (lost["LatestDeliveryError"], lost["IsLogging"]) == ("NoSuchBucket", True)
    told = run(["alog", "trail", "status", "--account", delivered.account.id, "lost"]).stdout
    assert "NoSuchBucket" in told


def test_aws_s_own_tool_and_ours_find_everything_valid(delivered):
    status, told = validate(delivered)
    # One of each, or two where logging began before the end of a window or an hour.
    digests, files = len(keys(delivered, ".json.gz")), len(keys(delivered, ".tar.gz"))
    assert status == 0, told
    assert f"{digests}/{digests} digest files valid" in told and f"{files}/{files} log files valid" in told
    status, told = verify(delivered)
    assert status == 0, told
    assert f"{len(archived(delivered))} events" in told


@pytest.mark.parametrize("harm", ["changed", "deleted"])
def test_both_tools_tell_what_was_done_to_an_archive(delivered, harm):
    key, s3 = keys(delivered, ".tar.gz")[0], operator("s3")
    body = s3.get_object(Bucket=delivered.bucket, Key=key)["Body"].read()
    if harm == "changed":
        content = bytearray(gzip.decompress(body))
        content[600] ^= 1  # within the first record
        s3.put_object(Bucket=delivered.bucket, Key=key, Body=gzip.compress(bytes(content)))
    else:
        s3.delete_object(Bucket=delivered.bucket, Key=key)
    try:
        status, told = validate(delivered)
        assert status != 0 and key in told, told
        assert ("INVALID: hash value doesn't match" if harm == "changed" else "INVALID: not found") in told
        status, told = verify(delivered)
        assert status == 1 and key in told, told
    finally:
        s3.put_object(Bucket=delivered.bucket, Key=key, Body=body)
    assert validate(delivered)[0] == 0


def test_a_trail_of_json_gz_is_of_aws_s_very_layout_and_valid_for_both_tools(delivered, tmp_path):
    """One trail of another account, whose windows are the same: its files are read as gzip and JSON, and no more."""
    files = delivered.json
    await_value(
        lambda: cloudtrail(files.key).get_trail_status(Name="files"),
        lambda status: "LatestDigestDeliveryTime" in status,
        "digest of the trail of json.gz",
        DELIVERY_SECONDS,
    )
    s3 = operator("s3")
    objects = [one["Key"] for one in s3.list_objects_v2(Bucket=files.bucket)["Contents"]]
    archives = [key for key in objects if "/CloudTrail/" in key and key.endswith(".gz")]
    region = environment()["AWS_REGION"]
    name = rf"AWSLogs/{files.account.id}/CloudTrail/{region}/\d{{4}}/\d\d/\d\d/{files.account.id}_CloudTrail_{region}_\d{{8}}T\d{{4}}Z_\w{{16}}\.json\.gz"
    assert archives and all(re.fullmatch(name, key) for key in archives)
    found = {}
    for key in archives:
        got = s3.get_object(Bucket=files.bucket, Key=key)
        assert got["ContentType"] == "application/json" and got.get("ContentEncoding") == "gzip"
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_bytes(got["Body"].read())
        with gzip.open(tmp_path / key) as archive:
            content = json.load(archive)
        assert list(content) == ["Records"]
        found |= {record["eventID"]: record for record in content["Records"]}
    assert {record["eventID"]: record for record in files.records}.items() <= found.items()
    trail = ["--trail-arn", arn(files.account, "files"), "--start-time", "2020-01-01", "--verbose"]
    told = run(["aws", "cloudtrail", "validate-logs", *trail], files.key).stdout
    assert f"{len(archives)}/{len(archives)} log files valid" in told
    where = ["--bucket", files.bucket, "--account", files.account.id, "--trail", "files"]
    assert f"{len(found)} events" in run(["alog", "trail", "verify", *where], files.key).stdout
    printed = run(["alog", "replay", "--keep-times", "--print", str(tmp_path)], files.key).stdout
    assert {record["eventID"] for record in json.loads(printed)["Records"]} == set(found)
    if (CLIENTS / "trailscraper").exists():
        select = [str(CLIENTS / "trailscraper"), "select", "--log-dir", str(tmp_path), "--from", "-1hour", "--to", "now"]
        selected = json.loads(run(select, files.key).stdout)["Records"]
        # It looks at times, and lets those through that are in them.
        sent = {record["eventID"] for record in files.records}
        assert sent <= {record["eventID"] for record in selected} <= set(found)


def test_the_public_keys_are_told_and_kept(delivered, tmp_path):
    listed = delivered.aws("list-public-keys").stdout
    assert json.loads(listed)["PublicKeyList"]
    (tmp_path / "keys.json").write_text(listed)
    where = ["--bucket", delivered.bucket, "--prefix", "logs/all", "--account", delivered.account.id, "--trail", "audit"]
    offline = run(["alog", "trail", "verify", *where, "--keys", str(tmp_path / "keys.json")], delivered.key)
    assert "VALID" in offline.stdout


def test_the_aws_cli_describes_and_deletes(delivered):
    described = json.loads(delivered.aws("describe-trails").stdout)["trailList"]
    assert {trail["Name"] for trail in described} == {"audit", "lost"}
    delivered.aws("delete-trail", "--name", "lost")
    left = json.loads(delivered.aws("describe-trails", "--trail-name-list", "lost", "audit").stdout)["trailList"]
    assert [trail["Name"] for trail in left] == ["audit"]
    told = delivered.aws("get-trail-status", "--name", "lost", check=False).stderr
    assert f"Unknown trail: {arn(delivered.account, 'lost')} for the user: {delivered.account.id}" in told
