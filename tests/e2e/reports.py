"""Reports and plugins through our REST API, and reading their files back with other people's readers."""

import csv
import io
import json
import re
from datetime import UTC, datetime
from urllib.parse import urlencode

import openpyxl
import requests

from stack import await_value, send

CSV, JSON, NDJSON, XLSX = "csv", "json", "ndjson", "xlsx"
DONE = ("ready", "failed", "cancelled", "expired")
PLUGIN_DONE = ("ready", "refused")
# crates/report/src/formula.rs
GUARD = re.compile("^'(?='*[=+\\-@\t\r\n\0＝＋－＠])")


class Refused(AssertionError):
    """An answer of the API that is no success."""

    def __init__(self, status, body):
        self.status = status
        self.code = body.get("error", {}).get("code")
        self.message = body.get("error", {}).get("message", "")
        super().__init__(f"{status} {self.code}: {self.message}")


class Rest:
    """The REST API with one access key.

    `until`: reports end there unless they say otherwise. Calls to the service are events too, and come after it.
    """

    def __init__(self, key, until=None):
        self.key = key
        self.until = {"endTime": until} if until else {}

    def call(self, method, path, body=None, headers=None, **query):
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        headers = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            headers["Content-Type"] = "application/json"
        where = path + ("?" + urlencode(query) if query else "")
        response = send(method, where, data, self.key, headers)
        answer = json.loads(response.text) if response.text.startswith("{") else {}
        if response.status_code >= 400:
            raise Refused(response.status_code, answer)
        return response, answer

    # --- reports

    def create(self, format=CSV, **request):
        return self.call("POST", "/v1/reports", {"format": format} | self.until | request)[1]

    def report(self, id):
        return self.call("GET", f"/v1/reports/{id}")[1]

    def reports(self):
        return self.call("GET", "/v1/reports")[1]["reports"]

    def wait(self, report, seconds=120):
        """The report once it has ended."""
        return await_value(lambda: self.report(report["id"]), lambda now: now["state"] in DONE, "end of a report", seconds)

    def delete_report(self, id):
        return self.call("DELETE", f"/v1/reports/{id}")[0].status_code

    def link(self, id):
        """Where a ready report is, as JSON and as a redirection."""
        _, told = self.call("GET", f"/v1/reports/{id}/download", headers={"Accept": "application/json"})
        redirection, _ = self.call("GET", f"/v1/reports/{id}/download")
        assert redirection.status_code == 302
        return told["url"], redirection.headers["Location"]

    def download(self, id):
        """The file, and the name a browser would give it."""
        url, _ = self.link(id)
        response = requests.get(url, timeout=60)
        assert response.status_code == 200, response.text
        name = re.search(r'filename="?([^";]+)', response.headers["Content-Disposition"]).group(1)
        return response.content, name

    def built(self, format=CSV, **request):
        """A new report's end and file; it must be ready."""
        report = self.wait(self.create(format, **request))
        assert report["state"] == "ready", report
        return report, self.download(report["id"])[0]

    # --- plugins

    def push(self, component):
        """A component uploaded in the request, once its check has ended."""
        _, plugin = self.call("POST", "/v1/plugins", component, {"Content-Type": "application/wasm"})
        return self.checked(plugin["id"])

    def push_by_link(self, component):
        """A component uploaded to a link."""
        _, plugin = self.call("POST", "/v1/plugins", {"sizeBytes": len(component)})
        put = requests.put(plugin["upload"]["url"], data=component, timeout=120)
        assert put.status_code == 200, put.text
        self.call("POST", f"/v1/plugins/{plugin['id']}/check")
        return self.checked(plugin["id"])

    def checked(self, id, seconds=240):
        return await_value(lambda: self.plugin(id), lambda now: now["state"] in PLUGIN_DONE, "end of a check", seconds)

    def plugin(self, id):
        return self.call("GET", f"/v1/plugins/{id}")[1]

    def plugins(self, **query):
        return self.call("GET", "/v1/plugins", **query)[1]["plugins"]


# --- reading files


def unguarded(text):
    """A CSV cell as it was before a quote was put in front of what could run as a formula."""
    return GUARD.sub("", text)


def csv_rows(file):
    text = file.decode("utf-8")
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    return [dict(zip(header, row, strict=True)) for row in rows], header


def json_records(file):
    document = json.loads(file)
    assert list(document) == ["Records"]
    return document["Records"]


def xlsx_rows(file):
    """The rows of all sheets, with the characters that XML cannot hold put back."""
    book = openpyxl.load_workbook(io.BytesIO(file), read_only=False)
    rows = []
    for sheet in book.worksheets:
        assert sheet.freeze_panes == "A2"
        header, *cells = sheet.iter_rows(values_only=True)
        rows += [dict(zip(header, map(plain, row), strict=True)) for row in cells]
    return rows


def plain(value):
    if not isinstance(value, str):
        return value
    return re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found.group(1), 16)), value)


# --- what the files must hold, told independently


def field(event, path):
    """The value at a dotted path, or None."""
    for name in path.split("."):
        if not isinstance(event, dict) or name not in event:
            return None
        event = event[name]
    return event


def csv_cell(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else None if isinstance(value, (dict, list)) else str(value)


def same_csv_cell(cell, value):
    """Whether the cell says the value; objects and arrays are JSON text."""
    if isinstance(value, (dict, list)):
        return json.loads(cell) == value
    return unguarded(cell) == csv_cell(value)


def same_xlsx_cell(cell, value, path):
    if path == "eventTime":
        expected = datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None)
        return isinstance(cell, datetime) and abs((cell - expected).total_seconds()) < 0.01
    if value is None or value == "":
        return cell is None
    if isinstance(value, (bool, int, float)):
        return cell == value and isinstance(cell, bool) == isinstance(value, bool)
    if isinstance(value, (dict, list)):
        return isinstance(cell, str) and (len(cell) > 32_000 or json.loads(cell) == value)
    # Excel's own limit; what is cut ends in a mark.
    return cell == value or (len(value) > 32_767 and len(cell) <= 32_767 and value.startswith(cell[:32_000]))
