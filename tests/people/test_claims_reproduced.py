"""A test per claim: the register counted anew, row by row in plain Python, beside the printed number."""

import csv
import datetime
import io
from collections import defaultdict

import pytest
import whole

from kik_analysis.facts.claims import claims
from kik_analysis.people.agreement import COUNTED, SHARED, disagreements, register_claims, register_shares
from kik_analysis.people.register import write
from kik_analysis.project import data

DRAWS = (0, 1, 2, 3, 11) if whole.anew else (0, 11)
EARLY = datetime.date(2017, 5, 31)


def rows(folder, name):
    return list(csv.DictReader(io.StringIO((folder / f"{name}.csv").read_text(encoding="utf-8"))))


def tallies(folder):
    """Count everything in plain Python; nothing here knows how a register is made."""
    members, former, sent = (rows(folder, name) for name in ("members", "former", "invitations"))
    people = members + former

    def here(column, *values):
        return sum(row[column] in values for row in members)

    def answered(answer):
        return sum(row["answer"] == answer for row in sent)

    by_person = defaultdict(list)
    for row in sorted(sent, key=lambda row: row["sent"]):
        by_person[row["person"]].append(row)
    second = held = 0
    for chain in by_person.values():
        spoken = False
        for row in chain:
            second += spoken
            held += spoken and row["answer"] == "conversation"
            spoken = spoken or row["answer"] == "conversation"
    early = {row["person"] for row in sent if row["sent"] <= EARLY.isoformat()}
    talked = {
        r["person"] for r in sent if r["answer"] == "conversation" and r["answered"] <= EARLY.isoformat()
    }
    ever = [row for row in people if row["last_conversation"]]
    active = sum(row["activity"] == "active" for row in ever)
    wants = sum(row["activity"] == "wants_to" for row in ever)
    group = len(members)
    return {
        "L040": group,
        "L042": here("reach", "spoken"),
        "L043": here("reach", "spoken") / group,
        "L051": here("reach", "not_yet_approached"),
        "L047": here("reach", "not_yet_approached"),
        "L0471": here("reach", "not_yet_approached") / group,
        "L057": here("reach", "declined", "known_to_wij"),
        "L044": here("reach", "declined", "known_to_wij"),
        "L045": here("reach", "declined", "known_to_wij") / group,
        "L058": here("reach", "not_reached"),
        "L046": here("reach", "not_reached") / group,
        "L010": len(sent),
        "L011": answered("conversation"),
        "L012": answered("conversation") / len(sent),
        "L013": answered("no_contact") / len(sent),
        "L014": answered("declined") / len(sent),
        "L015": held / second,
        "L002": len(early),
        "L003": len(talked) / len(early),
        "L017": active / len(ever),
        "L019": wants / (len(ever) - active),
        "L020": sum(row["referred"] == "true" for row in people),
        "L048": here("support", "programme"),
        "L049": here("support", "social_help"),
        "L0491": here("follow_up", "own_goals"),
        "L0492": here("follow_up", "no_question"),
        "L0493": here("follow_up", "not_accounted_for"),
        "L016": len(by_person) < len(sent) and len(ever) < answered("conversation"),
        "L035": min(days(row) for row in members),
    }


def days(row):
    return (datetime.date(2019, 7, 29) - datetime.date.fromisoformat(row["benefit_start"])).days


@pytest.fixture(scope="module")
def counted(make, tmp_path_factory):
    """Tallies of each draw, as written to disk; the committed one for draw nought."""
    found = {}
    for draw in DRAWS:
        folder = data("synthetic") if draw == 0 else tmp_path_factory.mktemp("register") / "r"
        if draw:
            write(folder, make(draw).register)
        found[draw] = tallies(folder)
    return found


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("claim", [*COUNTED, *SHARED])
def test_claim(claim, draw, counted):
    printed, found = claims()[claim], counted[draw][claim]
    low = printed.number if printed.low is None else printed.low
    assert low <= found <= printed.high
    if printed.low == printed.high:
        assert found == printed.number


@pytest.mark.parametrize("draw", DRAWS)
def test_unique_people_are_fewer_than_invitations_and_conversations(draw, counted):
    assert counted[draw]["L016"] is True


@pytest.mark.parametrize("draw", DRAWS)
def test_everybody_has_been_on_benefit_for_more_than_a_year(draw, counted):
    assert counted[draw]["L035"] > 365


def test_our_own_table_counts_the_same(committed, counted):
    for table in (register_claims(committed), register_shares(committed)):
        own = dict(zip(table.frame["claim"], table.frame["register"], strict=True))
        assert own == {name: pytest.approx(counted[0][name], abs=1e-6) for name in own}
        assert table.frame["agrees"].all()


def test_a_register_that_lost_a_person_disagrees(make):
    from dataclasses import replace

    whole = make(0).register
    assert disagreements(whole) == []
    short = replace(whole, members=whole.members.filter(whole.members["reach"] != "not_reached"))
    assert {"L040", "L058", "L046"} <= set(disagreements(short))
