"""A mail server that counts: a process of its own that takes every message and writes down its Message-ID.

``python -m bench.mail_sink FILE`` listens on a port it prints, and does what the lines on its input say:
``away`` and ``back``, ``refuse 0.05`` (that share of messages, with 451), ``slow 0.002`` (seconds before a message is begun).
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from podsched.leash import leashed

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

ROOT = Path(__file__).resolve().parent.parent


class Sink:
    """The process as the benchmark sees it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "arrived"
        self._file.touch()

    def __enter__(self) -> Self:
        command = leashed([sys.executable, "-m", "bench.mail_sink", str(self._file)])
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def tell(self, line: str) -> None:
        """Do this from now on; back when it is done."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()
        self._process.stdout.readline()

    def arrived(self) -> list[str]:
        """The Message-ID of each message, in the order in which they came."""
        return self._file.read_text().split()

    def count(self) -> int:
        return self._file.stat().st_size // 64

    def forget(self) -> None:
        self._file.write_bytes(b"")


class _Server:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._refused = 0.0
        self._seconds = 0.0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def obey(self, line: str) -> None:
        verb, _, value = line.partition(" ")
        match verb:
            case "away":
                assert self._server is not None
                self._server.close()
                for writer in [*self._open]:
                    writer.transport.abort()
            case "back":
                await self.listen()
            case "refuse":
                self._refused = float(value)
            case "slow":
                self._seconds = float(value)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            writer.write(b"220 sink\r\n")
            while line := await reader.readline():
                verb = line[:4].upper()
                if verb == b"DATA":
                    writer.write(b"354 go on\r\n")
                    body = await reader.readuntil(b"\r\n.\r\n")
                    writer.write(await self._take(body))
                elif verb == b"QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                else:
                    if verb == b"MAIL" and self._seconds:
                        await asyncio.sleep(self._seconds)
                    writer.write(b"250 sink\r\n")
        self._open.discard(writer)
        writer.close()

    async def _take(self, body: bytes) -> bytes:
        if self._refused and random.random() < self._refused:
            return b"451 4.7.1 try again later\r\n"
        start = body.lower().index(b"\r\nmessage-id: <") + 15
        name = body[start : body.index(b"@", start)].decode()
        self._file.write(f"{name:<63}\n".encode())
        self._file.flush()
        return b"250 2.0.0 taken\r\n"


async def _serve(path: Path) -> None:
    with path.open("ab") as file:
        server = _Server(file)
        await server.listen()
        print(server.port, flush=True)
        lines = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        while line := await lines.readline():
            await server.obey(line.decode().strip())
            print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
