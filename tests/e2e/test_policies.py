"""Roles are enforced here as on AWS: also where they name the keys of items."""

import json
import secrets

import boto3
import pytest
from botocore.exceptions import ClientError

from stack import environment, operator, outputs

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}


def policy_of(role):
    """The text of a role's policy, as the stack has it."""
    resource = operator("cloudformation").describe_stack_resource(
        StackName=environment()["ACTIVITY_LOG_STACK"], LogicalResourceId=role
    )["StackResourceDetail"]
    name = resource["PhysicalResourceId"]
    [policy] = operator("iam").list_role_policies(RoleName=name)["PolicyNames"]
    return json.dumps(operator("iam").get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"])


def client_of(policy):
    """DynamoDB as a role with this policy."""
    iam, name = operator("iam"), f"copy-{secrets.token_hex(4)}"
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="copy", PolicyDocument=policy)
    session = operator("sts").assume_role(RoleArn=arn, RoleSessionName="copy")["Credentials"]
    return boto3.client(
        "dynamodb",
        endpoint_url=environment()["AWS_ENDPOINT_URL_DYNAMODB"],
        region_name=environment()["AWS_REGION"],
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )


def key(partition):
    return {"pk": {"S": f"{partition}#000000000000#test"}, "sk": {"S": secrets.token_hex(8)}}


def item(partition):
    # Gone by itself: the table is the stack's.
    return key(partition) | {"ttl": {"N": "1"}}


def is_allowed(call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDeniedException", error
        return False
    return True


@pytest.mark.parametrize(
    ("spelling", "may"), [("rates#*", {"rates", "usage"}), ("rate#*", {"usage"})], ids=["as it is", "misspelt"]
)
def test_a_condition_on_keys_holds(spelling, may):
    policy = policy_of("IngestRole")
    assert policy.count('"rates#*"') == 1
    client, table = client_of(policy.replace('"rates#*"', f'"{spelling}"')), outputs()["ControlTable"]
    update = {"UpdateExpression": "SET #ttl = :one", "ExpressionAttributeNames": {"#ttl": "ttl"}, "ExpressionAttributeValues": {":one": {"N": "1"}}}
    found = {one for one in ("rates", "usage", "account", "tokens") if is_allowed(client.update_item, TableName=table, Key=key(one), **update)}
    assert found == may


def test_a_transaction_passes_only_if_each_of_its_items_does():
    client, table = client_of(policy_of("LookupRole")), outputs()["ControlTable"]

    def together(*partitions):
        puts = [{"Put": {"TableName": table, "Item": item(partition)}} for partition in partitions]
        return is_allowed(client.transact_write_items, TransactItems=puts)

    assert together("tokens", "tokens")
    assert not together("tokens", "account")
    assert not together("account")
