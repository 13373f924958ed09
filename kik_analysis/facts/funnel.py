"""The funnel of 2015-2019, counted in invitations: what the letter prints and what its words leave open."""

from __future__ import annotations

import datetime
import math

from kik_analysis.evidence.number import Estimate, number
from kik_analysis.facts import bounds
from kik_analysis.facts.claims import claims
from kik_analysis.facts.periods import last_day
from kik_analysis.facts.values import PERCENT, limits, scaled, value
from kik_analysis.statistics import grim

HALF = 0.5
BEGIN, INVITATIONS, CONVERSATIONS, NO_CONTACT_SHARE = "L001", "L010", "L011", "L013"


def _missed() -> tuple[int, int, int]:
    claim, invitations = claims()[NO_CONTACT_SHARE], int(value(INVITATIONS))
    counts = grim.counts_between(*limits(claim), invitations)
    return math.floor(claim.number * invitations + HALF), counts[0], counts[-1]


def no_contact() -> Estimate:
    """Return the invitations without contact: the whole numbers that are printed as this share."""
    return Estimate(*_missed())


def declined() -> Estimate:
    """Return the invitations that were declined: what is left of all invitations."""
    rest = value(INVITATIONS) - value(CONVERSATIONS)
    central, low, high = _missed()
    return Estimate(rest - central, rest - high, rest - low)


@number("funnel.invitations", unit="invitations")
def funnel_invitations() -> float:
    """Return how many invitations were sent, second ones included."""
    return value(INVITATIONS)


@number("funnel.conversations", unit="conversations")
def funnel_conversations() -> float:
    """Return how many conversations came of them."""
    return value(CONVERSATIONS)


@number("funnel.conversation_share", unit="percent", decimals=1)
def funnel_conversation_share() -> float:
    """Return the share of invitations that led to a conversation."""
    return PERCENT * value(CONVERSATIONS) / value(INVITATIONS)


@number("funnel.no_contact", unit="invitations")
def funnel_no_contact() -> Estimate:
    """Return after how many invitations no contact was made."""
    return no_contact()


@number("funnel.declined", unit="invitations")
def funnel_declined() -> Estimate:
    """Return how many invitations were declined."""
    return declined()


@number("funnel.declined_share", unit="percent", decimals=1)
def funnel_declined_share() -> Estimate:
    """Return the share of invitations that were declined."""
    return scaled(declined(), PERCENT / value(INVITATIONS))


@number("funnel.begin", unit="year")
def funnel_begin() -> float:
    """Return the year in which the project began."""
    return value(BEGIN)


def end() -> datetime.date:
    """Return the last day that the funnel covers."""
    return last_day(claims()[INVITATIONS].as_of)


@number("funnel.people_invited", unit="persons")
def funnel_people_invited() -> Estimate:
    """Return how many different people were invited: a range, as the letter gives no number."""
    return bounds.bound("people_invited").estimate()


@number("funnel.people_spoken", unit="persons")
def funnel_people_spoken() -> Estimate:
    """Return how many different people were spoken to: a range, as the letter gives no number."""
    return bounds.bound("people_spoken").estimate()
