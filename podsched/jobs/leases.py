"""Keeps the claims of a batch this worker's own while it is sent, however slow the mail server is."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from threading import Event, Thread
from types import TracebackType
from typing import Self

from sqlalchemy.exc import OperationalError

from podsched import clock
from podsched.db import writing
from podsched.house import House
from podsched.services import outbox
from podsched.services.outbox import Claim

#: Far below what is left of a lease for somebody whose clock is a minute and a half ahead of ours.
EVERY = timedelta(seconds=5)


class Leases:
    """Renewed by a thread during a slow answer, and between two mails by whoever asks."""

    def __init__(self, house: House, claims: Sequence[Claim]) -> None:
        self._house = house
        self._ours = set(claims)
        self._renewed_at = clock.now()
        self._over = Event()
        self._beat = Thread(target=self._keep, daemon=True)

    def __enter__(self) -> Self:
        self._beat.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._beat.join()

    def is_ours(self, claim: Claim) -> bool:
        if clock.now() - self._renewed_at >= EVERY:
            self._renew()
        return claim in self._ours

    def _keep(self) -> None:
        while not self._over.wait(EVERY.total_seconds()):
            with suppress(OperationalError):  # the database is busy or away; the lease is longer than a few beats
                self._renew()

    def _renew(self) -> None:
        at = clock.now()
        with writing(self._house.engine) as session:
            self._ours = outbox.renew(session, self._ours, at=at)
        self._renewed_at = at
