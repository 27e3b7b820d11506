"""What is known of the rules of time zones."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from podsched.models.base import Base


class ZoneRules(Base):
    """The rules by which the instants of a zone's members were reckoned, to see when they change."""

    __tablename__ = "zone_rules"

    zone: Mapped[str] = mapped_column(String(64), primary_key=True)
    file_sha256: Mapped[str] = mapped_column(String(64))
