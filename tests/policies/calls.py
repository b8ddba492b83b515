"""tests/policies/calls.yaml, read."""

from dataclasses import dataclass
from pathlib import Path

import yaml
from ministack.core.iam_evaluator import fnmatch_iam_cs as matches

_TABLE = yaml.safe_load(Path(__file__).with_name("calls.yaml").read_text())
TRANSACTIONS = _TABLE.pop("transactions")


@dataclass(frozen=True)
class Row:
    function: str
    service: str
    actions: tuple
    to: str
    keys: tuple
    via: str
    unseen: str

    def covers(self, action, resource, key=None, via=None):
        """Whether this is one of the row's calls; `resource` is named as in the table."""
        return (
            action in self.actions
            and matches(resource, self.to)
            and (not self.keys or any(matches(key or "", one) for one in self.keys))
            and self.via == via
        )


ROWS = [
    Row(
        function,
        row["service"],
        tuple(f"{row['service']}:{action}" for action in row["do"]),
        row["to"],
        tuple(row.get("keys", ())),
        row.get("via"),
        row.get("unseen", ""),
    )
    for function, rows in _TABLE.items()
    for row in rows
]
