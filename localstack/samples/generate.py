"""Writes the sample events beside this file: one invented working day of an invented company, in three dialects.

Everything is made up here: names, numbers, ids; addresses are of the ranges kept for documentation. The same run gives the
same files, one record a line. usage: python3 localstack/samples/generate.py
"""

import json
import random
import uuid
from datetime import datetime, timedelta
from pathlib import Path

HERE = Path(__file__).parent
ACCOUNT = "123456789012"
REGION = "eu-central-1"
DAY = datetime(2026, 11, 19)
OFFICE, HOME, AWAY = "198.51.100.24", "203.0.113.77", "192.0.2.150"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
CLI = "aws-cli/2.31.4 md/awscrt#0.27.6 ua/2.1 os/linux#6.12 lang/python#3.13.7"
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.13.3 terraform-provider-aws/6.14.0"

chance = random.Random(20261119)


def new_id():
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def at(clock):
    """'09:15' or '09:15:07' of the day; without seconds, some second of that minute."""
    parts = [int(part) for part in clock.split(":")]
    hour, minute, second = parts if len(parts) == 3 else (*parts, chance.randrange(60))
    return (DAY + timedelta(hours=hour, minutes=minute, seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")


def write(name, records, time_field):
    records.sort(key=lambda record: record[time_field])
    lines = ",\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    (HERE / name).write_text('{"Records":[\n' + lines + "\n]}\n", encoding="utf-8")
    print(f"{name}: {len(records)} records")


# --- CloudTrail ----------------------------------------------------------------------------------------------------------


def user(name):
    return {
        "type": "IAMUser",
        "principalId": f"AIDAEXAMPLE{name.upper():X<9}",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        "accountId": ACCOUNT,
        "accessKeyId": f"AKIAEXAMPLE{name.upper():X<9}",
        "userName": name,
    }


def role(name, session):
    principal = f"AROAEXAMPLE{name.replace('-', '').upper()[:9]:X<9}"
    return {
        "type": "AssumedRole",
        "principalId": f"{principal}:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{session}",
        "accountId": ACCOUNT,
        "accessKeyId": f"ASIAEXAMPLE{name.replace('-', '').upper()[:9]:X<9}",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": principal,
                "arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
                "accountId": ACCOUNT,
                "userName": name,
            },
            "attributes": {"creationDate": at("06:00:00"), "mfaAuthenticated": "false"},
        },
    }


ROOT = {
    "type": "Root",
    "principalId": ACCOUNT,
    "arn": f"arn:aws:iam::{ACCOUNT}:root",
    "accountId": ACCOUNT,
}
ALICE, BOB, CAROL, DAVE = user("alice"), user("bob"), user("carol"), user("dave")
DEPLOY = role("deploy-pipeline", "build-4711")
THUMBNAILS = role("thumbnails-function", "thumbnails")


def call(clock, who, service, name, request=None, response=None, *, read=False, error=None, on=(), ip=OFFICE, agent=CLI, **more):
    record = {
        "eventVersion": "1.11",
        "userIdentity": who,
        "eventTime": at(clock),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1" if service in ("iam", "signin") else REGION,
        "sourceIPAddress": ip,
        "userAgent": agent,
    }
    if error:
        record["errorCode"], record["errorMessage"] = error
    record |= {
        "requestParameters": request,
        "responseElements": response,
        "requestID": new_id(),
        "eventID": new_id(),
        "readOnly": read,
    }
    if on:
        record["resources"] = [{"accountId": ACCOUNT, "type": kind, "ARN": arn} for kind, arn in on]
    record |= {
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }
    return record | more


def reads(clock, who, service, names, **more):
    return [call(clock, who, service, name, read=True, **more) for name in names]


def sign_in(clock, who, ok=True, mfa=True, ip=OFFICE):
    identity = {field: value for field, value in who.items() if field != "accessKeyId"}
    return call(
        clock, identity, "signin", "ConsoleLogin", None, {"ConsoleLogin": "Success" if ok else "Failure"}, ip=ip, agent=BROWSER,
        eventType="AwsConsoleSignIn",
        additionalEventData={
            "LoginTo": "https://console.aws.amazon.com/console/home",
            "MobileVersion": "No",
            "MFAUsed": "Yes" if mfa else "No",
        },
        **({} if ok else {"errorMessage": "Failed authentication"}),
    )


def bucket(name, key=""):
    arn = f"arn:aws:s3:::{name}"
    found = [("AWS::S3::Bucket", arn)]
    return [("AWS::S3::Object", f"{arn}/{key}"), *found] if key else found


def arn(service, name, region=REGION):
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{name}"


KEY = [("AWS::KMS::Key", arn("kms", "key/5d0c4f2e-8a17-4c62-9f6b-3b1f0c9ad201"))]
INVOICES = bucket("acme-invoices")
DENIED = "User: {} is not authorized to perform: {} because no identity-based policy allows the action"


def denied(who, action, code="AccessDenied"):
    return code, DENIED.format(who["arn"], action)


def sign_ins():
    nobody = {"type": "IAMUser", "accountId": ACCOUNT, "accessKeyId": "", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS"}
    return [
        sign_in("07:58", ALICE),
        sign_in("08:31", BOB, ok=False, mfa=False),
        sign_in("08:31", BOB, ok=False, mfa=False),
        sign_in("08:32", BOB, mfa=False),
        sign_in("09:05", CAROL),
        sign_in("12:40", ROOT),
        sign_in("13:59", ALICE, ip=HOME),
        sign_in("16:20", nobody, ok=False, mfa=False, ip=AWAY),
        sign_in("16:20", nobody, ok=False, mfa=False, ip=AWAY),
        sign_in("16:21", DAVE, ok=False, mfa=False, ip=AWAY),
        call("08:33", BOB, "signin", "CheckMfa", None, {"CheckMfa": "Success"}, agent=BROWSER, eventType="AwsConsoleSignIn"),
        call("17:45", ALICE, "signin", "ConsoleLogout", ip=HOME, agent=BROWSER, eventType="AwsConsoleSignOut"),
    ]


def alice_and_her_servers():
    new = "i-0a53c1d9e7f24b680"
    instance = {"instancesSet": {"items": [{"instanceId": new}]}}
    image = {"imageId": "ami-0f1e2d3c4b5a69788", "minCount": 1, "maxCount": 1}
    yield from reads("08:02:11", ALICE, "ec2", ["DescribeInstances", "DescribeImages", "DescribeSubnets", "DescribeSecurityGroups"])
    yield call("08:04:40", ALICE, "ec2", "RunInstances", {"instancesSet": {"items": [image]}, "instanceType": "t4g.small"}, instance)
    yield call("08:04:41", ALICE, "ec2", "CreateTags", {"resourcesSet": {"items": [{"resourceId": new}]}, "tagSet": {"items": [{"key": "Name", "value": "invoice-worker"}]}}, {"_return": True})
    open_ssh = {"groupId": "sg-07b1c2d3e4f5a6978", "ipPermissions": {"items": [{"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}]}}
    yield call("08:09", ALICE, "ec2", "AuthorizeSecurityGroupIngress", open_ssh, {"_return": True})
    yield call("08:55", ALICE, "ec2", "RevokeSecurityGroupIngress", open_ssh, {"_return": True})
    yield call("10:20", ALICE, "ec2", "StopInstances", instance, {"instancesSet": {"items": [{"instanceId": new, "currentState": {"code": 64, "name": "stopping"}}]}})
    yield call("10:31", ALICE, "ec2", "TerminateInstances", instance, error=("Client.OperationNotPermitted", f"The instance '{new}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again."))
    yield call("10:33", ALICE, "ec2", "StartInstances", instance, {"instancesSet": {"items": [{"instanceId": new, "currentState": {"code": 0, "name": "pending"}}]}})
    yield call("14:05", ALICE, "rds", "CreateDBSnapshot", {"dBInstanceIdentifier": "orders", "dBSnapshotIdentifier": "before-upgrade"}, {"status": "creating"}, on=[("AWS::RDS::DBInstance", arn("rds", "db:orders"))], ip=HOME)
    yield call("14:20", ALICE, "rds", "ModifyDBInstance", {"dBInstanceIdentifier": "orders", "engineVersion": "17.6", "applyImmediately": True}, {"dBInstanceStatus": "upgrading"}, on=[("AWS::RDS::DBInstance", arn("rds", "db:orders"))], ip=HOME)
    yield from reads("14:21:05", ALICE, "rds", ["DescribeDBInstances", "DescribeEvents"], ip=HOME)
    yield call("15:02", ALICE, "ec2", "ModifyInstanceAttribute", {"instanceId": new, "disableApiTermination": {"value": False}}, {"_return": True}, ip=HOME)
    yield call("15:03", ALICE, "ec2", "TerminateInstances", instance, {"instancesSet": {"items": [{"instanceId": new, "currentState": {"code": 32, "name": "shutting-down"}}]}}, ip=HOME)


def bob_and_his_buckets():
    yield call("08:40", BOB, "s3", "CreateBucket", {"bucketName": "acme-invoices", "Host": f"s3.{REGION}.amazonaws.com"}, on=INVOICES)
    yield call("08:41", BOB, "s3", "PutBucketEncryption", {"bucketName": "acme-invoices", "encryption": ""}, on=INVOICES)
    yield call("08:42", BOB, "s3", "PutBucketPolicy", {"bucketName": "acme-invoices", "bucketPolicy": {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}]}}, on=INVOICES, error=("AccessDenied", "public policies are blocked by the BlockPublicPolicy block public access setting"))
    yield from reads("08:44:30", BOB, "s3", ["GetBucketPolicyStatus", "GetBucketEncryption"], on=INVOICES)
    yield call("08:52", BOB, "s3", "ListBuckets", read=True)
    objects = {"managementEvent": False, "eventCategory": "Data"}
    for number in range(1, 9):
        key = f"2026/11/invoice-{number:04}.pdf"
        yield call("09:30:00", BOB, "s3", "PutObject", {"bucketName": "acme-invoices", "key": key}, {"x-amz-server-side-encryption": "aws:kms"}, on=bucket("acme-invoices", key), **objects)
    for number in range(1, 9):
        key = f"2026/11/invoice-{number:04}.pdf"
        yield call("09:30:02", THUMBNAILS, "s3", "GetObject", {"bucketName": "acme-invoices", "key": key}, read=True, on=bucket("acme-invoices", key), ip="10.0.12.9", agent="aws-sdk-rust/1.3.9 os/linux lang/rust/1.95.0", **objects)
    yield call("11:15", BOB, "s3", "DeleteBucket", {"bucketName": "acme-invoices-old"}, on=bucket("acme-invoices-old"), error=("BucketNotEmpty", "The bucket you tried to delete is not empty"))
    yield call("11:20", BOB, "dynamodb", "CreateTable", {"tableName": "invoice-numbers", "billingMode": "PAY_PER_REQUEST"}, {"tableDescription": {"tableStatus": "CREATING"}}, on=[("AWS::DynamoDB::Table", arn("dynamodb", "table/invoice-numbers"))])
    yield call("11:20", BOB, "dynamodb", "DescribeTable", {"tableName": "invoice-numbers"}, read=True, on=[("AWS::DynamoDB::Table", arn("dynamodb", "table/invoice-numbers"))])
    yield call("11:24", BOB, "dynamodb", "UpdateTimeToLive", {"tableName": "invoice-numbers", "timeToLiveSpecification": {"enabled": True, "attributeName": "expires"}}, on=[("AWS::DynamoDB::Table", arn("dynamodb", "table/invoice-numbers"))])
    yield call("11:40", BOB, "kms", "ScheduleKeyDeletion", {"keyId": KEY[0][1], "pendingWindowInDays": 7}, on=KEY, error=denied(BOB, "kms:ScheduleKeyDeletion"))


def the_pipeline():
    deploys = {"ip": "10.0.3.41", "agent": TERRAFORM}
    stack = [("AWS::CloudFormation::Stack", arn("cloudformation", "stack/shop/7f3c0d52"))]
    function = [("AWS::Lambda::Function", arn("lambda", "function:checkout"))]
    yield call("06:00:00", {"type": "WebIdentityUser", "principalId": "ci:acme/shop", "userName": "acme/shop"}, "sts", "AssumeRoleWithWebIdentity", {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/deploy-pipeline", "roleSessionName": "build-4711"}, {"credentials": {"accessKeyId": DEPLOY["accessKeyId"]}}, read=True, on=[("AWS::IAM::Role", f"arn:aws:iam::{ACCOUNT}:role/deploy-pipeline")], **deploys)
    yield call("06:00:04", DEPLOY, "cloudformation", "CreateChangeSet", {"stackName": "shop", "changeSetName": "build-4711"}, {"id": "build-4711"}, on=stack, **deploys)
    for second in range(6, 18, 2):
        yield call(f"06:00:{second:02}", DEPLOY, "cloudformation", "DescribeChangeSet", {"changeSetName": "build-4711"}, read=True, on=stack, **deploys)
    yield call("06:00:19", DEPLOY, "cloudformation", "ExecuteChangeSet", {"changeSetName": "build-4711"}, on=stack, **deploys)
    yield call("06:00:24", DEPLOY, "lambda", "UpdateFunctionCode20150331v2", {"functionName": "checkout", "dryRun": False}, {"codeSha256": "iYl1Xk2Pq0nC3b8JmT9eWfG5rHsD7uVz4aLoN6yRt1E="}, on=function, invokedBy="cloudformation.amazonaws.com", **deploys)
    yield call("06:00:31", DEPLOY, "lambda", "GetFunction20150331v2", {"functionName": "checkout"}, read=True, on=function, **deploys)
    yield call("06:00:40", DEPLOY, "iam", "PassRole", {"roleName": "checkout-function"}, error=denied(DEPLOY, "iam:PassRole"), **deploys)
    yield call("06:00:52", DEPLOY, "cloudformation", "DescribeStacks", {"stackName": "shop"}, read=True, on=stack, **deploys)
    yield call("06:01:10", DEPLOY, "kms", "Decrypt", {"encryptionContext": {"service": "checkout"}}, read=True, on=KEY, **deploys)
    yield call("06:01:10", DEPLOY, "kms", "GenerateDataKey", {"keyId": KEY[0][1], "keySpec": "AES_256"}, read=True, on=KEY, **deploys)


def carol_looks_into_it():
    yield call("09:10", CAROL, "cloudtrail", "LookupEvents", {"lookupAttributes": [{"attributeKey": "Username", "attributeValue": "bob"}]}, read=True)
    yield from reads("09:12:30", CAROL, "iam", ["ListUsers", "ListRoles", "GetAccountSummary", "GetAccountPasswordPolicy", "GenerateCredentialReport"])
    yield call("09:14", CAROL, "s3", "GetBucketPolicy", {"bucketName": "acme-invoices"}, read=True, on=INVOICES, error=denied(CAROL, "s3:GetBucketPolicy"))
    yield call("09:20", CAROL, "cloudtrail", "DescribeTrails", {"trailNameList": []}, read=True)
    yield call("16:40", CAROL, "cloudtrail", "LookupEvents", {"lookupAttributes": [{"attributeKey": "AccessKeyId", "attributeValue": DAVE["accessKeyId"]}]}, read=True)
    yield call("16:44", CAROL, "iam", "ListAccessKeys", {"userName": "dave"}, read=True)
    yield call("16:45", CAROL, "iam", "UpdateAccessKey", {"userName": "dave", "accessKeyId": DAVE["accessKeyId"], "status": "Inactive"}, error=denied(CAROL, "iam:UpdateAccessKey"))


def a_forgotten_key():
    """Dave left in spring. Somebody found his key."""
    away = {"ip": AWAY, "agent": "Boto3/1.40.2 md/Botocore#1.40.2 ua/2.1 os/linux lang/python#3.9.2"}
    yield call("16:22:01", DAVE, "sts", "GetCallerIdentity", read=True, **away)
    yield call("16:22:02", DAVE, "s3", "ListBuckets", read=True, error=denied(DAVE, "s3:ListAllMyBuckets"), **away)
    yield call("16:22:02", DAVE, "iam", "ListUsers", read=True, error=denied(DAVE, "iam:ListUsers"), **away)
    yield call("16:22:03", DAVE, "iam", "CreateAccessKey", {"userName": "alice"}, error=denied(DAVE, "iam:CreateAccessKey"), **away)
    yield call("16:22:03", DAVE, "ec2", "RunInstances", {"instanceType": "p5.48xlarge"}, error=denied(DAVE, "ec2:RunInstances", "Client.UnauthorizedOperation"), **away)
    yield call("16:22:04", DAVE, "cloudtrail", "StopLogging", {"name": "company"}, error=denied(DAVE, "cloudtrail:StopLogging"), **away)


def root_puts_it_right():
    yield call("16:52", ROOT, "iam", "UpdateAccessKey", {"userName": "dave", "accessKeyId": DAVE["accessKeyId"], "status": "Inactive"}, agent=BROWSER)
    yield call("16:53", ROOT, "iam", "DeleteAccessKey", {"userName": "dave", "accessKeyId": DAVE["accessKeyId"]}, on=[("AWS::IAM::User", DAVE["arn"])], agent=BROWSER)
    yield call("16:54", ROOT, "iam", "DeleteUser", {"userName": "dave"}, on=[("AWS::IAM::User", DAVE["arn"])], agent=BROWSER)
    yield call("12:45", ROOT, "iam", "CreateVirtualMFADevice", {"virtualMFADeviceName": "safe"}, {"virtualMFADevice": {"serialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/safe"}}, agent=BROWSER)


def services_of_their_own():
    service = {"accountId": ACCOUNT, "invokedBy": "kms.amazonaws.com"}
    yield call("03:12", service, "kms", "RotateKey", None, None, on=KEY, ip="kms.amazonaws.com", agent="kms.amazonaws.com", eventType="AwsServiceEvent", serviceEventDetails={"rotationType": "AUTOMATIC"})
    yield call("09:29:59", {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}, "sts", "AssumeRole", {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/thumbnails-function", "roleSessionName": "thumbnails"}, {"credentials": {"accessKeyId": THUMBNAILS["accessKeyId"]}}, read=True, on=[("AWS::IAM::Role", f"arn:aws:iam::{ACCOUNT}:role/thumbnails-function")], ip="lambda.amazonaws.com", agent="lambda.amazonaws.com")


# --- K2, NGN, CROC -------------------------------------------------------------------------------------------------------


def k2(clock, who, name, request=None, response=None, *, project="warehouse", read=False, error=None, ip=None, kind="AwsApiCall", extra=None):
    record = {
        "eventVersion": "1.05",
        "userName": who,
        "project": project,
        "recipientAccountId": "acme@example.test",
        "eventTime": at(clock),
        "eventName": name,
        "eventType": kind,
        "requestID": new_id(),
        "eventID": new_id(),
        "readOnly": read,
        "requestParameters": request or {},
        "responseElements": None if read else response,
    }
    if error:
        record["errorCode"], record["errorMessage"] = error
    if ip:
        record["sourceIPAddress"] = ip
    if extra:
        record["additionalEventData"] = extra
    return record


def k2_day():
    anna, igor, system = "anna@example.test", "igor@example.test", "system"
    web, office = "s-8f14e45f", {"ip": OFFICE}
    yield k2("08:10", anna, "OpenSession", ip=OFFICE, kind="AwsConsoleSignIn", extra={"sessionId": web, "twoFactorUsed": True})
    yield k2("08:11", anna, "DescribeInstances", read=True, **office)
    yield k2("08:11", anna, "DescribeVolumes", read=True, **office)
    yield k2("08:15", anna, "RunInstances", {"ImageId": "cmi-3A5C7E90", "InstanceType": "m5.large", "MaxCount": 1}, {"instancesSet": [{"instanceId": "i-5B7D9F13"}]}, **office)
    yield k2("08:17", anna, "CreateVolume", {"Size": 64, "VolumeType": "gp2"}, {"volumeId": "vol-2C4E6A81"}, **office)
    yield k2("08:17", anna, "AttachVolume", {"VolumeId": "vol-2C4E6A81", "InstanceId": "i-5B7D9F13"}, {"status": "attaching"}, **office)
    yield k2("08:20", anna, "AllocateAddress", {}, {"publicIp": "203.0.113.140"}, **office)
    yield k2("08:20", anna, "AssociateAddress", {"PublicIp": "203.0.113.140", "InstanceId": "i-5B7D9F13"}, {"return": True}, **office)
    yield k2("09:40", anna, "CloseSession", ip=OFFICE, kind="AwsConsoleSignOut", extra={"sessionId": web})
    yield k2("10:01", igor, "OpenSession", ip=HOME, kind="AwsConsoleSignIn", error=("AuthFailure", "Wrong password"), extra={"twoFactorUsed": False})
    yield k2("10:02", igor, "ADOpenSession", ip=HOME, kind="AwsConsoleSignIn", extra={"sessionId": "s-c9f0f895", "identityProvider": "acme-ad"})
    yield k2("10:05", igor, "DeleteVolume", {"VolumeId": "vol-2C4E6A81"}, ip=HOME, error=("VolumeInUse", "Volume vol-2C4E6A81 is attached to instance i-5B7D9F13"))
    yield k2("10:06", igor, "DescribeSnapshots", read=True, ip=HOME, project="archive")
    yield k2("10:09", igor, "CreateSnapshot", {"VolumeId": "vol-2C4E6A81", "Description": "перед обновлением"}, {"snapshotId": "snap-7D9E1F35", "status": "pending"}, ip=HOME, project="archive")
    yield k2("10:39", igor, "AutoCloseSession", kind="AwsConsoleAutoSignOut", extra={"sessionId": "s-c9f0f895", "reason": "timeout"})
    yield k2("11:00", anna, "CreateTrail", {"Name": "company", "S3BucketName": "acme-audit", "S3KeyPrefix": "k2"}, {"Name": "company"}, project="security")
    yield k2("11:00", anna, "StartLogging", {"Name": "company"}, {}, project="security")
    yield k2("11:02", anna, "GetTrailStatus", {"Name": "company"}, read=True, project="security")
    yield k2("11:30", anna, "CreateUser", {"UserName": "lev@example.test"}, {"user": {"userName": "lev@example.test"}}, project="security")
    yield k2("11:31", anna, "AttachUserPolicy", {"UserName": "lev@example.test", "PolicyName": "StorageReadOnly"}, {}, project="security")
    yield k2("12:00", "lev@example.test", "ListBuckets", read=True, project="archive")
    yield k2("12:01", "lev@example.test", "DeleteBucket", {"Bucket": "acme-audit"}, error=("AccessDenied", "Access denied"), project="archive")
    yield k2("13:30", anna, "StopInstances", {"InstanceId": ["i-5B7D9F13"]}, {"instancesSet": [{"instanceId": "i-5B7D9F13", "currentState": "stopping"}]})
    yield k2("13:31", anna, "ModifyInstanceAttribute", {"InstanceId": "i-5B7D9F13", "InstanceType": "m5.xlarge"}, {"return": True})
    yield k2("13:33", anna, "StartInstances", {"InstanceId": ["i-5B7D9F13"]}, {"instancesSet": [{"instanceId": "i-5B7D9F13", "currentState": "pending"}]})
    yield k2("22:00", system, "CreateSnapshot", {"VolumeId": "vol-2C4E6A81", "Description": "nightly"}, {"snapshotId": "snap-9A1B3C57"}, project="archive")
    yield k2("22:05", system, "DeleteSnapshot", {"SnapshotId": "snap-1F3A5B79"}, {"return": True}, project="archive")


# --- VK ------------------------------------------------------------------------------------------------------------------


def vk(clock, who, source, action, method, uri, request="", response="", ok=True, agent=BROWSER):
    record = {
        "event_id": new_id(),
        "user_id": uuid.uuid5(uuid.NAMESPACE_DNS, who).hex,
        "timestamp": at(clock),
        "source": source,
        "action": action,
        "success": "yes" if ok else "no",
        "method": method,
        "uri": uri,
        "request_id": f"req-{new_id()}",
        "request_body": request if isinstance(request, str) else json.dumps(request),
        "response_body": response if isinstance(response, str) else json.dumps(response),
    }
    if "@" in who:
        record["user_email"] = who
    if agent:
        record["user_agent"] = agent
    return record


def vk_day():
    olga, pavel, robot = "olga@example.test", "pavel@example.test", "autoscaler"
    server = "/v2.1/servers/6f1c2d3e-4b5a-4c6d-8e7f-901a2b3c4d5e"
    volume = "/v3/volumes/0d1e2f3a-4b5c-4d6e-9f70-8192a3b4c5d6"
    cluster = "/infra/container/v1/clusters/9b8a7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d"
    yield vk("07:30", olga, "iam", "create-user", "POST", "/v3/users", {"user": {"name": pavel}}, {"user": {"name": pavel, "enabled": True}})
    yield vk("07:31", olga, "iam", "assign-role", "PUT", "/v3/projects/b5b7ffd4ef3c4d1c9a2e/users/pavel/roles/member")
    yield vk("08:05", pavel, "nova", "create-vm", "POST", "/v2.1/servers", {"server": {"name": "shop-1", "flavorRef": "STD3-2-4"}}, {"server": {"id": server.rsplit("/", 1)[1]}})
    yield vk("08:05", pavel, "cinder", "create-volume", "POST", "/v3/volumes", {"volume": {"size": 50, "volume_type": "ceph-ssd"}}, {"volume": {"status": "creating"}})
    yield vk("08:06", pavel, "nova", "vm-action", "POST", server + "/action", {"os-start": None})
    yield vk("08:07", pavel, "neutron", "create-floating-ip", "POST", "/v2.0/floatingips", {"floatingip": {}}, {"floatingip": {"floating_ip_address": "203.0.113.18"}})
    yield vk("08:09", pavel, "neutron", "create-security-group-rule", "POST", "/v2.0/security-group-rules", {"security_group_rule": {"port_range_min": 443, "port_range_max": 443}})
    yield vk("08:20", pavel, "nova", "get-vm", "GET", server, "", {"server": {"status": "ACTIVE"}})
    yield vk("08:21", pavel, "nova", "list-vms", "GET", "/v2.1/servers/detail")
    yield vk("09:00", pavel, "glance", "create-image", "POST", "/v2/images", {"name": "shop-golden"}, {"status": "queued"})
    yield vk("09:02", pavel, "glance", "upload-image", "PUT", "/v2/images/shop-golden/file", "<BINARY_DATA>")
    yield vk("09:30", pavel, "octavia", "create-load-balancer", "POST", "/v2/lbaas/loadbalancers", {"loadbalancer": {"name": "shop"}}, {"loadbalancer": {"provisioning_status": "PENDING_CREATE"}})
    yield vk("09:31", pavel, "octavia", "create-listener", "POST", "/v2/lbaas/listeners", {"listener": {"protocol": "HTTPS"}}, {"faultstring": "Load Balancer is immutable"}, ok=False)
    yield vk("09:35", pavel, "octavia", "create-listener", "POST", "/v2/lbaas/listeners", {"listener": {"protocol": "HTTPS"}}, {"listener": {"protocol_port": 443}})
    yield vk("10:00", olga, "dbaas", "create-instance", "POST", "/v1.0/instances", {"instance": {"datastore": {"type": "postgresql", "version": "17"}}}, {"instance": {"status": "BUILD"}})
    yield vk("10:40", olga, "dbaas", "create-backup", "POST", "/v1.0/backups", {"backup": {"name": "first"}})
    yield vk("11:00", olga, "magnum", "unknown", "PATCH", cluster, '{"delta":1}', '{"uuid": "9b8a7c6d"}')
    yield vk("11:15", robot, "magnum", "scale-node-group", "PATCH", cluster + "/nodegroups/workers/actions/scale", {"delta": 2}, agent=None)
    yield vk("15:15", robot, "magnum", "scale-node-group", "PATCH", cluster + "/nodegroups/workers/actions/scale", {"delta": -2}, agent=None)
    yield vk("12:30", pavel, "cinder", "delete-volume", "DELETE", volume, "", {"badRequest": {"message": "Volume is in use"}}, ok=False)
    yield vk("12:32", pavel, "nova", "detach-volume", "DELETE", server + "/os-volume_attachments/0d1e2f3a")
    yield vk("12:33", pavel, "cinder", "delete-volume", "DELETE", volume)
    yield vk("13:00", olga, "karbor", "create-plan", "POST", "/v1/b5b7ffd4ef3c4d1c9a2e/plans", {"plan": {"name": "daily"}})
    yield vk("17:10", pavel, "nova", "delete-vm", "DELETE", server, "", {"forbidden": {"message": "Policy doesn't allow it"}}, ok=False)


write("cloudtrail-sign-ins.json", sign_ins(), "eventTime")
write(
    "cloudtrail-working-day.json",
    [
        record
        for scene in (
            alice_and_her_servers, bob_and_his_buckets, the_pipeline, carol_looks_into_it, a_forgotten_key,
            root_puts_it_right, services_of_their_own,
        )
        for record in scene()
    ],
    "eventTime",
)  # fmt: skip
write("k2-day.json", list(k2_day()), "eventTime")
write("vk-day.json", list(vk_day()), "timestamp")
