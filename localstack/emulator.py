"""Starts ministack, the AWS emulator for machines without Docker. Settings come from the environment (tests/lib/emulator.sh)."""

import contextvars
import socketserver

from ministack import app
from ministack.core import iam_evaluator

# Without this every answer to a function's long poll waits for Nagle and a delayed ACK: 45 ms an invocation.
socketserver.StreamRequestHandler.disable_nagle_algorithm = True

# The emulator is reached by plain HTTP over the loopback, which the template's policies rightly deny: call it TLS.
iam_evaluator._request_origin = contextvars.ContextVar("request_origin", default=("127.0.0.1", True))
app.pin_request_origin = lambda address, _secure: iam_evaluator.pin_request_origin(address, True)

app.main()
