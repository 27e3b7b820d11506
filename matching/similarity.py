"""How alike two members' goals are, from 0 (nothing in common) to 1 (the same).

Two parts are compared: the tags (``goals``) and the words of the sentence (``goal``).

- tags: Jaccard index, shared tags / all tags of the two (Jaccard 1901);
- words: Dice coefficient over the beginnings of the words, 2 * shared / sum of both counts (Dice 1945), which is
  kinder to short sentences. A word stands for its first 3, 4 ... 8 letters, all of them, so that inflected and
  compound words match in part ("portfolios", "Sprachkurs", "öğreniyorum") while words that only end alike do not, and
  long words, which say most, count most. In languages with suffixes a plain beginning serves as well as a dictionary
  (Can et al., Information retrieval on Turkish texts, JASIST 59(3), 2008).

Similarity = 0.6 * tags + 0.4 * words. A part that neither of the two filled in does not count and the other part
counts alone; where there is nothing at all to compare the similarity is 0. The measure is symmetric and looks at
nothing but the two members.

Text is compared after Unicode NFKC and case folding, words also without accents. A word is a run of letters, marks
and digits of any script with at least three characters; Korean, where a word carries its particles, and scripts that
write without spaces (Han, kana, Thai, Lao, Khmer, Burmese) are cut into pairs of neighbouring letters instead.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matching.roster import Member

TAG_WEIGHT = 0.6
WORD_WEIGHT = 0.4
_SHORTEST_WORD = 3
_LONGEST_BEGINNING = 8
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR")
_FIRST_ACCENT, _LAST_ACCENT = "\u0300", "\u036f"
#: Latin letters with a stroke or without a dot, which Unicode does not take apart.
_PLAIN = str.maketrans("ıøłđħŧ", "ioldht")


def folded(text: str) -> str:
    """The text in the form in which it is compared."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


def words(text: str) -> frozenset[str]:
    """The words of a sentence that count.

    >>> sorted(words("Ship my Portfolio, get 3 interviews"))
    ['get', 'interviews', 'portfolio', 'ship']
    """
    return frozenset(_words(_unaccented(folded(text))))


def beginnings(text: str) -> frozenset[str]:
    """The beginnings of the words of a sentence, which stand for the words.

    >>> sorted(beginnings("My piano"))
    ['pia', 'pian', 'piano']
    """
    return frozenset(
        word[:length]
        for word in words(text)
        for length in range(min(_SHORTEST_WORD, len(word)), min(_LONGEST_BEGINNING, len(word)) + 1)
    )


@dataclass(frozen=True, slots=True)
class Interests:
    """What is compared of one member."""

    tags: frozenset[str]
    beginnings: frozenset[str]

    @classmethod
    def of(cls, member: Member) -> Interests:
        """The member's tags and the beginnings of their words, folded."""
        return cls(tags=frozenset(filter(None, map(folded, member.goals))), beginnings=beginnings(member.goal))

    def similarity(self, other: Interests) -> float:
        """The similarity defined above."""
        total = weights = 0.0
        if tags := self.tags | other.tags:
            total += TAG_WEIGHT * len(self.tags & other.tags) / len(tags)
            weights += TAG_WEIGHT
        if count := len(self.beginnings) + len(other.beginnings):
            total += WORD_WEIGHT * 2 * len(self.beginnings & other.beginnings) / count
            weights += WORD_WEIGHT
        return total / weights if weights else 0.0


def similarity(one: Member, other: Member) -> float:
    """The similarity of two members' goals, 0 to 1."""
    return Interests.of(one).similarity(Interests.of(other))


def similarities(members: Sequence[Member]) -> list[list[float]]:
    """The similarity of every pair; row and column ``i`` belong to ``members[i]``."""
    interests = [Interests.of(member) for member in members]
    table = [[0.0] * len(members) for _ in members]
    for i, one in enumerate(interests):
        for j in range(i):
            table[i][j] = table[j][i] = one.similarity(interests[j])
    return table


def _unaccented(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in letters if not _FIRST_ACCENT <= letter <= _LAST_ACCENT)
    return unicodedata.normalize("NFKC", plain.translate(_PLAIN))


def _words(text: str) -> Iterator[str]:
    for kind, run in groupby(text, key=_kind):
        letters = "".join(run)
        if kind == "unspaced":
            yield from (map("".join, pairwise(letters)) if len(letters) > 1 else (letters,))
        elif kind == "spaced" and len(letters) >= _SHORTEST_WORD:
            yield letters


def _kind(letter: str) -> str:
    if unicodedata.category(letter)[0] not in "LMN":
        return ""
    return "unspaced" if unicodedata.name(letter, "").startswith(_UNSPACED) else "spaced"
