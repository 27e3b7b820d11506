"""What a process of this machine is sending, written down beside the database.

A batch of mail is settled in one transaction after it was sent. Whoever dies before that leaves a file behind that says
which mails a server has accepted, so that nobody sends them again, and which were only taken, so that nobody waits for
them. A file belongs to a living process as long as that holds its lock.
"""

import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

from podsched.services.outbox import Claim

_TAKEN, _ACCEPTED = "taken", "accepted"


class Journal:
    """The open file of this process; ``batch`` begins it anew, ``accept`` adds a line the moment a server has said yes."""

    def __init__(self, file: int) -> None:
        self._file = file

    def batch(self, claims: Iterable[Claim]) -> None:
        self.clear()
        os.write(self._file, b"".join(_line(_TAKEN, claim) for claim in claims))

    def accept(self, claim: Claim) -> None:
        os.write(self._file, _line(_ACCEPTED, claim))

    def clear(self) -> None:
        os.ftruncate(self._file, 0)


@contextmanager
def opened(folder: Path) -> Iterator[Journal]:
    """A journal of this process's own; what was settled is gone from it at the end, anything else is left behind."""
    path = folder / f"{uuid.uuid4().hex}.journal"
    with _one_at_a_time(folder):
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        flock(file, LOCK_EX)
    try:
        yield Journal(file)
        if os.fstat(file).st_size == 0:
            path.unlink(missing_ok=True)
    finally:
        os.close(file)


class LeftBehind:
    """The journal of a process that is gone."""

    def __init__(self, text: str) -> None:
        self.accepted: set[Claim] = set()
        self.taken: set[Claim] = set()
        for line in text.split("\n")[:-1]:  # one that has no end may lack more than that
            verb, claim = _read(line)
            if claim is not None:
                (self.accepted if verb == _ACCEPTED else self.taken).add(claim)
        self.taken -= self.accepted


@contextmanager
def left_behind(folder: Path) -> Iterator[list[LeftBehind]]:
    """The journals that nobody holds any more; they are removed when what they say was taken care of."""
    if not folder.exists():
        yield []
        return
    with _one_at_a_time(folder):
        paths = [path for path in sorted(folder.glob("*.journal")) if _is_orphan(path)]
        yield [LeftBehind(path.read_text("ascii", "replace")) for path in paths]
        for path in paths:
            path.unlink()


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """So that nobody takes a new file for one left behind before its maker has locked it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        flock(lock, LOCK_EX)
        yield


def _is_orphan(path: Path) -> bool:
    with path.open() as file:
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _line(verb: str, claim: Claim) -> bytes:
    return f"{verb} {claim.id.hex} {claim.fence}\n".encode()


def _read(line: str) -> tuple[str, Claim | None]:
    """A line that was damaged says nothing."""
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] not in {_TAKEN, _ACCEPTED} or not parts[2].isdigit():
        return "", None
    try:
        return parts[0], Claim(uuid.UUID(parts[1]), int(parts[2]))
    except ValueError:
        return "", None
