"""Who may do what: each of the operator's commands by what it changes for a real call."""

import json
import secrets

import pytest
from botocore.exceptions import ClientError

from records import envelope, record
from reports import Refused, Rest
from stack import Account, await_value, cloudtrail, environment, run, send

GROUPS = ("ActivityLogAdministrators", "CloudTrailAdministrator")
SECONDS = 30
READS, DENIED = "reads", "AccessDeniedException"


def lookup(key):
    """What a lookup comes to with this key."""
    try:
        cloudtrail(key, attempts=1).lookup_events()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return READS


def becomes(get, wanted):
    """Changes count from the next request on, or from when what was read before is forgotten."""
    await_value(get, lambda now: now == wanted, wanted, SECONDS)


def user(account, *permissions):
    name = f"user-{secrets.token_hex(4)}"
    return account.key(name, *permissions)


def by_token(token, method, path, body=b"", **headers):
    return send(method, path, body, headers={"X-Auth-Token": token} | headers)


def lookup_by_token(token):
    headers = {"X-Amz-Target": "CloudTrail_20131101.LookupEvents", "Content-Type": "application/x-amz-json-1.1"}
    response = by_token(token, "POST", "/", b"{}", **headers)
    return READS if response.status_code == 200 else json.loads(response.text)["__type"].rpartition("#")[2]


# --- groups and permissions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("project", ["default", "another"])
def test_a_member_in_any_project_reads_the_whole_account(account, group, project):
    event = record(project="elsewhere")
    assert send("POST", "/v1/events", envelope(event), account.producer).status_code == 200
    if project == "default":
        project = account.id
    else:
        project = f"p-{secrets.token_hex(4)}"
        account.alog("project", "create", project)
    key = user(account)
    assert lookup(key) == DENIED
    said = account.alog("group", "add", "--user", key.user, "--project", project, group).stdout
    # The role is the same group under another name.
    granted = f"{GROUPS[0]}@{project}"
    assert said == f"granted {granted} to {key.user} of account {account.id}, who has now: {granted}\n"
    becomes(lambda: lookup(key), READS)
    assert event["eventID"] in [found["EventId"] for found in account.events(client=cloudtrail(key))]
    # What one name gave, the other takes.
    other = GROUPS[1 - GROUPS.index(group)]
    said = account.alog("group", "remove", "--user", key.user, "--project", project, other).stdout
    assert said == f"revoked {granted} from {key.user} of account {account.id}, who has now: nothing\n"
    becomes(lambda: lookup(key), DENIED)


def test_a_group_is_left_in_each_project_by_itself(account):
    key, other = user(account), f"p-{secrets.token_hex(4)}"
    account.alog("project", "create", other)
    for project in (account.id, other):
        account.alog("group", "add", "--user", key.user, "--project", project, GROUPS[0])
    account.alog("group", "remove", "--user", key.user, "--project", other, GROUPS[0])
    becomes(lambda: lookup(key), READS)
    account.alog("group", "remove", "--user", key.user, "--project", account.id, GROUPS[0])
    becomes(lambda: lookup(key), DENIED)


def test_a_permission_of_one_project_is_good_for_all(account):
    project = f"p-{secrets.token_hex(4)}"
    account.alog("project", "create", project)
    key = user(account)
    said = account.alog("grant", "--user", key.user, "--project", project, "administrator").stdout
    granted = f"administrator@{project}"
    assert said == f"granted {granted} to {key.user} of account {account.id}, who has now: {granted}\n"
    becomes(lambda: lookup(key), READS)
    account.alog("revoke", "--user", key.user, "--project", project, "administrator")
    becomes(lambda: lookup(key), DENIED)


def test_what_is_not_there_is_named(account):
    key = user(account)
    for command, says in [
        (("group", "add", "--user", key.user, "--project", "unmade", GROUPS[0]), "unmade"),
        (("group", "add", "--user", key.user, "--project", account.id, "Administrators"), "ActivityLogAdministrators"),
        (("grant", "--user", key.user, "--project", "unmade", "storage"), "unmade"),
        (("grant", "--user", "nobody-here", "storage"), "nobody-here"),
        (("token", "create", "--user", "nobody-here"), "nobody-here"),
    ]:
        done = account.alog(*command, check=False)
        assert done.returncode != 0 and says in done.stderr, done


def test_a_producer_sends_and_reads_nothing(account):
    key = user(account, "producer")
    assert send("POST", "/v1/events", envelope(record()), key).status_code == 200
    assert lookup(key) == DENIED
    with pytest.raises(Refused) as refused:
        Rest(key).reports()
    assert (refused.value.status, refused.value.code) == (403, DENIED)
    assert send("GET", f"/v1/{account.id}/logs", key=key).status_code == 403
    account.alog("revoke", "--user", key.user, "producer")
    await_value(lambda: send("POST", "/v1/events", envelope(record()), key).status_code, lambda now: now == 403, "403", SECONDS)


# --- keys -------------------------------------------------------------------------------------------------------------


def test_a_key_is_rotated_without_a_gap(account):
    old = user(account, "administrator")
    new = account.another_key(old.user)
    assert (lookup(old), lookup(new)) == (READS, READS)
    third = account.alog("key", "create", "--user", old.user, check=False)
    assert third.returncode == 1 and "2" in third.stderr, third
    account.alog("key", "disable", "--user", old.user, old.id)
    becomes(lambda: lookup(old), "UnrecognizedClientException")
    assert lookup(new) == READS
    assert f"{old.id}  inactive" in account.alog("key", "list", "--user", old.user).stdout
    account.alog("key", "enable", "--user", old.user, old.id)
    becomes(lambda: lookup(old), READS)


def test_a_deleted_user_s_keys_and_tokens_are_nobody_s(account):
    key = user(account, "administrator")
    token = account.token(key.user)
    assert (lookup(key), lookup_by_token(token)) == (READS, READS)
    account.alog("user", "delete", key.user)
    becomes(lambda: lookup(key), "UnrecognizedClientException")
    becomes(lambda: lookup_by_token(token) == READS, False)
    assert key.user not in account.alog("user", "list").stdout
    system = account.alog("user", "delete", "system", check=False)
    assert system.returncode == 1 and "cannot be deleted" in system.stderr


# --- tokens -----------------------------------------------------------------------------------------------------------


def test_a_token_is_printed_alone_and_good_for_every_protocol(account):
    key = user(account, "administrator", "producer")
    made = account.alog("token", "create", "--user", key.user, "--hours", "1")
    token = made.stdout.removesuffix("\n")
    assert token not in made.stderr and not set(token) & set(" \n")
    assert made.stderr.startswith("made token ")
    id = made.stderr.split()[2]
    assert lookup_by_token(token) == READS
    assert by_token(token, "GET", "/v1/reports").status_code == 200
    assert by_token(token, "GET", f"/v1/{account.id}/logs").status_code == 200
    assert by_token(token, "POST", "/v1/events", envelope(record())).status_code == 200
    listed = account.alog("token", "list").stdout
    assert id in listed and token not in listed

    account.alog("token", "revoke", id)
    becomes(lambda: lookup_by_token(token) == READS, False)
    assert by_token(token, "GET", "/v1/reports").status_code == 401
    assert by_token(token, "GET", f"/v1/{account.id}/logs").status_code == 401
    again = account.alog("token", "revoke", id, check=False)
    assert again.returncode == 1 and f"no token {id}" in again.stderr


def test_a_token_may_what_its_user_may(account):
    key = user(account, "producer")
    token = account.token(key.user)
    assert by_token(token, "POST", "/v1/events", envelope(record())).status_code == 200
    assert lookup_by_token(token) == DENIED
    account.alog("grant", "--user", key.user, "administrator")
    becomes(lambda: lookup_by_token(token), READS)


def test_a_token_changed_in_one_letter_or_of_another_account_is_refused(account):
    key = user(account, "administrator")
    token = account.token(key.user)
    last = "A" if token[-1] != "A" else "B"
    for wrong in (token[:-1] + last, token[:-1], token + "A", "x", "A" * len(token)):
        assert by_token(wrong, "GET", "/v1/reports").status_code == 401, wrong
        assert by_token(wrong, "GET", f"/v1/{account.id}/logs").status_code == 401, wrong
    other = Account.fresh("access-stranger")
    stranger = other.token(user(other, "administrator").user)
    assert by_token(stranger, "GET", f"/v1/{account.id}/logs").status_code == 404
    assert by_token(stranger, "GET", f"/v1/{other.id}/logs").status_code == 200


def test_a_session_opens_every_protocol_until_it_is_closed(account):
    key = user(account, "administrator")
    response, opened = Rest(key).call("POST", "/v1/session", {"lifetimeSeconds": 3600})
    token = opened["token"]
    assert response.status_code == 201 and opened["session"]["id"] in token
    assert lookup_by_token(token) == READS
    assert by_token(token, "GET", f"/v1/{account.id}/logs").status_code == 200
    assert by_token(token, "DELETE", "/v1/session").status_code == 204
    becomes(lambda: lookup_by_token(token) == READS, False)


def test_the_demo_s_lines_work_as_pasted(account):
    """TOKEN=$(… | tail -n 1), as localstack/up prints it."""
    line = 'TOKEN=$(alog token create --account "$ACTIVITY_LOG_DEMO_ACCOUNT" --user admin | tail -n 1)\n' \
        'curl -sf "$ACTIVITY_LOG_URL/v1/$ACTIVITY_LOG_PROJECT/logs?limit=2" -H "X-Auth-Token: $TOKEN"'
    logs = json.loads(run(["bash", "-c", line]).stdout)["logs"]
    assert len(logs) == 2
    assert environment()["ACTIVITY_LOG_PROJECT"] == environment()["ACTIVITY_LOG_DEMO_ACCOUNT"]
