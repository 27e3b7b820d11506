"""`python -m calendars COMMAND ...`: look into iCalendar files.

`lint FILE ...` prints what calendar clients would choke on and exits with 1 if anything. `expand FILE` prints every busy
occurrence between two dates, `busy FILE` the same merged. `render FILE.json` writes a feed (the JSON form stands in
`calendars/feed_json.py`). Exit 2 when a file cannot be read or is refused.
"""

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from calendars.errors import CalendarError
from calendars.feed_json import NotAFeed, render_file
from calendars.lint import faults
from calendars.reading import Reading, busy_times, occurrences


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m calendars", description="Work with iCalendar files.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    lint = commands.add_parser("lint", help="print the faults of a feed, one a line")
    lint.add_argument("files", nargs="+", type=Path, metavar="FILE")
    lint.set_defaults(run=_lint)
    expand = commands.add_parser("expand", help="print each busy occurrence, one a line, whole and not merged")
    _add_weeks(expand, _expand)
    busy = commands.add_parser("busy", help="print the busy times, merged and cut at the dates")
    _add_weeks(busy, _busy)
    render = commands.add_parser("render", help="print the feed that a JSON file describes")
    render.add_argument("file", type=Path, metavar="FILE.json")
    render.set_defaults(run=_render)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}\n")
    except NotAFeed as error:
        sys.stderr.write("".join(f"{fault}\n" for fault in error.faults))
    except CalendarError as error:
        sys.stderr.write(f"{error}\n")
    return 2


def _add_weeks(command: argparse.ArgumentParser, run: Callable[[argparse.Namespace], int]) -> None:
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument(
        "--from", dest="start", type=_date, required=True, metavar="DATE", help="YYYY-MM-DD, 00:00 UTC"
    )
    command.add_argument(
        "--to", dest="end", type=_date, required=True, metavar="DATE", help="the day after the last one"
    )
    command.add_argument("--zone", default="UTC", help="IANA zone of times that name none and of all-day events")
    command.set_defaults(run=run)


def _date(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a date such as 2026-03-02, not {text!r}") from None


def _lint(options: argparse.Namespace) -> int:
    found = False
    for path in options.files:
        for fault in faults(path.read_bytes()):
            found = True
            sys.stdout.write(f"{path}: {fault}\n")
    return int(found)


def _expand(options: argparse.Namespace) -> int:
    return _print(occurrences(options.file.read_bytes(), start=options.start, end=options.end, zone=options.zone))


def _busy(options: argparse.Namespace) -> int:
    return _print(busy_times(options.file.read_bytes(), start=options.start, end=options.end, zone=options.zone))


def _render(options: argparse.Namespace) -> int:
    sys.stdout.buffer.write(render_file(options.file))
    return 0


def _print(reading: Reading) -> int:
    for each in reading.busy:
        sys.stdout.write(f"{_instant(each.start)} {_instant(each.end)}\n")
    for line in reading.skipped:
        sys.stderr.write(f"{line}\n")
    return 0


def _instant(value: datetime) -> str:
    return f"{value.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


if __name__ == "__main__":
    sys.exit(main())
