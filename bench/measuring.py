"""Clocks, processes and the machine: what every part of the benchmark needs."""

from __future__ import annotations

import os
import platform
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import module_from_spec, spec_from_file_location
from multiprocessing import get_context
from pathlib import Path
from subprocess import TimeoutExpired
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from subprocess import Popen
    from types import ModuleType

_SETTINGS = ("PODSCHED_", "DATABASE_URL", "REDIS_URL", "MAIL_URL", "PORT", "GUNICORN_CMD_ARGS")

Result = TypeVar("Result")
Case = TypeVar("Case")


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """What the work gave, and the CPU seconds of this process for it."""
    began = time.process_time()
    result = work()
    return result, time.process_time() - began


def spread(measure: Callable[[Case], Result], cases: Iterable[Case], jobs: int) -> Iterator[Result]:
    """The result of each case, in order; with more than one job each in one of so many processes."""
    if jobs == 1:
        yield from map(measure, cases)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(measure, cases)


def without_settings() -> dict[str, str]:
    """The environment of this process, less what podsched reads from it."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_SETTINGS)}


def tests_module(name: str) -> ModuleType:
    """A module of the tests, so that whatever is measured here can be asked for again in a test."""
    spec = spec_from_file_location(name, Path(__file__).resolve().parent.parent / "tests" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules.setdefault(name, module)  # its dataclasses look for it there
    spec.loader.exec_module(module)
    return module


def end(processes: Iterable[Popen[bytes]]) -> None:
    """Ask all of them to stop, then wait; whoever does not is killed."""
    processes = [*processes]
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(20)
        except TimeoutExpired:
            process.kill()
            process.wait()


def machine() -> dict[str, object]:
    """What the figures were measured on, and how busy it was when the measuring began."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "Python": platform.python_version(),
        "OR-Tools": version("ortools"),
        "numpy": version("numpy"),
        "load at the start": round(os.getloadavg()[0], 1),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
    }


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()
