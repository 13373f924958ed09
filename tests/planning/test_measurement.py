"""What the published counts count: Figure 1 at the start, events of the engine, and files that are wrong."""

import pytest

import kik_analysis as kik
from kik_analysis import project
from kik_analysis.capacity.compilation import compile_scenario
from kik_analysis.capacity.compiled import GROUP, Kind, State
from kik_analysis.capacity.willingness import ROW
from kik_analysis.errors import ParameterError
from kik_analysis.facts import claims as facts
from kik_analysis.parameters.commands import check
from kik_analysis.planning import measurement as m

FILE = project.params("measurement.yml")
SAID = m.measurement()


@pytest.mark.parametrize("file", ["params/base.yml", "params/scenarios/july_2019.yml"])
def test_at_the_start_everybody_stands_where_figure_1_has_them(file):
    """Letters and appointments under way included: the four published numbers, to the person."""
    scenario = kik.load_scenario(file)
    c, declined = compile_scenario(scenario), ROW["declined"]
    found = dict.fromkeys(m.get_args(m.Category), 0)
    cells = zip(c.stock_state, c.stock_contact, c.stock_row, c.stock_kind, c.stock_count, strict=True)
    for state, contact, row, kind, count in cells:
        if state in GROUP:
            where, what = State(state).name.lower(), Kind(kind).name.lower()
            found[SAID.category(where, bool(contact), row == declined, what)] += int(count)
    for name, (claim, _) in SAID.quantities("sequence").items():
        if name in found:
            assert found[name] == facts.value(claim)
    assert sum(found.values()) == facts.value("L040")


def test_both_readings_of_an_invitation():
    one, other = (SAID.quantities(reading) for reading in m.READINGS)
    assert one["no_contact_share"] == ("L013", (("unanswered",), ("invitations",)))
    assert other["no_contact_share"] == ("L013", (("unanswered",), ("letters",)))
    assert one["spoken"] == other["spoken"] == ("L042", (("spoken",), ()))


WRONG = [
    ("[unanswered]", "[unanswerd]", "counts.no_contact[1]", "no event; did you mean unanswered?"),
    ("claim: L013", "claim: L0999", "targets.no_contact_share.claim", "no such claim"),
    ("per: group}", "per: grup}", "also.spoken_share.per", "no count, category or output; did you mean"),
    ("state: [never_invited]", "state: [never]", "figure1[1].when.state[1]", "not one of the choices"),
    ("kind: follow_up", "kind: 3", "figure1[6].when.kind", "not one of the choices"),
    ("  - {cat", "  - {category: spoken, when: {}}\n  - {cat", "figure1", "line 2 is never"),
    ("footnote:", "footnot:", "footnot", "unknown key; did you mean footnote?"),
    ("kind: measurement", "kind: scenario", "kind", "not one of the choices"),
]


@pytest.mark.parametrize(("old", "new", "key", "message"), WRONG)
def test_what_is_wrong_is_said_with_file_line_and_key(old, new, key, message, tmp_path):
    path, text = tmp_path / "measurement.yml", FILE.read_text("utf-8")
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ParameterError) as caught:
        m.measurement(path)
    line = text[: text.index(old)].count("\n") + 1
    assert any(f"measurement.yml:{line}: {key}: {message}" in one for one in caught.value.lines), caught.value


def test_somebody_who_stands_nowhere_is_named(tmp_path):
    path, line = tmp_path / "measurement.yml", "  - {category: not_yet_approached, when: {kind: first}}\n"
    path.write_text(FILE.read_text("utf-8").replace(line, ""), "utf-8")
    with pytest.raises(ParameterError, match="figure1: nobody says where state invited, contact false"):
        m.measurement(path)


def test_kik_check_reads_the_file():
    assert check([FILE], {"measurement": m.measurement}) == []
