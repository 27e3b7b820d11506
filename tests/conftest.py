"""What every test may ask for: a clock to set, a house of its own, and real servers (see servers.py)."""

import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Dialect, Engine
from sqlalchemy.orm import Session

from podsched import clock, migrations
from podsched.app import create_app
from podsched.db import writing
from podsched.house import House, build
from podsched.jobs import running
from podsched.settings import Settings, read

pytest_plugins = ["servers"]

# A shell that runs the tests in its background hands down that Ctrl-C is ignored, and every program under test would too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

START = datetime(2027, 1, 4, 9, tzinfo=UTC)
SECRET = "a-secret-that-is-only-for-tests-0123456789"


class Clock:
    """Time as the test sets it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def move(self, **step: float) -> datetime:
        self.at += timedelta(**step)
        return self.at

    def set(self, at: datetime) -> None:
        self.at = at


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Replaces the one function that tells the time."""
    set_clock = Clock(START)
    monkeypatch.setattr(clock, "now", set_clock.now)
    return set_clock


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The settings of a test's own installation; change it before asking for ``app``."""
    return {
        "PODSCHED_VAR": str(tmp_path / "var"),
        "PODSCHED_SECRET_KEY": SECRET,
        "REDIS_URL": "redis://127.0.0.1:1/0",  # nobody answers there: ask for ``queued_app`` where it matters
    }


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database made by the migrations, copied for each test."""
    path = tmp_path_factory.mktemp("schema") / "empty.sqlite"
    settings = read(
        {"PODSCHED_VAR": str(path.parent), "DATABASE_URL": f"sqlite:///{path}", "PODSCHED_SECRET_KEY": SECRET}
    )
    engine = _engine(settings)
    migrations.upgrade(engine)
    engine.dispose()  # the last connection to close folds the log into the file
    return path


def _engine(settings: Settings):
    from podsched.db import engine_for

    return engine_for(settings.database_url)


@pytest.fixture
def house(environ: dict[str, str], migrated: Path) -> Iterator[House]:
    settings = read(environ)
    if "DATABASE_URL" not in environ:
        settings.var.mkdir(parents=True, exist_ok=True)
        (settings.var / "podsched.sqlite").write_bytes(migrated.read_bytes())
    made = build(settings)
    _compile_once(made.engine)
    if "DATABASE_URL" in environ:
        migrations.upgrade(made.engine)
    yield made
    made.engine.dispose()


#: By the kind of database: what its engines have compiled so far, for every test has an engine of its own.
_COMPILED: dict[str, tuple[Dialect, dict[Any, Any]]] = {}


def _compile_once(engine: Engine) -> None:
    engine.dialect, compiled = _COMPILED.setdefault(engine.dialect.name, (engine.dialect, {}))
    engine.update_execution_options(compiled_cache=compiled)


@pytest.fixture
def app(house: House) -> Flask:
    made = create_app(house.settings)
    made.extensions["house"] = house
    made.testing = True
    running.use(made)
    return made


@pytest.fixture
def session(house: House) -> Iterator[Session]:
    """One transaction, committed at the end of the test or by the test itself."""
    with writing(house.engine) as held:
        yield held


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def queued_app(environ, valkey, valkey_url, request) -> Flask:
    """The same with a queue of its own."""
    environ["REDIS_URL"] = valkey_url
    return request.getfixturevalue("app")
