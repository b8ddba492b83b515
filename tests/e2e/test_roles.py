"""Who audits, and what the operator changes afterwards: by the AWS CLI, boto3 and `alog` as they are pasted."""

import json

import pytest

from records import moment
from reports import Refused, Rest
from stack import Account, await_value, cloudtrail, environment, operator, run
from test_access import DENIED, READS, becomes, by_token, lookup, lookup_by_token, user
from trails import creator, make_bucket

# What the AWS CLI exits with when the service refuses: 255 in version 1, 254 in version 2.
REFUSED = (254, 255)
BODY = {"format": "csv"}


def listed(account, *command, document):
    """A list by its two shapes: the lines under the header, and the document."""
    header, *lines = account.alog(*command).stdout.splitlines()
    assert header == header.upper(), header
    found = json.loads(account.alog(*command, "--json").stdout)
    assert list(found) == [document] and len(found[document]) == len(lines)
    return lines, found[document]


# --- auditors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", [[], ["--project", "audited"]])
def test_an_auditor_reads_everything_and_deletes_no_trail(where):
    account, bucket = Account.fresh("roles-trail"), make_bucket()
    client = cloudtrail(creator(account, bucket))
    client.create_trail(Name="audit", S3BucketName=bucket)
    account.alog("project", "create", "audited")
    key = user(account)
    account.alog("grant", "--user", key.user, *where, "auditor")
    becomes(lambda: lookup(key), READS)
    token = account.token(key.user)
    assert lookup_by_token(token) == READS
    assert by_token(token, "GET", f"/v1/{account.id}/logs").status_code == 200

    def aws(command):
        return run(["aws", "cloudtrail", command, "--name", "audit"], key, check=False)

    assert json.loads(aws("get-trail").stdout)["Trail"]["S3BucketName"] == bucket
    refused = aws("delete-trail")
    assert refused.returncode in REFUSED and "AccessDenied" in refused.stderr, refused
    gives = f"alog grant --account {account.id} --user {key.user} administrator"
    assert "takes the permission administrator" in refused.stderr and gives in refused.stderr
    for command in ("stop-logging", "start-logging"):
        assert aws(command).returncode in REFUSED
    assert [trail["Name"] for trail in client.list_trails()["Trails"]] == ["audit"]
    # What the message says to do makes it so.
    run(gives.split())
    await_value(lambda: aws("delete-trail").returncode, lambda code: code == 0, "a deleted trail", 30)
    assert client.list_trails()["Trails"] == []


def test_an_auditor_makes_and_deletes_reports_of_their_own_and_no_other_s():
    account = Account.fresh("roles-reports")
    mine, other = Rest(account.key("carol", "auditor")), Rest(account.key("alice", "administrator"))
    response, theirs = other.call("POST", "/v1/reports", BODY)
    assert response.status_code == 201
    response, own = mine.call("POST", "/v1/reports", BODY)
    assert response.status_code == 201
    assert {report["id"] for report in mine.reports()} == {theirs["id"], own["id"]}
    with pytest.raises(Refused) as refused:
        mine.call("DELETE", f"/v1/reports/{theirs['id']}")
    assert (refused.value.status, refused.value.code) == (403, DENIED)
    assert theirs["id"] in str(refused.value) and "permission administrator" in str(refused.value)
    # Cancelled, where it was not finished yet, and then deleted.
    for _ in range(2):
        if own["id"] in {report["id"] for report in mine.reports()}:
            mine.call("DELETE", f"/v1/reports/{own['id']}")
    assert {report["id"] for report in mine.reports()} == {theirs["id"]}
    with pytest.raises(Refused) as refused:
        mine.call("POST", "/v1/plugins", {})
    assert (refused.value.status, refused.value.code) == (403, DENIED)


# --- the operator's changes -------------------------------------------------------------------------------------------


def test_every_list_has_a_header_and_is_one_document():
    account = Account.fresh("roles-lists")
    key = account.key("carol", "auditor", "producer")
    account.token("carol")
    account.alog("project", "create", "shop")
    account.alog("bucket", "assign", "--project", "shop", f"shop-{account.id}")
    lines, users = listed(account, "user", "list", document="users")
    assert [one["name"] for one in users] == ["carol", "system"]
    assert users[0]["grants"] == ["auditor", "producer"] and lines[0].endswith("auditor, producer")
    _, keys = listed(account, "key", "list", "--user", "carol", document="accessKeys")
    assert [(one["id"], one["status"]) for one in keys] == [(key.id, "active")]
    _, tokens = listed(account, "token", "list", document="tokens")
    assert [one["user"] for one in tokens] == ["carol"]
    _, projects = listed(account, "project", "list", document="projects")
    assert [(one["id"], one["isDefault"]) for one in projects] == [(account.id, True), ("shop", False)]
    _, buckets = listed(account, "bucket", "list", document="buckets")
    assert buckets == [{"name": f"shop-{account.id}", "project": "shop"}]
    _, limits = listed(account, "limits", "show", document="limits")
    assert {"name": "trails", "value": 2, "default": 2, "isSet": False} in limits
    _, trails = listed(account, "trail", "status", document="trails")
    assert trails == []
    accounts = json.loads(run(["alog", "account", "list", "--json"]).stdout)["accounts"]
    assert {"name": "roles-lists", "retentionDays": None} in [
        {name: one[name] for name in ("name", "retentionDays")} for one in accounts if one["id"] == account.id
    ]


def test_what_was_made_can_be_changed_and_taken_away():
    account = Account.fresh("roles-changes")
    key = account.key("carol", "auditor", "producer")
    changes = [
        (("account", "rename", account.id, "Another"), f'renamed account {account.id} "Another"'),
        (("account", "retention", account.id, "7"), f"events of account {account.id} are kept 7 days now"),
    ]
    for command, says in changes:
        assert run(["alog", *command]).stdout == says + "\n"
    shown = run(["alog", "account", "show", "--account", account.id]).stdout
    assert shown.startswith(f"{account.id} Another\n") and "7 days" in shown
    bucket = f"shop-{account.id}"
    account.alog("project", "create", "shop")
    account.alog("bucket", "assign", "--project", "shop", bucket)
    refused = account.alog("project", "delete", "shop", check=False)
    assert refused.returncode == 1 and bucket in refused.stderr, refused
    account.alog("bucket", "unassign", bucket)
    account.alog("project", "rename", "shop", "store")
    account.alog("project", "delete", "store")
    assert [one["id"] for one in listed(account, "project", "list", document="projects")[1]] == [account.id]
    becomes(lambda: lookup(key), READS)
    account.alog("key", "delete", "--user", "carol", key.id)
    becomes(lambda: lookup(key), "UnrecognizedClientException")
    assert listed(account, "key", "list", "--user", "carol", document="accessKeys")[1] == []


def test_a_deletion_that_was_cut_short_goes_on():
    """As if `alog` had died after its first step: the account's item is gone, and one that says so is there."""
    account = Account.fresh("roles-half")
    key = account.key("alice", "administrator")
    becomes(lambda: lookup(key), READS)
    table, dynamodb = f"{environment()['ACTIVITY_LOG_STACK']}-control", operator("dynamodb")
    for pk, sk in ((f"account#{account.id}", "account"), ("accounts", account.id)):
        dynamodb.delete_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}})
    mark = {"pk": f"account#{account.id}", "sk": "deleted", "name": "roles-half", "status": "deleting", "created": moment()}
    dynamodb.put_item(TableName=table, Item={name: {"S": text} for name, text in mark.items()})
    becomes(lambda: lookup(key), "UnrecognizedClientException")
    refused = run(["alog", "account", "delete", account.id], check=False)
    assert refused.returncode == 1 and "roles-half" in refused.stderr
    said = run(["alog", "account", "delete", account.id, "--yes"]).stdout
    assert said.startswith(f'deleted account {account.id} "roles-half" with 2 users, 1 access key, ')
    left = dynamodb.query(
        TableName=table, KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": f"account#{account.id}"}}
    )["Items"]
    assert [(item["sk"]["S"], item["status"]["S"]) for item in left] == [("deleted", "deleted")]
    again = run(["alog", "account", "delete", account.id, "--yes"], check=False)
    assert again.returncode == 1 and f"no account {account.id}" in again.stderr


def test_a_deleted_account_is_gone_with_all_it_had():
    account = Account.fresh("roles-deleted")
    key = account.key("alice", "administrator")
    token = account.token("alice")
    assert Rest(key).call("POST", "/v1/reports", BODY)[0].status_code == 201
    becomes(lambda: lookup(key), READS)
    refused = run(["alog", "account", "delete", account.id], check=False)
    assert refused.returncode == 1 and "nothing was done" in refused.stderr and "--yes" in refused.stderr
    assert lookup(key) == READS
    said = run(["alog", "account", "delete", account.id, "--name", "roles-deleted"]).stdout
    assert said.startswith(f'deleted account {account.id} "roles-deleted" with 2 users, 1 access key, 1 token, 0 trails, 1 report,')
    becomes(lambda: lookup(key), "UnrecognizedClientException")
    assert lookup_by_token(token) != READS
    assert account.id not in run(["alog", "account", "list"]).stdout
    for command in (["alog", "user", "list", "--account", account.id], ["alog", "account", "delete", account.id, "--yes"]):
        done = run(command, check=False)
        assert done.returncode == 1 and f"no account {account.id}" in done.stderr, done
    again = run(["alog", "account", "create", "again", "--id", account.id], check=False)
    assert again.returncode == 1 and "is not given again" in again.stderr
    assert environment()["ACTIVITY_LOG_DEMO_ACCOUNT"] in run(["alog", "account", "list"]).stdout
