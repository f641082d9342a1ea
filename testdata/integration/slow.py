#!/usr/bin/env python3
"""An application behind a web server: slow.py ADDRESS CASES.

On port 8080 it gives each policy host its policy after three seconds, on port 8081 it never answers.
"""

import asyncio
import contextlib
import pathlib
import re
import sys


async def late(reader, writer):
    request = await reader.readuntil(b"\r\n\r\n")
    name = re.search(rb"(?im)^host: *mta-sts\.([^.:\s]+)", request)[1].decode()
    policy = (pathlib.Path(sys.argv[2]) / name / "www/.well-known/mta-sts.txt").read_bytes()
    await asyncio.sleep(3)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(policy)}\r\nConnection: close\r\n\r\n"
    writer.write(head.encode() + policy)
    await writer.drain()


async def never(reader, writer):
    await reader.read()


def server(function):
    async def serve(reader, writer):
        with contextlib.suppress(OSError, ValueError, TypeError, asyncio.IncompleteReadError):
            await function(reader, writer)
        writer.close()

    return serve


async def main():
    servers = [await asyncio.start_server(server(late), sys.argv[1], 8080), await asyncio.start_server(server(never), sys.argv[1], 8081)]
    await asyncio.gather(*(one.serve_forever() for one in servers))


if __name__ == "__main__":
    asyncio.run(main())
