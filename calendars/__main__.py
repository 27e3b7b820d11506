"""`python -m calendars lint FILE ...`: print what calendar clients would choke on; exit 1 if anything, 2 if unreadable."""

import argparse
import sys
from pathlib import Path

from calendars.lint import faults


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m calendars", description="Work with iCalendar files.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    lint = commands.add_parser("lint", help="print the faults of a feed, one a line")
    lint.add_argument("files", nargs="+", type=Path, metavar="FILE")
    found = False
    for path in parser.parse_args(arguments).files:
        try:
            data = path.read_bytes()
        except OSError as error:
            sys.stderr.write(f"{path}: {error.strerror}\n")
            return 2
        for fault in faults(data):
            found = True
            sys.stdout.write(f"{path}: {fault}\n")
    return int(found)


if __name__ == "__main__":
    sys.exit(main())
