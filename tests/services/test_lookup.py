"""The look-up behind every poll gives on both databases what the mapped classes give, and says when one is away."""

import builders
import pytest
from builders import AT
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from podsched.db import reading, writing
from podsched.domain import clients, subjects
from podsched.models import FeedStyle, StoredFeed
from podsched.services import links, serving


@pytest.fixture
def token(each_house):
    with writing(each_house.engine) as session:
        (pod,) = builders.published(session, each_house.addresses)
        member = builders.members_of(session, pod)[0]
        return each_house.addresses.feed_token(member), member


@pytest.mark.parametrize("style", FeedStyle)
def test_every_column_is_what_the_mapped_class_has(each_house, token, style):
    address, member = token
    with reading(each_house.engine) as session:
        stored = session.get_one(StoredFeed, (subjects.member(member.id), style))
        link = links.find(session, address, links.LinkKind.FEED, at=AT)
    plain, zipped = (
        serving.served(each_house.engine, each_house.addresses, address, style=style, compressed=compressed, at=AT)
        for compressed in (False, True)
    )
    assert (plain.body, zipped.body) == (stored.body, stored.body_gzip)
    for found in (plain, zipped):
        assert (found.etag, found.changed_at, found.link_id) == (stored.etag, stored.changed_at, link.id)
        assert found.changed_at.tzname() == "UTC"


def test_a_visit_of_this_program_is_in_the_row(each_house, token):
    address, _ = token
    found = serving.served(each_house.engine, each_house.addresses, address, client=clients.APPLE, at=AT)
    serving.note(each_house.engine, found, clients.APPLE, at=AT)
    for client, seen in ((clients.APPLE, AT), (clients.GOOGLE, None)):
        again = serving.served(each_house.engine, each_house.addresses, address, client=client, at=AT)
        assert again.fetched_at == seen


def test_text_is_a_value_and_never_a_part_of_the_statement(each_house, token):
    for strange in ("' OR 1=1 --", "%(token)s", "?", "\x00", "😀"):
        assert serving.served(each_house.engine, each_house.addresses, strange, at=AT) is None


def test_a_database_that_is_away_is_told_as_everywhere_else(each_house, tmp_path):
    empty = create_engine(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    with pytest.raises(OperationalError):
        serving.served(empty, each_house.addresses, "token", at=AT)
    empty.dispose()
    for url in ("postgresql+psycopg://nobody@127.0.0.1:1/nothing", f"sqlite:///{tmp_path}/no/such/folder/x.sqlite"):
        away = create_engine(url)
        with pytest.raises(OperationalError):
            serving.served(away, each_house.addresses, "token", at=AT)
        away.dispose()
    with each_house.engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
