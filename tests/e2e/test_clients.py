"""Other people's clients against the API, unmodified: trailscraper, and AWS's new SDK for Python."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from records import envelope, moment, record
from stack import environment, send

TOOLS = Path(os.environ.get("ACTIVITY_LOG_TOOLS") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "activity-log")
CLIENTS = TOOLS / "clients/bin"
pytestmark = pytest.mark.skipif(not (CLIENTS / "python").exists(), reason="tests/tools/install clients found no Python 3.12")

# What a program with the new SDK does, with nothing about us in it but the address.
ASK = """
import asyncio, json, sys
from aws_sdk_cloudtrail.client import AsyncCloudTrailClient
from aws_sdk_cloudtrail.config import AsyncCloudTrailConfig
from aws_sdk_cloudtrail.models import LookupAttribute, LookupEventsInput
from smithy_aws_core.identity.components import AWSCredentialsIdentity
from smithy_aws_core.identity.static import StaticCredentialsResolver

url, region, key_id, secret, attribute, value = sys.argv[1:]

async def ask():
    identity = AWSCredentialsIdentity(access_key_id=key_id, secret_access_key=secret)
    config = await AsyncCloudTrailConfig.resolve(
        endpoint_uri=url, region=region, aws_credentials_identity_resolver=StaticCredentialsResolver(identity)
    )
    client = AsyncCloudTrailClient(config=config)
    wanted = LookupAttribute(attribute_key=attribute, attribute_value=value)
    return await client.lookup_events(LookupEventsInput(lookup_attributes=[wanted]))

try:
    found = asyncio.run(ask())
    print(json.dumps({"ids": [event.event_id for event in found.events or []]}))
except Exception as error:
    print(json.dumps({"error": type(error).__name__, "text": str(error)}))
"""


@pytest.fixture(scope="module")
def sent(account):
    events = [record(eventName="Scraped", eventSource="ec2.amazonaws.com", eventTime=moment(-60 - number)) for number in range(5)]
    response = send("POST", "/v1/events", envelope(*events), account.producer)
    assert response.status_code == 200, response.text
    return events


def variables(key):
    env = environment()
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": "/nonexistent",
        "AWS_ACCESS_KEY_ID": key.id,
        "AWS_SECRET_ACCESS_KEY": key.secret,
        "AWS_REGION": env["AWS_REGION"],
        "AWS_DEFAULT_REGION": env["AWS_REGION"],
        "AWS_ENDPOINT_URL_CLOUDTRAIL": env["AWS_ENDPOINT_URL_CLOUDTRAIL"],
    }


def run(command, key):
    done = subprocess.run(command, env=variables(key), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done
    return done.stdout


def test_trailscraper_selects_from_the_api(account, sent):
    printed = run([CLIENTS / "trailscraper", "select", "--use-cloudtrail-api", "--from", "-1hour", "--to", "now"], account.administrator)
    found = [one["eventID"] for one in json.loads(printed)["Records"] if one["eventName"] == "Scraped"]
    assert sorted(found) == sorted(event["eventID"] for event in sent)


def ask(key, attribute, value):
    env = environment()
    arguments = [env["ACTIVITY_LOG_URL"], env["AWS_REGION"], key.id, key.secret, attribute, value]
    return json.loads(run([CLIENTS / "python", "-c", ASK, *arguments], key))


def test_the_new_sdk_finds_events(account, sent):
    found = ask(account.administrator, "EventName", "Scraped")
    assert found == {"ids": [event["eventID"] for event in sent]}


def test_the_new_sdk_shows_our_error_texts(account):
    wrong = ask(account.administrator, "ReadOnly", "maybe")
    assert wrong["error"] == "InvalidLookupAttributesException" and "ReadOnly is 'true' or 'false'" in wrong["text"], wrong
    # Of an error that its model of the operation does not name it shows the code, whatever the service says.
    nobody = ask(account.key("nothing"), "EventName", "Scraped")
    assert "AccessDeniedException" in nobody["text"], nobody
