"""Makes the emulator's evaluator importable: it lives in an environment of its own."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(os.environ.get("ACTIVITY_LOG_TOOLS", Path.home() / ".cache" / "activity-log"))

sys.path += [str(ROOT / "localstack"), *map(str, TOOLS.glob("emulator/lib/python3*/site-packages"))]
