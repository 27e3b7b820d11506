"""Both databases: what holds on SQLite alone is not known to hold."""

import pytest

from podsched.house import House


@pytest.fixture(params=["sqlite", "postgresql"])
def each_house(request: pytest.FixtureRequest, environ: dict[str, str]) -> House:
    """The house of a test that runs twice, once on each database."""
    if request.param == "postgresql":
        environ["DATABASE_URL"] = request.getfixturevalue("new_postgres_database")()
    return request.getfixturevalue("house")
