"""docs/production.md: the operator's policy is what `alog`'s operator commands call.

The emulator asks it, of an IAM user who has nothing else.
"""

import json
import re
import secrets

import pytest

from documents import blocks
from stack import environment, operator, outputs, run

# Every command of the operator, in an order in which each finds what it needs; {…} is put in.
COMMANDS = """
account create Operated --id {account}
account list
account rename {account} Renamed
account retention {account} 20
account link --account {account} {other}
user create --account {account} bob
user list --account {account}
project create --account {account} shop
project list --account {account}
bucket assign --account {account} --project shop {bucket}
bucket list --account {account}
grant --account {account} --user bob --project shop storage
group add --account {account} --user bob --project shop ActivityLogAdministrators
key create --account {account} --user bob
key list --account {account} --user bob
key disable --account {account} --user bob {key}
key enable --account {account} --user bob {key}
token create --account {account} --user bob
token list --account {account}
token revoke --account {account} {token}
limits set --account {account} trails=3
limits show --account {account}
subscription show --account {account}
subscription deactivate --account {account}
subscription activate --account {account}
account show --account {account}
trail status
revoke --account {account} --user bob --project shop storage
group remove --account {account} --user bob --project shop ActivityLogAdministrators
key delete --account {account} --user bob {key}
bucket unassign --account {account} {bucket}
project rename --account {account} shop market
project delete --account {account} market
user delete --account {account} bob
account delete {account} --yes
""".strip().splitlines()
NOUNS = ("account", "user", "project", "bucket", "key", "token", "limits", "subscription", "group", "trail")
# Not an operator's: it reads a bucket.
OTHERS = {("trail", "verify")}


def statements():
    """The policy of the document, for this stack."""
    [block] = [block for block in blocks("docs/production.md") if block.file == "operator.json"]
    stack, env = outputs(), environment()
    text = block.text.replace("REGION", env["AWS_REGION"]).replace("ACCOUNT", env["ACTIVITY_LOG_DEMO_ACCOUNT"])
    return json.loads(text.replace("CONTROL_KEY_ARN", stack["ControlKeyArn"]))["Statement"]


def actions():
    return [action for one in statements() for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])]


def without(action):
    """The policy's statements without one action; None takes away nothing."""
    found = []
    for one in statements():
        left = [given for given in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"]) if given != action]
        if left:
            found.append(one | {"Action": left})
    return found


def credentials(allowed):
    """Of a new IAM user who is allowed this."""
    iam, name = operator("iam"), f"operator-{secrets.token_hex(4)}"
    iam.create_user(UserName=name)
    document = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    iam.put_user_policy(UserName=name, PolicyName="operator", PolicyDocument=document)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return {
        "ACTIVITY_LOG_OPERATOR_ACCESS_KEY_ID": made["AccessKeyId"],
        "ACTIVITY_LOG_OPERATOR_SECRET_ACCESS_KEY": made["SecretAccessKey"],
    }


def operate(allowed):
    """Runs the commands as one who is allowed this; gives the first that is refused, and what it said."""
    who = credentials(allowed)
    names = {"account": "", "other": "", "bucket": f"shop-{secrets.token_hex(4)}", "key": "", "token": ""}
    for name in ("account", "other"):
        names[name] = f"{secrets.randbelow(9 * 10**11) + 10**11}"
    for command in COMMANDS:
        done = run(["alog", *command.format(**names).split()], check=False, **who)
        if done.returncode:
            return command, done.stderr
        if command.startswith("key create"):
            names["key"] = re.search(r"AWS_ACCESS_KEY_ID=(\S+)", done.stdout)[1]
        if command.startswith("token list"):
            names["token"] = re.search(r"^(?!ID\b)\S+", done.stdout, re.MULTILINE)[0]
    return None


def test_every_command_of_the_operator_is_tried():
    tried = {tuple(command.split()[:2]) for command in COMMANDS}
    for noun in NOUNS:
        told = run(["alog", noun, "--help"]).stdout
        verbs = re.findall(r"^  ([a-z]+) ", told[told.index("Commands:") : told.index("Options:")], re.MULTILINE)
        missing = {(noun, verb) for verb in verbs if verb != "help"} - tried - OTHERS
        assert not missing, missing


def test_the_policy_is_enough():
    assert operate(statements()) is None


@pytest.mark.parametrize("action", actions())
def test_each_of_its_actions_is_needed(action):
    refused = operate(without(action))
    assert refused, f"nothing calls {action}"
