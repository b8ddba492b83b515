"""The report of report.rs, made by DuckDB: duckdb_report.py EVENTS.ndjson OUT.csv SOURCE"""

import sys

import duckdb

events, out, source = sys.argv[1:]
TEXT = "eventTime eventName eventSource awsRegion sourceIPAddress userAgent eventType errorCode errorMessage requestID eventID".split()
NESTED = "userIdentity resources requestParameters responseElements additionalEventData".split()
columns = {name: "VARCHAR" for name in TEXT} | {name: "JSON" for name in NESTED} | {"readOnly": "BOOLEAN"}
schema = "{" + ", ".join(f"{name}: '{kind}'" for name, kind in columns.items()) + "}"
# The columns of benches/src/reported.rs, in their order.
chosen = """
    eventTime, eventName, eventSource,
    userIdentity->>'$.type' AS "userIdentity.type", userIdentity->>'$.userName' AS "userIdentity.userName",
    userIdentity->>'$.arn' AS "userIdentity.arn", userIdentity->>'$.accessKeyId' AS "userIdentity.accessKeyId",
    awsRegion, sourceIPAddress, userAgent, readOnly, eventType, errorCode, errorMessage, resources, requestParameters,
    responseElements, additionalEventData, requestID, eventID
"""
duckdb.execute(f"""
    COPY (
        SELECT {chosen} FROM read_json('{events}', format = 'newline_delimited', columns = {schema})
        WHERE eventSource = '{source}' ORDER BY eventTime DESC, eventID DESC
    ) TO '{out}' (HEADER)
""")
