"""What localstack/up does with the emulator's AWS API, around and after `sam deploy`.

local.py prepare BUCKET        makes the bucket SAM uploads to
local.py finish STACK USER     sets what the emulator leaves out of CloudFormation, makes the demo administrator's IAM user,
                               and prints the stack's outputs and the user's access key as shell assignments
"""

import json
import shlex
import sys

import boto3
from botocore.exceptions import ClientError


def prepare(bucket):
    boto3.client("s3").create_bucket(Bucket=bucket)


def finish(stack, user):
    outputs = stack_outputs(stack)
    for table in (outputs["EventsTable"], outputs["ControlTable"]):
        enable_ttl(table)
    expire(outputs["ImportBucket"], {"": 14})
    expire(outputs["ReportsBucket"], {"reports/": 4, "uploads/": 1, "tails/": 3})
    values = {f"OUT_{name}": value for name, value in outputs.items()}
    if key := demo_access_key(user):
        values["DEMO_KEY_ID"], values["DEMO_SECRET"] = key
    for name, value in values.items():
        print(f"{name}={shlex.quote(value)}")


def stack_outputs(stack):
    description = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in description["Outputs"]}


def enable_ttl(table):
    """ministack ignores TimeToLiveSpecification and PointInTimeRecoverySpecification in a template."""
    dynamodb = boto3.client("dynamodb")
    ttl = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if ttl.get("TimeToLiveStatus") not in ("ENABLED", "ENABLING"):
        dynamodb.update_time_to_live(
            TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"}
        )
    dynamodb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )


def expire(bucket, days_by_prefix):
    """ministack ignores LifecycleConfiguration in a template."""
    rules = [
        {"ID": prefix or "Expire", "Status": "Enabled", "Filter": {"Prefix": prefix}, "Expiration": {"Days": days}}
        for prefix, days in days_by_prefix.items()
    ]
    boto3.client("s3").put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})


def demo_access_key(user):
    """A key that S3 and the logs know too; None when the user has one already."""
    iam = boto3.client("iam")
    try:
        iam.create_user(UserName=user)
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityAlreadyExists":
            raise
        return None
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
            {"Effect": "Allow", "Action": ["logs:FilterLogEvents", "logs:DescribeLogStreams"], "Resource": "*"},
        ],
    }
    iam.put_user_policy(UserName=user, PolicyName="demo", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


if __name__ == "__main__":
    {"prepare": prepare, "finish": finish}[sys.argv[1]](*sys.argv[2:])
