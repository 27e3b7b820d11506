"""What services raise. The web alone turns these into pages.

PodschedError
├── NotFound       the thing is not there, or not for this person: the stranger cannot tell which
├── Gone           the thing was there once, and nobody needs to ask again
├── Refused        the thing asked for makes no sense now; the sentence says what to do instead
└── Faults         input that cannot be taken: every fault at once, each beside its field
"""

from collections.abc import Mapping


class PodschedError(Exception):
    pass


class NotFound(PodschedError):
    pass


class Gone(PodschedError):
    """Nobody needs to ask again."""


class Refused(PodschedError):
    """The sentence is shown to the person who asked."""


class Faults(PodschedError):
    """``by_field`` maps a form field to the sentence shown beside it."""

    def __init__(self, by_field: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {sentence}" for field, sentence in by_field.items()))
        self.by_field = dict(by_field)
