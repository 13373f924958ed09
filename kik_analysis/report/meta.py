"""What the runner tells the report about a run: nothing here depends on the clock or the machine."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from kik_analysis.evidence.classes import Evidence
from kik_analysis.facts.claims import Claim
from kik_analysis.facts.documents import Document
from kik_analysis.language.notation import LANGUAGES, Lang


@dataclass(frozen=True)
class Setting:
    """One value of a resolved scenario, as the table of parameters shows it.

    Attributes
    ----------
    path, segment, since
        Which parameter, for which part of the group, from which day; the last two may be empty.
    value, low, high
        Numbers; ``value`` may be a text or a date, which then has no limits.
    unit
        Unit of the numbers.
    source, confidence
        Where the value comes from and how sure that is, as the file says.
    place
        ``FILE:LINE`` where it was set.
    evidence
        ``published`` for a value taken from a claim, otherwise ``assumed``.
    label
        What the parameter is, by language; empty where the catalogue has no words for it.
    """

    path: str
    value: float | bool | str | datetime.date | None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    segment: str = ""
    since: datetime.date | None = None
    source: str = ""
    confidence: str = ""
    place: str = ""
    evidence: Evidence = Evidence.ASSUMED
    label: Mapping[Lang, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Return the setting's own name: path, segment and day joined by a slash."""
        since = self.since.isoformat() if self.since else ""
        return "/".join(part for part in (self.path, self.segment, since) if part)


@dataclass(frozen=True)
class Meta:
    """One run, as its report presents it.

    Attributes
    ----------
    title
        Title of the scenario, by language.
    digest
        The first characters of the digest of parameters, claims, seed and version.
    version
        Version of this package.
    settings
        The resolved parameters.
    claims, documents
        The published claims and the documents they stand in.
    warnings
        What was absurd, though not impossible, in the input.
    partial
        True when only some notebooks ran: sentences whose numbers are missing are then left out.
    languages
        Languages of the report.
    theme
        Extra style sheet of the reader's organisation.
    """

    title: Mapping[Lang, str]
    digest: str
    version: str
    settings: tuple[Setting, ...] = ()
    claims: tuple[Claim, ...] = ()
    documents: Mapping[str, Document] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    partial: bool = False
    languages: tuple[Lang, ...] = LANGUAGES
    theme: str = ""

    @property
    def sources_until(self) -> datetime.date:
        """Return the day of the latest document (its first day where the day is not printed)."""
        return max(
            (first_day(one.date) for one in self.documents.values()), default=datetime.date(1970, 1, 1)
        )


def first_day(written: str) -> datetime.date:
    """Return the first day of ``YYYY-MM-DD``, ``YYYY-MM`` or ``YYYY``."""
    year, _, rest = written.partition("-")
    month, _, day = rest.partition("-")
    return datetime.date(int(year), int(month or "1"), int(day or "1"))
