#!/usr/bin/env python3
"""Mail servers as no MTA would be: odd.py WORD=ADDRESS... serves port 25 of each address.

Without arguments it prints the words.
"""

import asyncio
import contextlib
import os
import sys

NAME = "odd.example"


async def reply(writer, text):
    writer.write(text.replace("\n", "\r\n").encode() + b"\r\n")
    await writer.drain()


async def commands(reader, writer):
    """Yields the verbs that come after the greeting; QUIT and RSET are answered here."""
    await reply(writer, f"220 {NAME} ESMTP")
    while line := await reader.readline():
        verb = line.strip().upper().split(b" ")[0]
        if verb == b"QUIT":
            await reply(writer, "221 bye")
            return
        yield verb


async def until_starttls(reader, writer):
    """Talks like any server up to STARTTLS, and leaves the answer to that to others."""
    async for verb in commands(reader, writer):
        if verb == b"EHLO":
            await reply(writer, f"250-{NAME}\n250 STARTTLS")
        elif verb == b"STARTTLS":
            return True
        else:
            await reply(writer, "502 not here")
    return False


async def never_greets(reader, writer):
    await reader.read()


async def hangs_up(reader, writer):
    """The connection is taken, and closed without a word."""


async def floods(reader, writer):
    while True:
        await reply(writer, "220-" + "welcome " * 50)


async def helo_only(reader, writer):
    async for verb in commands(reader, writer):
        await reply(writer, "250 " + NAME if verb == b"HELO" else "502 not here")


async def garbage(reader, writer):
    if await until_starttls(reader, writer):
        writer.write(b"220 go ahead\r\n" + bytes(range(128, 256)) * 4)
        await writer.drain()
        await reader.read(1)


async def injects(reader, writer):
    """Somebody on the way puts words into the server's mouth before TLS begins (RFC 3207 §6)."""
    if await until_starttls(reader, writer):
        await reply(writer, "220 go ahead\n250 as you say")
        await reader.read(1)


async def refuses_starttls(reader, writer):
    async for verb in commands(reader, writer):
        if verb == b"EHLO":
            await reply(writer, f"250-{NAME}\n250 STARTTLS")
        else:
            await reply(writer, "454 4.7.0 TLS not available")


ODD = {
    function.__name__.replace("_", "-"): function
    for function in (never_greets, hangs_up, floods, helo_only, garbage, injects, refuses_starttls)
}


def server(function):
    async def serve(reader, writer):
        with contextlib.suppress(OSError, ValueError, asyncio.LimitOverrunError):
            await function(reader, writer)
        writer.close()

    return serve


async def main(arguments):
    servers = []
    for argument in arguments:
        word, address = argument.split("=", 1)
        servers.append(await asyncio.start_server(server(ODD[word]), address, 25))
    await asyncio.gather(*(one.serve_forever() for one in servers))


if __name__ == "__main__":
    if len(sys.argv) == 1:
        print(*ODD, sep=os.linesep)
    else:
        asyncio.run(main(sys.argv[1:]))
