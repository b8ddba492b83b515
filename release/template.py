"""The template of a release: the functions come from zip files beside it, so SAM builds nothing.

    release/template.py ARCHITECTURE   prints it, for x86_64 or arm64
    release/template.py functions      prints the functions' names
"""

import re
import sys
from pathlib import Path

TEMPLATE = Path(__file__).resolve().parents[1] / "template.yaml"
ARCHITECTURES = ("x86_64", "arm64")
# How the template says that SAM builds a function from source, and where its code is.
BUILT = re.compile(
    r"    Metadata:\n      BuildMethod: rust-cargolambda\n      BuildProperties:\n        Binary: (?P<name>\w+)\n"
    r"(?P<between>(?:.*\n)*?)      CodeUri: functions/\w+\n"
)
CHOICE = "    AllowedValues: [arm64, x86_64]\n    Default: arm64\n"


def functions():
    return [found["name"] for found in BUILT.finditer(TEMPLATE.read_text())]


def release(architecture):
    text = TEMPLATE.read_text()
    if text.count(CHOICE) != 1 or text.count("CodeUri:") != len(functions()):
        raise SystemExit("template.yaml is not as release/template.py expects it: change both")

    def zipped(found):
        return f"{found['between']}      CodeUri: functions/{found['name']}-{architecture}.zip\n"

    text = text.replace(CHOICE, f"    AllowedValues: [{architecture}]\n    Default: {architecture}\n")
    return BUILT.sub(zipped, text)


def main(wanted):
    if wanted == "functions":
        print(*functions())
    elif wanted in ARCHITECTURES:
        print(release(wanted), end="")
    else:
        raise SystemExit(f"{wanted}: x86_64, arm64 or functions")


if __name__ == "__main__":
    main(*sys.argv[1:])
