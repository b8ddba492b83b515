"""One plain origin in front of the emulated HTTP API.

The emulator serves the API under a path prefix (/_aws/execute-api/ID), but a Signature V4 client signs the path it sees,
while the function is told the path without the prefix. So clients talk to this proxy, which puts the prefix into the
request line and passes every other byte on as it is: Host header, query, body, and the whole of the answer.

usage: proxy.py LISTEN_PORT UPSTREAM_PORT PREFIX_FILE   (the prefix is read per connection: a redeployment may change it)
"""

import asyncio
import sys
from pathlib import Path

MAX_HEAD_BYTES = 64 * 1024


async def pass_requests(client, upstream, prefix):
    """Copies requests one by one, with the prefix put before each request line's path."""
    while True:
        try:
            head = await client.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return
        method, target, rest = head.split(b" ", 2)
        upstream.write(method + b" " + prefix + target + b" " + rest)

        headers = {}
        for line in head.split(b"\r\n")[1:-2]:
            name, _, value = line.partition(b":")
            headers[name.strip().lower()] = value.strip()
        if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
            await pass_chunks(client, upstream)
        else:
            await pass_bytes(client, upstream, int(headers.get(b"content-length", 0)))
        await upstream.drain()


async def pass_bytes(source, sink, count):
    while count:
        data = await source.read(min(count, 64 * 1024))
        if not data:
            raise asyncio.IncompleteReadError(b"", count)
        sink.write(data)
        await sink.drain()
        count -= len(data)


async def pass_chunks(source, sink):
    while True:
        line = await source.readuntil(b"\r\n")
        sink.write(line)
        size = int(line.split(b";")[0], 16)
        if size:
            await pass_bytes(source, sink, size + 2)
            continue
        while line != b"\r\n":  # trailers, and the empty line after them
            line = await source.readuntil(b"\r\n")
            sink.write(line)
        return


async def pass_answers(upstream, client):
    while data := await upstream.read(64 * 1024):
        client.write(data)
        await client.drain()


async def serve(client_reader, client_writer, upstream_port, prefix_file):
    upstream_writer = None
    try:
        prefix = Path(prefix_file).read_bytes().strip()
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", upstream_port)
        requests = asyncio.create_task(pass_requests(client_reader, upstream_writer, prefix))
        answers = asyncio.create_task(pass_answers(upstream_reader, client_writer))
        # The client may close its half first and still wait for the answer; the emulator's closing ends it all.
        done, _ = await asyncio.wait({requests, answers}, return_when=asyncio.FIRST_COMPLETED)
        if requests in done and not requests.exception():
            upstream_writer.write_eof()
            await answers
        for task in {requests, answers} - done:
            task.cancel()
        for task in done:
            task.result()
    except OSError as error:
        if upstream_writer is None:
            message = f"the emulator does not answer: {error}\n".encode()
            head = f"HTTP/1.1 502 Bad Gateway\r\nContent-Length: {len(message)}\r\nConnection: close\r\n\r\n"
            client_writer.write(head.encode() + message)
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
        pass  # not HTTP, or cut short: closing says so
    finally:
        for writer in (upstream_writer, client_writer):
            if writer is not None:
                writer.close()


async def main():
    listen_port, upstream_port, prefix_file = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    server = await asyncio.start_server(
        lambda reader, writer: serve(reader, writer, upstream_port, prefix_file),
        "127.0.0.1",
        listen_port,
        limit=MAX_HEAD_BYTES,
    )
    await server.serve_forever()


asyncio.run(main())
