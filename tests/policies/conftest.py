"""Makes importable what lives elsewhere: the emulator's evaluator, in an environment of its own, and tests/lib."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(os.environ.get("ACTIVITY_LOG_TOOLS", Path.home() / ".cache" / "activity-log"))

sys.path += [str(ROOT / "localstack"), str(ROOT / "tests/lib"), *map(str, TOOLS.glob("emulator/lib/python3*/site-packages"))]
