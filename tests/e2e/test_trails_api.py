"""Trails through boto3: made, described, changed, deleted, and refused for what the emulated S3 says of the bucket."""

import secrets

import pytest
from botocore.exceptions import ClientError

from stack import Account, cloudtrail, operator
from trails import arn, creator, make_bucket


@pytest.fixture(scope="module")
def bucket():
    return make_bucket()


@pytest.fixture(scope="module")
def client(account, bucket):
    """A user whose access key the storage knows too, and lets into one bucket."""
    return cloudtrail(creator(account, bucket))


def refusal(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


NOT_IN_OUR_RECORDS = ("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records")


@pytest.mark.parametrize("permissions", [["administrator"], ["administrator", "storage"]])
def test_a_key_that_the_storage_does_not_know_is_told_so_in_the_seeds_words(account, bucket, permissions):
    """Without the permission, and with it where S3 has no such key."""
    stranger = cloudtrail(account.key(f"stranger-{len(permissions)}", *permissions))
    assert refusal(stranger.create_trail, Name="stranger", S3BucketName=bucket) == NOT_IN_OUR_RECORDS
    assert arn(account, "stranger") not in [trail["TrailARN"] for trail in account.cloudtrail.list_trails()["Trails"]]


def test_storage_is_granted_in_the_bucket_s_project(account):
    """In another project it lets nobody into this bucket; revoked, it lets nobody in any more."""
    bucket = make_bucket()
    key = creator(account, bucket)
    client, user = cloudtrail(key), key.user
    account.alog("project", "create", "shop")
    account.alog("bucket", "assign", "--project", "shop", bucket)
    assert refusal(client.create_trail, Name="shop-trail", S3BucketName=bucket) == NOT_IN_OUR_RECORDS
    account.alog("grant", "--user", user, "--project", "shop", "storage")
    client.create_trail(Name="shop-trail", S3BucketName=bucket)
    account.alog("revoke", "--user", user, "--project", "shop", "storage")
    assert refusal(client.update_trail, Name="shop-trail", S3BucketName=bucket, S3KeyPrefix="b") == NOT_IN_OUR_RECORDS
    client.delete_trail(Name="shop-trail")


def test_a_bucket_must_exist_and_let_its_creator_in(client):
    missing = f"missing-{secrets.token_hex(8)}"
    assert refusal(client.create_trail, Name="lost", S3BucketName=missing) == (
        "S3BucketDoesNotExistException",
        f"S3 bucket {missing} does not exist!",
    )
    code, message = refusal(client.create_trail, Name="lost", S3BucketName=make_bucket())
    assert code == "InsufficientS3BucketPolicyException"
    assert "The caller's access key may not write there" in message


def test_the_life_of_a_trail(account, client, bucket):
    tags = [{"Key": "team", "Value": "audit"}]
    made = client.create_trail(Name="life", S3BucketName=bucket, S3KeyPrefix="a", TagsList=tags)
    trail = made["TrailARN"]
    assert trail == arn(account, "life")
    empty = f"a/AWSLogs/{account.id}/CloudTrail/", f"a/AWSLogs/{account.id}/CloudTrail-Digest/"
    objects = operator("s3").list_objects_v2(Bucket=bucket, Prefix="a/")["Contents"]
    assert {(one["Key"], one["Size"]) for one in objects} == {(key, 0) for key in empty}
    again = refusal(client.create_trail, Name="life", S3BucketName=bucket)
    assert again[0] == "TrailAlreadyExistsException"

    described = client.describe_trails(trailNameList=[trail])["trailList"]
    assert [(one["Name"], one["S3KeyPrefix"], one["IsMultiRegionTrail"]) for one in described] == [("life", "a", False)]
    assert client.get_trail_status(Name=trail)["IsLogging"] is False
    changed = client.update_trail(Name=trail, S3KeyPrefix="b", EnableLogFileValidation=True, IsMultiRegionTrail=True)
    assert changed["IsMultiRegionTrail"] is True
    selector = {"ReadWriteType": "WriteOnly", "ExcludeManagementEventSources": ["kms.amazonaws.com"]}
    client.put_event_selectors(TrailName="life", EventSelectors=[selector])
    client.add_tags(ResourceId=trail, TagsList=[{"Key": "activity-log:project", "Value": "p1"}])
    changed = client.get_trail(Name="life")["Trail"]
    assert (changed["S3BucketName"], changed["S3KeyPrefix"]) == (bucket, "b")
    assert changed["LogFileValidationEnabled"] and changed["HasCustomEventSelectors"]
    [got] = client.get_event_selectors(TrailName=trail)["EventSelectors"]
    assert got == selector | {"IncludeManagementEvents": True, "DataResources": []}
    assert refusal(client.get_insight_selectors, TrailName=trail)[0] == "InsightNotEnabledException"
    [listed] = client.list_tags(ResourceIdList=[trail])["ResourceTagList"]
    assert listed["TagsList"] == [{"Key": "activity-log:project", "Value": "p1"}, *tags]

    client.start_logging(Name=trail)
    started = client.get_trail_status(Name="life")
    assert started["IsLogging"] and started["StartLoggingTime"] and "LatestDeliveryError" not in started
    client.stop_logging(Name=trail)
    assert client.get_trail_status(Name="life")["IsLogging"] is False
    client.delete_trail(Name=trail)
    assert client.describe_trails(trailNameList=[trail])["trailList"] == []
    assert refusal(client.get_trail_status, Name="life")[1] == f"Unknown trail: {trail} for the user: {account.id}"


def test_two_trails_an_account_and_none_of_another(account, client, bucket):
    for name in ("one", "two"):
        client.create_trail(Name=name, S3BucketName=bucket)
    code, message = refusal(client.create_trail, Name="three", S3BucketName=bucket)
    assert code == "MaximumNumberOfTrailsExceededException"
    assert message.startswith(f"User: {account.id} already has 2 trails in ")
    stranger = Account.fresh("trails-stranger").cloudtrail
    assert stranger.describe_trails()["trailList"] == []
    assert refusal(stranger.delete_trail, Name=arn(account, "one"))[0] == "TrailNotFoundException"
    for name in ("one", "two"):
        client.delete_trail(Name=name)
