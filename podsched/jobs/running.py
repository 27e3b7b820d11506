"""The house a job runs in: set once by the worker or clock before its first job; and whether it should end."""

from threading import Event

from flask import Flask

from podsched.app import create_app, house_of
from podsched.house import House

_app: Flask | None = None
_stopping = Event()


def use(app: Flask) -> None:
    global _app  # noqa: PLW0603  a process works for one house
    _app = app


def the_app() -> Flask:
    if _app is None:
        use(create_app())
    assert _app is not None
    return _app


def the_house() -> House:
    return house_of(the_app())


def stop() -> None:
    """Asks long work to end at the next place where nothing is half done."""
    _stopping.set()


def is_stopping() -> bool:
    return _stopping.is_set()
