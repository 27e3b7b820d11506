"""Pods from the command line: ``python -m matching form ROSTER.json`` and its companions."""

from __future__ import annotations

import time

#: The seconds that imports take belong to the command's limit.
BEGAN = time.monotonic()

import argparse
import sys
from typing import TYPE_CHECKING

from matching.commands import breakouts, check, exchange, form, rematch
from matching.commands.terminal import BAD_INPUT, INTERRUPTED, say
from matching.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = (form, rematch, breakouts, exchange, check)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code says how it went (contracts, section 2)."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except InputError as error:
        for fault in error.faults:
            say(str(fault))
        return BAD_INPUT
    except OSError as error:
        say(f"{error.filename or 'file'}: {error.strerror}")
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m matching", description="Pods of people who share a weekly hour.")
    parser.set_defaults(began=BEGAN)
    commands = parser.add_subparsers(required=True, metavar="command")
    for command in COMMANDS:
        command.add_to(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
