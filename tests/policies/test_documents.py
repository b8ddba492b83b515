"""What can be told of the documents without running them: tests that they name are there, blocks say what they are, tables
can be read, policies name what there is.

tests/e2e/test_documents.py runs their commands.
"""

import json
import re

import botocore.session
import pytest

from documents import FILE, NOT_RUN, ROOT, blocks, cells, documents
from template import Template

NAMED = sorted(set(re.findall(r"`([\w./-]+\.(?:rs|py))(?:::(\w+))?`", (ROOT / "docs/security.md").read_text())))
LANGUAGES = {"sh", "text", "json", "rust", "c", "js", "yaml", "toml"}
# Characters of a table's cell: more is a paragraph.
MOST_IN_A_CELL = 159
LEAST_REASON = 15


def test_the_document_names_tests():
    assert len(NAMED) > 50


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_what_it_names_is_there(path, name):
    file = ROOT / path
    assert file.is_file(), f"{path} is not there"
    if name:
        # A conformance test is a function of that name, which a macro may make tests of.
        assert re.search(rf"\b(?:fn|def) {name}\b", file.read_text()), f"{path} has no {name}"


def test_documents_are_found():
    assert {"README.md", "docs/api.md", "docs/production.md", "plugins/template/rust/README.md"} <= set(documents())


@pytest.mark.parametrize("document", documents())
def test_each_block_says_what_it_is_and_why_it_is_not_run(document):
    wrong = []
    for block in blocks(document):
        if block.language not in LANGUAGES:
            wrong.append(f"{block}: ```{block.language}: one of {', '.join(sorted(LANGUAGES))}")
        if not block.note or block.file:
            continue
        if not block.note.startswith((NOT_RUN, FILE)):
            wrong.append(f"{block}: after the language comes '{NOT_RUN} REASON' or '{FILE} NAME', or nothing")
        elif block.language != "sh" or len(block.note.removeprefix(NOT_RUN).strip()) < LEAST_REASON:
            wrong.append(f"{block}: only commands are not run, and why is said in {LEAST_REASON} characters or more")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("document", documents())
def test_who_runs_it_instead_is_there(document):
    reasons = [block for block in blocks(document) if block.note.startswith(NOT_RUN)]
    named = [(block, path) for block in reasons for path in re.findall(r"[\w./-]+/[\w-]+\.(?:py|rs)", block.note)]
    missing = [f"{block}: {path}" for block, path in named if not (ROOT / path).is_file()]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("document", documents())
def test_commands_have_no_prompt(document):
    """What they print is a block of its own, which the tests compare."""
    prompts = [str(block) for block in blocks(document) if block.language == "sh" and re.search(r"^[$>] ", block.text, re.MULTILINE)]
    assert not prompts


@pytest.mark.parametrize("document", documents())
def test_a_table_can_be_read(document):
    long = [f"{document}:{line}: {len(cell)} characters: {cell[:60]}…" for line, cell in cells(document) if len(cell) > MOST_IN_A_CELL]
    assert not long, "\n".join(long)


# --- the policies of docs/production.md -----------------------------------------------------------------------------------

# Actions that are no operation of the service's API, or have another name there.
NO_OPERATIONS = {
    "apigateway": {"GET", "POST", "PUT", "PATCH", "DELETE"},
    "iam": {"PassRole"},
    "dynamodb": {"ConditionCheckItem"},
    "logs": {"CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery", "ListLogDeliveries"},
    "s3": {
        "PutBucketPublicAccessBlock",
        "PutEncryptionConfiguration",
        "PutLifecycleConfiguration",
        "PutBucketNotification",
        "ListBucket",
    },
}
# What a service of CloudFormation's resource types is called in actions.
ACTIONS_OF = {"apigatewayv2": "apigateway", "serverless": "lambda"}


def policy(name):
    [block] = [block for block in blocks("docs/production.md") if block.file == name]
    return json.loads(block.text)["Statement"]


def actions(name):
    """Pairs of a service and an action, of all statements."""
    listed = [statement["Action"] for statement in policy(name)]
    return [action.split(":") for several in listed for action in ([several] if isinstance(several, str) else several)]


@pytest.mark.parametrize("name", ["deployer.json", "operator.json"])
def test_every_action_of_a_policy_exists(name):
    models = botocore.session.get_session()
    for service, action in actions(name):
        known = set(NO_OPERATIONS.get(service, ())) | set(models.get_service_model(service).operation_names)
        assert action == "*" or action in known, f"{service}:{action}"


def test_who_deploys_may_make_everything_of_the_template():
    wanted = {one["Type"].split("::")[1].lower() for one in Template().document["Resources"].values()}
    wanted = {ACTIONS_OF.get(service, service) for service in wanted}
    given = {service for service, _ in actions("deployer.json")}
    # The stack itself, and the buckets that SAM uploads to.
    assert given == wanted | {"cloudformation", "s3"}


def test_who_deploys_reads_no_data():
    read = {"GetItem", "Query", "Scan", "BatchGetItem", "Decrypt"}
    assert not read & {action for service, action in actions("deployer.json") if service in ("dynamodb", "kms")}
    assert all(action != "*" for service, action in actions("deployer.json") if service in ("dynamodb", "kms", "s3", "iam"))


def test_who_operates_is_allowed_two_things():
    [table, key] = policy("operator.json")
    assert table["Resource"].endswith(":table/activity-log-control")
    assert (key["Action"], key["Resource"]) == ("kms:Encrypt", "CONTROL_KEY_ARN")


def test_versions_are_those_the_tests_use():
    table = [line.split("|") for line in (ROOT / "docs/production.md").read_text().splitlines() if line.startswith("|")]
    versions = {row[1].strip(): row[2] for row in table}
    pinned = dict(line.split("==") for line in (ROOT / "tests/tools/aws.txt").read_text().splitlines() if "==" in line)
    rust = re.search(r'channel = "([\d.]+)"', (ROOT / "rust-toolchain.toml").read_text())[1]
    for what, versions_used in {
        "AWS SAM CLI": [pinned["aws-sam-cli"]],
        "AWS CLI": [pinned["awscli"]],
        "Rust, cargo-lambda": [rust, pinned["cargo-lambda"]],
    }.items():
        told = re.findall(r"(?<![\d.])\d+\.\d+", versions[what])
        assert told == [".".join(version.split(".")[:2]) for version in versions_used], what
