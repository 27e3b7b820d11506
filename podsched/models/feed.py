"""Calendar feeds as they are served: made when something changed, read by every poll."""

import enum
import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from podsched.models.base import Base


class FeedStyle(enum.StrEnum):
    """The forms in which one calendar can be read."""

    FLAT = "flat"
    SERIES = "series"
    BUSY = "busy"
    FREE_BUSY = "freebusy"


class StoredFeed(Base):
    __tablename__ = "rendered_feeds"

    #: What it shows: a member's meetings, a pod, a cohort or all cohorts of a community (services/feeds.py).
    subject: Mapped[str] = mapped_column(String(48), primary_key=True)
    style: Mapped[FeedStyle] = mapped_column(primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    body_gzip: Mapped[bytes] = mapped_column(LargeBinary)
    #: A strong ETag: the hash of the bytes, in quotes.
    etag: Mapped[str] = mapped_column(String(80))
    changed_at: Mapped[datetime]
    #: From when on nobody should be asking any more: set when its reader has left or the cohort is over.
    gone_at: Mapped[datetime | None]


class FeedFetch(Base):
    """When which kind of calendar program last asked for a feed, to the hour: nothing else is kept of a poll."""

    __tablename__ = "feed_fetches"

    link_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("access_links.id"), primary_key=True)
    client: Mapped[str] = mapped_column(String(24), primary_key=True)
    fetched_at: Mapped[datetime]
