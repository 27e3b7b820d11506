"""The processes of the service, one command each: what the Procfile runs."""

import logging
import os
import signal
import sys
from threading import Event

import click

from podsched.jobs.queues import ALL


def _log() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    logging.getLogger("rq").setLevel(logging.WARNING)


def _give_way() -> None:
    """On a machine that they share, pages and calendars go before mail and forming, which can wait a second."""
    os.nice(5)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), envvar="PORT", default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 32), default=2, show_default=True)
def web(host: str, port: int, workers: int) -> None:
    """The web process: gunicorn with threads."""
    arguments = [
        sys.executable, "-m", "gunicorn", "--bind", f"{host}:{port}", "--workers", str(workers), "--threads", "4",
        "--worker-class", "gthread", "--graceful-timeout", "8", "--log-level", "warning", "--no-control-socket",
        "podsched.app:create_app()",
    ]  # fmt: skip
    os.environ["PORT"] = str(port)
    os.execv(sys.executable, arguments)  # noqa: S606  our own arguments, and no shell is wanted


@click.command()
@click.argument("queue", type=click.Choice(ALL))
def worker(queue: str) -> None:
    """A background worker for one queue."""
    _log()
    _give_way()
    from podsched.jobs.worker import work  # noqa: PLC0415  the other commands need no RQ

    work(queue)


@click.command()
def scheduler() -> None:
    """The clock: plans check-ins and rings the doorbells."""
    _log()
    _give_way()
    from podsched.app import create_app  # noqa: PLC0415  the other commands need no Flask
    from podsched.jobs.periodic import run_clock  # noqa: PLC0415  nor the services

    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    run_clock(create_app(), stopping)
