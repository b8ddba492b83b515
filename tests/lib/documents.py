"""The documents, taken apart: their fenced blocks and the cells of their tables."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Where documents are; folders of products are none of ours.
PLACES = ("*.md", "docs/**/*.md", "plugins/**/README.md", "crates/**/README.md")
PRODUCTS = {"target", "node_modules", "dist"}

NOT_RUN, FILE = "not-run:", "file:"


@dataclass(frozen=True)
class Block:
    """A fenced block: what it is in, where it begins, its language, what its info string says besides, and its text."""

    document: str
    line: int
    language: str
    note: str
    text: str
    # the heading of second order that it stands under
    section: str

    def __str__(self):
        return f"{self.document}:{self.line}"

    @property
    def is_run(self):
        """Whether these are commands that tests run."""
        return self.language == "sh" and not self.note.startswith(NOT_RUN)

    @property
    def file(self):
        """The name of the file that the block is; None if it is none."""
        return self.note.removeprefix(FILE).strip() if self.note.startswith(FILE) else None

    @property
    def end(self):
        """The line of the closing fence."""
        return self.line + self.text.count("\n") + 1


def documents():
    """Paths of all documents, below the root."""
    found = {path.relative_to(ROOT) for place in PLACES for path in ROOT.glob(place)}
    return sorted(str(path) for path in found if not PRODUCTS & set(path.parts))


def blocks(document):
    """The fenced blocks of a document, in their order."""
    found, begun, section = [], None, ""
    for number, line in enumerate((ROOT / document).read_text().splitlines(), 1):
        fence = re.match(r"\s*```(.*)", line)
        if fence and begun is None:
            begun = (number, *(fence[1].split(maxsplit=1) + ["", ""])[:2], [])
        elif fence:
            at, language, note, lines = begun
            found.append(Block(document, at, language, note.strip(), "".join(f"{one}\n" for one in lines), section))
            begun = None
        elif begun:
            begun[-1].append(line)
        elif heading := re.match(r"## (.*)", line):
            section = heading[1].strip()
    if begun:
        raise ValueError(f"{document}:{begun[0]}: a block that does not end")
    return found


def cells(document):
    """Line and text of each cell of the document's tables."""
    inside = False
    for number, line in enumerate((ROOT / document).read_text().splitlines(), 1):
        inside ^= line.lstrip().startswith("```")
        if not inside and line.startswith("|"):
            # A bar in a cell is written \|.
            for cell in re.split(r"(?<!\\)\|", line.strip().strip("|")):
                yield number, cell.strip()
