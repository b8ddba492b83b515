"""Events for the tests, and what each can be looked up by, told independently of the service."""

import json
import re
import uuid
from datetime import UTC, datetime, timedelta

READING = "BatchGet Check Describe Detect Discover Get Head List Lookup Query Scan Search Select".split()
WRITING = ("GetFederationToken", "GetSessionToken", "GetSigninToken")
KEYS = "EventId EventName ReadOnly Username ResourceType ResourceName EventSource AccessKeyId".split()


def moment(offset_seconds=0):
    """RFC 3339, as CloudTrail writes it."""
    return (datetime.now(UTC) + timedelta(seconds=offset_seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def record(**fields):
    """A CloudTrail record of now, with these fields replaced; a field of None is left out."""
    full = {
        "eventVersion": "1.08",
        "userIdentity": {"type": "IAMUser", "userName": "alice", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"},
        "eventTime": moment(-1),
        "eventSource": "ec2.amazonaws.com",
        "eventName": "RunInstances",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.7",
        "userAgent": "e2e",
        "requestParameters": {"n": 1},
        "responseElements": None,
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "eventType": "AwsApiCall",
    }
    return {name: value for name, value in (full | fields).items() if value is not None or name not in fields}


def envelope(*records):
    return json.dumps({"Records": records}).encode()


def lookup_fields(event):
    """Attribute key -> the values it is found by; of resources those that the record lists, by their own names."""
    resources = event.get("resources") or []
    values = {
        "EventId": [event.get("eventID")],
        "EventName": [event.get("eventName")],
        "ReadOnly": ["true" if read_only(event) else "false"],
        "Username": [username(event)],
        "ResourceType": [resource.get("type") for resource in resources],
        "ResourceName": [resource.get("ARN") or resource.get("ARNPrefix") for resource in resources],
        "EventSource": [event.get("eventSource")],
        "AccessKeyId": [(event.get("userIdentity") or {}).get("accessKeyId")],
    }
    return {key: {value for value in found if value} for key, found in values.items()}


def other_names(name):
    """What a resource is found by besides, told as docs/api.md has it."""
    if name.startswith("https://"):
        return {name.rsplit("/", 1)[1]}
    parts = name.split(":", 5)
    if parts[0] != "arn" or len(parts) < 6:
        return set()
    service, region, resource = parts[2], parts[3], parts[5].removesuffix(":*")
    kind, separator, rest = re.match("([^/:]*)([/:]?)(.*)", resource, re.DOTALL).groups()
    rest = rest if separator else resource
    names = {rest, re.split("[/:]", resource)[-1]}
    if service == "s3" and not region:
        names.add(kind)
    elif (service, kind) == ("ssm", "parameter"):
        names.add(separator + rest)
    elif (service, kind) == ("secretsmanager", "secret"):
        names = {rest, rest[:-7]} if rest[-7:-6] == "-" else {rest}
    elif (service, kind) == ("kms", "alias"):
        names.add(resource)
    return names - {"", "*", name}


def username(event):
    identity = event.get("userIdentity")
    if identity is None:
        return event.get("userName")
    if identity.get("userName"):
        return identity["userName"]
    if identity.get("type") == "Root":
        return "root"
    if identity.get("type") in ("AssumedRole", "FederatedUser"):
        session = identity.get("principalId", "").partition(":")[2]
        if session:
            return session
    return ((identity.get("sessionContext") or {}).get("sessionIssuer") or {}).get("userName")


def read_only(event):
    if event.get("readOnly") is not None:
        return event["readOnly"] in (True, "true")
    name = event["eventName"]
    if name in WRITING:
        return False
    return any(name.lower().startswith(verb.lower()) and not name[len(verb) :][:1].islower() for verb in READING)


def newest_first(events):
    return sorted(events, key=lambda event: (event["eventTime"], event["eventID"]), reverse=True)
