"""Which members belong together, however the pairs were told."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Groups:
    """Disjoint sets of names; joining two names joins their sets.

    >>> groups = Groups("abcd")
    >>> groups.join("ab"); groups.join("bc")
    >>> groups.largest_first()
    [('a', 'b', 'c'), ('d',)]
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._members = {name: [name] for name in names}

    def join(self, names: Iterable[str]) -> None:
        """Put all names that are known into one set; unknown names are passed over."""
        known = [name for name in names if name in self._members]
        for name in known[1:]:
            self._merge(known[0], name)

    def same(self, one: str, other: str) -> bool:
        """Whether both are known and in one set."""
        return one in self._members and other in self._members and self._members[one] is self._members[other]

    def of(self, name: str) -> tuple[str, ...]:
        """Everybody in the set of that name, sorted."""
        return tuple(sorted(self._members[name]))

    def largest_first(self) -> list[tuple[str, ...]]:
        """Each set once, the largest first, then by name."""
        distinct = {id(group): tuple(sorted(group)) for group in self._members.values()}
        return sorted(distinct.values(), key=lambda group: (-len(group), group))

    def _merge(self, one: str, other: str) -> None:
        left, right = self._members[one], self._members[other]
        if left is right:
            return
        left.extend(right)
        for name in right:
            self._members[name] = left
