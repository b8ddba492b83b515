"""Trails under way: made at the start of a session, so that the schedule has delivered them by its end."""

import json
import secrets
from dataclasses import dataclass, replace

from records import envelope, moment, record
from stack import Account, Key, cloudtrail, environment, operator, run, send


# Events that are sent twice, and archived once.
SENT_AGAIN = 50


def make_bucket():
    name = f"trails-{secrets.token_hex(8)}"
    operator("s3").create_bucket(Bucket=name)
    return name


def arn(account, name):
    return f"arn:aws:cloudtrail:{environment()['AWS_REGION']}:{account.id}:trail/{name}"


def creator(account, bucket, actions="s3:PutObject", user=None):
    """The key of an administrator with access to storage, whom the emulated S3 knows too and lets into one bucket (* is any)."""
    iam, name = operator("iam"), f"creator-{secrets.token_hex(4)}"
    iam.create_user(UserName=name)
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    allow = {"Effect": "Allow", "Action": actions, "Resource": resources}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_user_policy(UserName=name, PolicyName="archives", PolicyDocument=policy)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    name = user or name
    key = Key(made["AccessKeyId"], made["SecretAccessKey"], name)
    user = ["--account", account.id, "--user", name]
    account.alog("user", "create", name)
    account.alog("grant", "--user", name, "administrator")
    # A bucket that was never assigned is in the default project.
    account.alog("grant", "--user", name, "--project", account.id, "storage")
    piped = 'printf %s "$SECRET" | alog key create "$@"'
    run(["bash", "-c", piped, "bash", *user, "--import", key.id], SECRET=key.secret, **account.variables)
    return key


@dataclass(frozen=True)
class UnderWay:
    """An account with a trail that logged for a moment, and one whose bucket went away; another with one of json.gz."""

    account: Account
    key: Key
    bucket: str
    ids: frozenset
    json: "JsonUnderWay"

    @property
    def client(self):
        return cloudtrail(self.key)

    def aws(self, *arguments, **options):
        """The unmodified AWS CLI."""
        return run(["aws", "cloudtrail", *arguments], self.key, **options)


@dataclass(frozen=True)
class JsonUnderWay:
    """An account with a trail of json.gz that logged for a moment, and what was sent to it."""

    account: Account
    key: Key
    bucket: str
    records: tuple


def begin_json():
    """A trail of AWS's very layout: it begins and ends with the others, in the same windows."""
    account, bucket = Account.fresh("trails-json"), make_bucket()
    key = creator(account, bucket, "s3:*")
    client = cloudtrail(key)
    tags = [{"Key": "activity-log:format", "Value": "json.gz"}]
    client.create_trail(Name="files", S3BucketName=bucket, EnableLogFileValidation=True, TagsList=tags)
    client.start_logging(Name="files")
    records = tuple(record(readOnly=number % 2 == 0) for number in range(20))
    _send(account, records)
    client.stop_logging(Name="files")
    return JsonUnderWay(account, key, bucket, records)


def begin():
    account = Account.fresh("trails-under-way")
    bucket, gone = make_bucket(), make_bucket()
    trails = UnderWay(account, creator(account, bucket, "s3:*"), bucket, frozenset(), begin_json())
    trails.aws("create-trail", "--name", "audit", "--s3-bucket-name", bucket, "--s3-key-prefix", "logs/all",
               "--enable-log-file-validation")
    cloudtrail(creator(account, gone)).create_trail(Name="lost", S3BucketName=gone)
    operator("s3").delete_objects(Bucket=gone, Delete={"Objects": [{"Key": one["Key"]} for one in
                                  operator("s3").list_objects_v2(Bucket=gone)["Contents"]]})
    operator("s3").delete_bucket(Bucket=gone)
    for name in ("audit", "lost"):
        trails.aws("start-logging", "--name", name)
    late = [record(eventTime=moment(-days * 86_400)) for days in range(20)]
    records = [record(readOnly=number % 2 == 0) for number in range(100)] + late
    _send(account, records)
    _send(account, records[:SENT_AGAIN])
    trails.aws("stop-logging", "--name", "audit")
    return replace(trails, ids=frozenset(one["eventID"] for one in records))


def _send(account, records):
    if records:
        response = send("POST", "/v1/events", envelope(*records), account.producer)
        assert response.status_code == 200, response.text
    return [one["eventID"] for one in records]
