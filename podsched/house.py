"""What every process of the service holds: settings, the database, the makers of addresses and the doorbells."""

from dataclasses import dataclass

from sqlalchemy import Engine

from podsched.db import engine_for
from podsched.jobs.queues import Bells
from podsched.services.links import Addresses
from podsched.settings import Settings


@dataclass(frozen=True, slots=True)
class House:
    settings: Settings
    engine: Engine
    addresses: Addresses
    bells: Bells


def build(settings: Settings) -> House:
    if settings.database_url.startswith("sqlite"):
        settings.var.mkdir(parents=True, exist_ok=True)
    return House(
        settings=settings,
        engine=engine_for(settings.database_url),
        addresses=Addresses(
            settings.base_url,
            settings.secret_key,
            settings.mail_from,
            takes_replies=settings.mail_in is not None,
        ),
        bells=Bells(settings.redis_url),
    )
