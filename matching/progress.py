"""Progress for people at a terminal, and for logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from matching.plan import Progress

_WIDTH = 30


class Bar:
    """One line that is drawn over: members placed, out of how many could be."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._longest = 0

    def show(self, progress: Progress) -> None:
        """Draw the bar anew."""
        full = _WIDTH * progress.placed // max(1, progress.members)
        text = f"[{'#' * full}{'.' * (_WIDTH - full)}] {sentence(progress)}"
        self._longest = max(self._longest, len(text))
        self._stream.write(f"\r{text:<{self._longest}}")
        self._stream.flush()

    def end(self) -> None:
        """Leave the line as it is and go to the next."""
        if self._longest:
            self._stream.write("\n")
            self._stream.flush()


class Lines:
    """A line whenever something is new."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._told: tuple[str, int, int] | None = None

    def show(self, progress: Progress) -> None:
        """Write a line unless it would repeat the last."""
        news = progress.step, progress.placed, progress.bound
        if news != self._told:
            self._told = news
            self._stream.write(f"{sentence(progress)}\n")
            self._stream.flush()

    def end(self) -> None:
        """Nothing is left open."""


def sentence(progress: Progress) -> str:
    """Such as ``placing: 140 of 150 placed, at most 148, 3.1 s``."""
    return (
        f"{progress.step}: {progress.placed} of {progress.members} placed, "
        f"at most {progress.bound}, {progress.elapsed:.1f} s"
    )
