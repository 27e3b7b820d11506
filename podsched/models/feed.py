"""A member's calendar feed as it is served: made when something changed, read by every poll."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from podsched.models.base import Base


class StoredFeed(Base):
    __tablename__ = "stored_feeds"

    enrolment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("enrolments.id"), primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    #: A strong ETag: the hash of the bytes, in quotes.
    etag: Mapped[str] = mapped_column(String(80))
    changed_at: Mapped[datetime]
