"""Text to JSON values and back, with nothing taken on trust."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import NoReturn

from matching.errors import Fault, InputError

MOST_BYTES = 32 * 1024 * 1024


def parse_json(raw: bytes) -> object:
    """The JSON value in UTF-8 bytes; raises ``InputError`` where the text is no JSON that one can rely on.

    Refused besides bad syntax: more than 32 MiB, nesting too deep to read, NaN and Infinity, the same key twice.
    """
    if len(raw) > MOST_BYTES:
        raise _refusal(f"is {len(raw)} bytes long; allowed: at most {MOST_BYTES}")
    try:
        return json.loads(raw.decode("utf-8-sig"), parse_constant=_no_constant, object_pairs_hook=_distinct_keys)
    except UnicodeDecodeError as error:
        raise _refusal(f"is not UTF-8 (byte {error.start}); allowed: JSON in UTF-8") from None
    except RecursionError:
        raise _refusal("is nested too deeply; allowed: the few levels that the contract shows") from None
    except json.JSONDecodeError as error:
        raise _refusal(f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except ValueError as error:
        raise _refusal(str(error)) from None


def dump_json(value: object) -> str:
    """Readable JSON, ending with a line break."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def write_atomically(path: Path, text: str) -> None:
    """Put the text into the file at once: a reader sees the old file or the new one, never half of it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _refusal(message: str) -> InputError:
    return InputError([Fault("$", message)])


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"holds {name}; allowed: finite numbers")


def _distinct_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    record = dict(pairs)
    if len(record) == len(pairs):
        return record
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise ValueError(f"has the key {key!r} twice in one object; allowed: each key once")
        seen.add(key)
    return record
