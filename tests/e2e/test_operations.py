"""What docs/operations.md promises of upgrade, backup, restore, another region, teardown and redrive: see operations.py."""

import hashlib
import json

import pytest

from operations import EVENTS

pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(scope="module")
def found(operations_under_way):
    return operations_under_way.result()


def test_an_upgrade_keeps_addresses_tables_and_keys(found):
    assert found["upgraded"] == found["at first"]


def test_one_command_takes_in_the_aws_account_s_own_events(found):
    assert (found["rule before"], found["rule after"]) == ("DISABLED", "ENABLED")


def test_dead_letters_go_back_and_are_stored(found):
    assert found["dead letter"] == ([True], 0)


def test_of_a_stack_that_is_taken_down_the_keys_are_left(found):
    assert found["left"] == {"ControlKeyArn": "Enabled", "DigestKeyArn": "Enabled"}


def test_restored_tables_are_as_the_stack_s_own(found):
    tables = {name: ("ENABLED", True) for name in ("EventsTable", "ControlTable")}
    assert found["restored tables"] == tables | {"ControlKeyArn": "Enabled", "DigestKeyArn": "Enabled"}


def test_every_user_finds_everything_before_and_after(found):
    before = found["before"]
    assert before["token"] == 200
    assert [len(events) for events in before["events"]] == [2 * EVENTS] * 3
    assert len(before["page"]) == 7
    assert found["restored"] == before


def test_and_in_another_region(found):
    assert found["moved"] == found["before"]


def test_what_was_acknowledged_before_the_move_is_there_after_it(found):
    assert found["late"] == [True]
    assert found["stopped"] == ({"DISABLED"}, {"Disabled"})


def test_the_chain_of_digests_goes_on(found):
    """What was logged before is signed by the same key in the new stack, and the new chain names the end of the old one."""
    (key, first), (_, second) = found["digests"].items()
    previous = json.loads(second)["activityLog"]["previousChain"]
    assert (previous["key"], previous["sha256"]) == (key, hashlib.sha256(first).hexdigest())
    assert json.loads(first)["digestPublicKeyFingerprint"] == json.loads(second)["digestPublicKeyFingerprint"]
    for status, said in found["validated"]:
        assert status == 0 and "INVALID" not in said, said
