"""The documents' commands as they stand: each document's in one shell, top to bottom, on an account of its own.

What stands in a block of text right behind them is what they must have printed, of JSON its members. What is not run says why
in the document (tests/policies/test_documents.py); here is only what is done before, or by other tests.
"""

import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import operations
import trails
from documents import blocks, documents
from records import envelope, record
from stack import ROOT, Account, cloudtrail, environment, operator, run

SECONDS = 120
# Lines that are done already, by whom.
DONE = {
    "localstack/up": "the stack under test is up",
    ". localstack/env": "the shell begins with its variables, and a key of the test's own account",
    "tests/run": "is what runs this",
}
# Sections whose commands another test runs, on stacks of their own.
ELSEWHERE = {"docs/operations.md": operations.DRILLED}
# Names that a document gives: each run has its own.
ACCOUNT = "111122223333"
BUCKETS = re.compile(r"\b(?:demo|my|shop)-logs\b")
PLUGINS = Path(os.environ.get("ACTIVITY_LOG_PLUGINS", ROOT / "target/plugins"))

# Version 1 of the AWS CLI asks the environment for no endpoint but those of CloudTrail and S3; what is not the user's business
# but the operator's has the operator's key.
SHELL = """
aws() {
  case "$1" in
    cloudtrail | s3) command aws "$@" ;;
    *) AWS_ACCESS_KEY_ID=$ACTIVITY_LOG_OPERATOR_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY=$ACTIVITY_LOG_OPERATOR_SECRET_ACCESS_KEY \\
         command aws --endpoint-url "$AWS_ENDPOINT_URL_DYNAMODB" "$@" ;;
  esac
}
# Links to what a block names and nobody has made.
given() { for name in "$@"; do [ -e "$name" ] || ln -s "$GIVEN/$name" "$name"; done; }
"""


def commands(document):
    """The blocks that are run here."""
    drilled = ELSEWHERE.get(document, ())
    return [block for block in blocks(document) if block.is_run and block.section not in drilled]


@dataclass
class Try:
    """One document, tried."""

    document: str
    folder: Path
    names: dict = field(default_factory=dict)

    def prepare(self):
        """An account with what the document takes for granted, and the key of its administrator, whom the storage knows."""
        text = "".join(block.text for block in commands(self.document))
        self.account = Account.fresh(self.document.replace("/", "-"))
        self.key = trails.creator(self.account, "*", "s3:*", user="admin")
        self.account.alog("grant", "--user", "admin", "producer")
        run(["alog", "replay", str(ROOT / "localstack/samples")], self.key)
        # Who is made there is not here yet.
        makes_account = f"--id {ACCOUNT}" in text
        self.names[ACCOUNT] = f"{secrets.randbelow(9 * 10**11) + 10**11}" if makes_account else self.account.id
        made = set(re.findall(r"alog user create (?:--account \S+ )?(\w+)", text)) | {"admin"}
        for user in sorted(set(re.findall(r"--user (\w+)", text)) - made) if not makes_account else ():
            self.account.alog("user", "create", user)
        for bucket in sorted(set(BUCKETS.findall(text))):
            self.names[bucket] = f"{bucket}-{secrets.token_hex(4)}"
        for bucket in set(re.findall(r"--s3-bucket-name (\S+)", text)) - set(re.findall(r"s3 mb s3://(\S+)", text)):
            operator("s3").create_bucket(Bucket=self.names[bucket])

    def given(self):
        """Files that commands name, by their names."""
        folder = self.folder / "given"
        folder.mkdir()
        (folder / "events.json").write_bytes(envelope(record(), record()))
        (folder / "sigma.wasm").symlink_to(PLUGINS / "sigma.wasm")
        (folder / "localstack").symlink_to(ROOT / "localstack")
        return folder

    def own(self, text):
        """The text with this run's own names."""
        return re.sub("|".join(map(re.escape, self.names)), lambda name: self.names[name[0]], text)

    def script(self, out, files):
        """All blocks as one script; what each prints goes to a file of its own."""
        script = [SHELL]
        for number, block in enumerate(self.parts()):
            if block.file:
                source = files / f"{number}"
                source.write_text(block.text)
                script.append(f"mkdir -p {shlex.quote(str(Path(block.file).parent))}; cp {source} {shlex.quote(block.file)}\n")
                continue
            named = [path.name for path in files.iterdir() if re.search(rf"(?<![\w.-]){re.escape(path.name)}\b", block.text)]
            script.append(f"echo {number} >{out}/at; exec >{out}/{number} 2>{out}/{number}.err\n")
            script.append(f"given {shlex.join(named)}\n" if named else "")
            script += [line for line in self.own(block.text).splitlines(True) if line.split("#")[0].strip() not in DONE]
        return "".join(script)

    def parts(self):
        """What makes the script: commands, and files."""
        run_here = set(commands(self.document))
        return [block for block in blocks(self.document) if block in run_here or block.file]

    def run(self):
        """Runs it, and gives what each block printed."""
        out = self.folder / "out"
        work = self.folder / "work"
        out.mkdir()
        work.mkdir()
        env = environment() | {
            "AWS_ACCESS_KEY_ID": self.key.id,
            "AWS_SECRET_ACCESS_KEY": self.key.secret,
            "ACTIVITY_LOG_DEMO_ACCOUNT": self.account.id,
            "ACTIVITY_LOG_PROJECT": self.account.id,
            "AWS_PAGER": "",
            "GIVEN": str(self.folder / "given"),
        }
        script = self.script(out, self.given())
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script], env=env, cwd=work, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        parts = self.parts()
        if done.returncode:
            at = int((out / "at").read_text())
            told = "".join((out / name).read_text()[-3000:] for name in (f"{at}", f"{at}.err"))
            raise AssertionError(f"{parts[at]} exited with {done.returncode}:\n{self.own(parts[at].text)}\n{told}{done.stderr[-2000:]}")
        self.clean_up()
        return {block: (out / str(number)).read_text() for number, block in enumerate(parts) if not block.file}

    def clean_up(self):
        """Trails would go on for as long as the stack is up; a document may have switched the subscription off."""
        self.account.alog("subscription", "activate")
        client = cloudtrail(self.key)
        for trail in client.list_trails()["Trails"]:
            client.delete_trail(Name=trail["Name"])


VARIES = re.compile(
    r"(?P<any>…)|(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    r"|(?P<number>\d{4}-\d\d-\d\dT[\d:.]+Z|\d+[.,][\d.,]*\d|\d{3,})|(?P<blank>\s+)"
)
FOLDED = {"any": ".*", "id": "[0-9a-f-]{36}", "number": r"[\d.,:TZ-]+", "blank": r"\s+"}


def shown(text):
    """What finds a text as it is shown: blanks, times, ids and larger numbers are of each run, … stands for anything."""
    found, at = [], 0
    for part in VARIES.finditer(text.strip()):
        found += [re.escape(text.strip()[at : part.start()]), FOLDED[part.lastgroup]]
        at = part.end()
    return "".join(found) + re.escape(text.strip()[at:])


def same_members(wanted, got, where="$"):
    """Whether JSON has the members that are shown, with values of their kinds; of a list its first entry is looked at."""
    assert type(got) is type(wanted), f"{where}: {got!r}"
    if isinstance(wanted, dict):
        assert sorted(got) == sorted(wanted), where
        for name in wanted:
            same_members(wanted[name], got[name], f"{where}.{name}")
    elif isinstance(wanted, list) and wanted and got:
        same_members(wanted[0], got[0], f"{where}[0]")


def check(wanted, printed):
    if wanted.language == "json":
        same_members(json.loads(wanted.text), json.loads(printed))
    else:
        assert re.search(shown(wanted.text), printed), f"{wanted} shows\n{wanted.text}\nand printed was\n{printed}"


@pytest.mark.parametrize("document", [one for one in documents() if commands(one)])
def test_the_commands_do_what_the_document_says(document, tmp_path):
    text = "".join(block.text for block in commands(document))
    if "sigma.wasm" in text and not PLUGINS.is_dir():
        pytest.skip(f"{PLUGINS} is not here: run plugins/build")
    if re.search(r"\bjq\b", text) and not shutil.which("jq"):
        pytest.skip("jq is not installed: tests/tools/install jq")
    trial = Try(document, tmp_path)
    trial.prepare()
    printed = trial.run()
    everything = blocks(document)
    lines = (ROOT / document).read_text().splitlines()
    for block, after in zip(everything, everything[1:], strict=False):
        between = "".join(lines[block.end : after.line - 1]).strip()
        if block in printed and not between and after.language in ("text", "json"):
            check(after, printed[block])


def test_what_another_test_runs_is_there():
    for document, sections in ELSEWHERE.items():
        assert set(sections) <= {block.section for block in blocks(document) if block.is_run}
