"""Our list of operations against the model of the installed botocore."""

import re

from botocore.session import get_session

from stack import ROOT


def test_every_operation_of_the_model_is_known():
    source = (ROOT / "crates/cloudtrail/src/model.rs").read_text()
    listed = re.search(r"OPERATIONS: \[&str; \d+\] = \[(.*?)\];", source, re.DOTALL)[1]
    ours = re.findall(r'"(\w+)"', listed)
    assert ours == sorted(get_session().get_service_model("cloudtrail").operation_names)
