"""Rules about ourselves that no import contract can state."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from podsched import migrations
from podsched.db import engine_for
from podsched.folders import templates
from podsched.jobs.queues import ALL, ALLOWED
from podsched.models import MailKind
from podsched.services.letters import _COMPOSERS
from podsched.settings import KNOWN, SHARED

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("matching", "calendars", "podsched")


def _modules(*packages: str) -> Iterator[tuple[Path, ast.Module]]:
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path, ast.parse(path.read_text())


def _calls(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def test_one_function_tells_the_time():
    tellers = {"datetime.now", "datetime.utcnow", "date.today", "time.time", "datetime.today"}
    found = {path.name for path, tree in _modules(*PACKAGES) if tellers & set(_calls(tree))}
    assert found == {"clock.py"}


def test_nothing_below_the_edges_reads_the_clock():
    below = ("podsched/domain", "podsched/models", "podsched/services", "podsched/mail", "matching", "calendars")
    assert [path for path, tree in _modules(*below) if "clock.now" in set(_calls(tree))] == []


def test_services_never_commit():
    assert [path for path, tree in _modules("podsched/services") if "session.commit" in set(_calls(tree))] == []


def test_templates_neither_query_nor_reckon_with_dates():
    pattern = re.compile(r"session\.|\.query|\bselect\(|timedelta|strftime")
    assert [path.name for path in templates().rglob("*.html") if pattern.search(path.read_text())] == []


def test_every_string_on_a_page_is_escaped():
    unsafe = re.compile(r"\|\s*safe\b|Markup\(|autoescape false")
    assert [path.name for path in templates().rglob("*.*") if unsafe.search(path.read_text())] == []


def test_pages_carry_no_inline_script_and_no_inline_style():
    inline = re.compile(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=")
    pages = [path for path in templates().rglob("*.html") if "mail" not in path.parts]
    assert [path.name for path in pages if inline.search(path.read_text())] == []


def test_every_mail_kind_has_a_writer_and_its_words():
    folders = {path.name for path in (templates() / "mail").iterdir() if path.is_dir()}
    assert {kind.value for kind in MailKind} == folders
    assert set(MailKind) == set(_COMPOSERS)
    parts = {"subject.txt", "body.txt", "body.html"}
    assert all({part.name for part in (templates() / "mail" / name).iterdir()} == parts for name in folders)


def test_every_queue_is_served_by_the_procfile():
    served = re.findall(r"podsched worker (\w+)", (ROOT / "Procfile").read_text())
    assert sorted(served) == sorted(ALL) == sorted(ALLOWED)


def test_every_setting_is_in_the_readme():
    readme = (ROOT / "README.md").read_text()
    assert [name for name in (*KNOWN, *SHARED) if f"`{name}`" not in readme] == []


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_models_and_migrations_agree(kind, tmp_path, request):
    url = (
        f"sqlite:///{tmp_path / 'schema.sqlite'}"
        if kind == "sqlite"
        else request.getfixturevalue("new_postgres_database")()
    )
    engine = engine_for(url)
    migrations.upgrade(engine)
    assert migrations.differences(engine) == []
    assert migrations.revision_of(engine) == migrations.newest()
    engine.dispose()


def test_sqlite_refuses_a_dangling_foreign_key(house):
    with house.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_pins_have_hashes_and_no_address():
    for path in (ROOT / "constraints").iterdir():
        text = path.read_text()
        assert "://" not in text
        blocks = re.split(r"\n(?=\S)", text.strip())
        assert all("==" in block and "--hash=sha256:" in block for block in blocks)


def test_the_repository_speaks_of_podsched_alone():
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    foreign = re.compile("/" + "work/|/" + r"root/|pypi\.org|python" + "hosted")
    assert [name for name in files if foreign.search((ROOT / name).read_text(errors="replace"))] == []
