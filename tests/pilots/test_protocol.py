"""The announced analysis of counts: known results, what does not match refused with its line, a sham run."""

from pathlib import Path

import numpy as np
import pytest
import test_diagnosis
from pilot_files import LOTS, ONE, rows, ways

import kik_analysis as kik
from kik_analysis.errors import DataError, ModelError
from kik_analysis.figures.pilots import pilot_card
from kik_analysis.language.sentences import Text
from kik_analysis.pilots.analysis import SHAM, analyse, sham_run
from kik_analysis.pilots.assignment import DRAWN, expected, flow
from kik_analysis.pilots.card import card
from kik_analysis.pilots.design import load_design
from kik_analysis.pilots.estimators import answer
from kik_analysis.pilots.protocol import blank_counts, check_plan, columns, plan
from kik_analysis.report import tables
from kik_analysis.statistics import intervals, tests

HEAD = "block,arm,cluster,period,people,outcome\n"
GOOD = ",control,,,757,76\n,less,,,500,75\n"
TEAMS = {
    "people: 1257": "people: 1254, clusters: 11, icc: 0.03",
    "kind: complete": "kind: cluster",
    "less: {claim: L056}": "less: {claim: W004}",
    "interval: wald, test: wald": "interval: permutation, test: permutation",
}


@pytest.fixture
def data(tmp_path):
    def write(rows, head=HEAD, encoding="utf-8"):
        path = tmp_path / "counts.csv"
        path.write_text(head + rows, encoding)
        return path

    return write


def test_the_difference_and_its_interval_are_those_of_the_statistics(design, data):
    pilot = design(answer="newcombe, test: fisher")
    found = analyse(pilot, data(GOOD), plan(pilot, 7))
    (line,) = found.lines
    assert line.estimate == pytest.approx(75 / 500 - 76 / 757)
    assert (line.low, line.high) == pytest.approx(tuple(intervals.difference(75, 500, 76, 757)))
    assert line.p == pytest.approx(tests.fisher(75, 500, 76, 757).p_value)
    assert line.announced
    assert found.lost == 0


def test_z_test_against_statsmodels(design, data):
    from statsmodels.stats.proportion import proportions_ztest

    found = analyse(design(swap={"test: wald": "test: z"}), data(GOOD))
    assert found.lines[0].p == pytest.approx(proportions_ztest([75, 76], [500, 757])[1])


def test_blocks_are_exploratory_and_people_without_counts_are_told(data):
    blocked = load_design("p2_blocked")
    rows = "declined,control,,,250,22\ndeclined,less_noncommittal,,,350,58\n"
    rows += "not_reached,control,,,90,9\nnot_reached,less_noncommittal,,,130,20\n"
    found = analyse(blocked, data(rows), plan(blocked, 7))
    assert [one.announced for one in found.lines] == [True, False, False]
    assert found.lost == 857 - 820
    share = 619 / 857
    by_hand = share * (58 / 350 - 22 / 250) + (1 - share) * (20 / 130 - 9 / 90)
    assert found.lines[0].estimate == pytest.approx(by_hand)
    for lang, word in (("nl", "Verkennend"), ("en", "Exploratory")):
        assert any(line.startswith(word) for line in found.text(lang))
    assert not any(one.announced for one in analyse(blocked, data(rows)).lines)


BAD = {case: parts for case, *parts in rows("bad_counts.txt")}


@pytest.mark.parametrize("case", BAD)
def test_data_that_do_not_match_the_plan_are_refused(design, data, case):
    name, head, cells, said = BAD[case]
    pilot = design() if name == "plain" else load_design(name)
    with pytest.raises(DataError) as caught:
        analyse(pilot, data("".join(f"{one}\n" for one in cells.split("/") if one), f"{head}\n"))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("head", "encoding", "said"),
    [
        ("PK\x03\x04xl/\n", "utf-8", "an Excel workbook"),
        (HEAD, "utf-16", "saved as UTF-16"),
        (f"sep=,\n{HEAD}", "utf-8", "does not name the columns"),
        ("control,250,30\nless,250,40\n", "utf-8", "does not name the columns"),
        ("groep,mensen,uitkomst\n", "utf-8", "does not name the columns .expected the columns arm, people"),
    ],
)
def test_what_is_no_table_is_not_taken_for_rows_of_persons(design, data, head, encoding, said):
    with pytest.raises(DataError, match=said):
        analyse(design(), data(GOOD, head, encoding))


def test_a_byte_order_mark_quotes_and_columns_that_would_be_empty_throughout_make_no_difference(design, data):
    whole = analyse(design(), data(GOOD)).lines
    assert analyse(design(), data(GOOD, HEAD.replace("block", '"block"'), "utf-8-sig")).lines == whole
    for cells, head in (
        ("control,757,76\nless,500,75\n", "arm,people,outcome\n"),
        ("76,,control,757\n75,,less,500\n", "outcome,period,arm,people\n"),  # in an order of one's own
    ):
        assert analyse(design(), data(cells, head)).lines == whole


def test_a_cluster_that_crosses_over_at_another_time_is_refused(design, data):
    wedge = design(swap=WAYS["stepped_wedge"])
    head, *cells = blank_counts(plan(wedge, 7)).splitlines()
    filled = "".join(one.removesuffix(",,") + ",20,6\n" for one in cells)
    assert analyse(wedge, data(filled, f"{head}\n")).lines
    nobody = analyse(wedge, data(filled.replace(",20,6\n", ",0,0\n", 1), f"{head}\n"))  # as one period less
    assert (nobody.told["sizes"]["least"], nobody.lines[0].estimate) == (0, pytest.approx(0.0, abs=1e-9))
    first = cells[0].split(",")[2]  # it begins in the second period
    for period, said in (
        (2, "control 1, control 2, treated 3, treated 4, treated 5"),  # begins late
        (5, "control 1, treated 2, treated 3, treated 4, control 5"),  # goes back
    ):
        old, new = (f",{arm},{first},{period}," for arm in ("treated", "control"))
        with pytest.raises(DataError, match=rf"clusters of {said} do not match the plan"):
            analyse(wedge, data(filled.replace(old, new), f"{head}\n"))


@pytest.mark.parametrize("name", ["cluster", "blocked_cluster", "stepped_wedge"])
def test_each_cluster_is_held_against_the_list_of_the_lots(design, data, name):
    pilot = design(swap=WAYS[name])
    made = plan(pilot, 7)
    lot = {str(unit): (block, arm) for unit, block, arm in made.rows}
    head, *rows = blank_counts(made).splitlines()
    for block, arm, cluster, period, *_ in (one.split(",") for one in rows):
        step = lot[cluster][1].removeprefix("step ")
        here = ("control", "treated")[int(period) > int(step)] if period else step  # one period before all
        assert (block, arm) == (lot[cluster][0], here)
    filled = [one.removesuffix(",,") + ",60,6" for one in rows]

    def told(changed):
        return analyse(pilot, data("\n".join(changed), f"{head}\n"), made)

    assert [*told(filled).told][:1] == ["list_held"]
    own = [one.replace(f",{one.split(',')[2]},", f",team {one.split(',')[2]},", 1) for one in filled]
    assert [*told(own).told][:1] == ["list_names"]
    one, other = next((a, b) for a in lot for b in lot if lot[a][1] != lot[b][1])  # two that changed places
    swap = {f",{one},": f",{other},", f",{other},": f",{one},"}
    changed = [
        next((row.replace(a, b, 1) for a, b in swap.items() if a in row[: -len(",60,6")]), row)
        for row in filled
    ]
    wrong = [k + 2 for k, (a, b) in enumerate(zip(filled, changed, strict=True)) if a != b]
    with pytest.raises(DataError, match="the list of the lots has this cluster elsewhere") as caught:
        told(changed)
    lines = {int(line.split(":")[1]) for line in str(caught.value).splitlines()}
    assert lines <= set(wrong)
    assert len(lines) >= 2
    with pytest.raises(DataError, match=r"csv:2: cluster: the list .* \(got 99; expected no row"):
        told([filled[0].replace(f",{filled[0].split(',')[2]},", ",99,", 1), *filled[1:]])


def test_the_list_of_a_blocked_cluster_draws_which_clusters_join(design):
    pilot = design(
        swap={k: v.replace("rest, less: 10", "6, less: 6") for k, v in WAYS["blocked_cluster"].items()}
    )
    rows = plan(pilot, 7).rows
    assert [sum(arm == one for *_, arm in rows) for one in ("control", "less", "")] == [6, 6, 8]
    assert {block for _, block, _ in rows} == {"a", "b"}


def test_people_of_a_block_are_at_most_those_the_list_has_in_an_arm(design, data):
    pilot = design(swap=WAYS["complete_two_blocks"])
    made = plan(pilot, 7)
    rows = {(b, a): sum(row[1:] == (b, a) for row in made.rows) for b in pilot.blocks for a in pilot.arms}
    good = "".join(f"{b},{a},,,{n},{n // 5}\n" for (b, a), n in rows.items())
    found = analyse(pilot, data(good), made)
    assert found.told == {"list_counts": {}}
    assert any("niet wie" in line for line in found.text("nl"))
    n = rows["declined", "less"]
    other = {at: people + (1 if at in (("declined", "less"), ("not_reached", "control")) else -1)
             for at, people in rows.items()}  # fmt: skip
    bad = "".join(f"{b},{a},,,{people},{people // 5}\n" for (b, a), people in other.items())
    assert analyse(pilot, data(bad)).lines  # as many in each arm, as many in each block
    with pytest.raises(
        DataError, match=rf"in arm less in block declined; .*\(got {n + 1}; expected at most {n}"
    ):
        analyse(pilot, data(bad), made)


def test_sizes_of_clusters_are_told_beside_those_of_the_plan(design, data):
    pilot = design(swap=WAYS["cluster"])  # eleven of 114 people
    made = plan(pilot, 7)

    def told(*sizes, of=made):
        head, *rows = blank_counts(of).splitlines()
        filled = "".join(f"{one.removesuffix(',,')},{n},9\n" for one, n in zip(rows, sizes, strict=True))
        return analyse(of.design, data(filled, f"{head}\n"), of)

    found = told(1140, 40, *[114] * 9)
    wanted = {"counted": 2206, "least": 40, "largest": 1140, "planned": 1254, "each": 114}
    assert found.told == {"list_held": {}, "sizes": wanted}
    said = "Geteld zijn 2.206 mensen, 40 tot 1.140 per team (en periode). Het plan rekent met 1.254 mensen"
    assert any(line.startswith(said) for line in found.text("nl"))
    few = plan(design(swap={**TEAMS, "less: {claim: L056}": "less: 3", "control: rest": "control: 4"}), 7)
    assert told(*[114] * 7, of=few).told["sizes"]["planned"] == 798  # seven of eleven are in the pilot


def test_clusters_must_be_those_of_the_plan(design, data):
    rows = "".join(f",{'less' if k < 2 else 'control'},t{k},,114,20\n" for k in range(10))
    with pytest.raises(DataError, match=r"clusters of less do not match the plan.*\(got 2; expected 3"):
        analyse(design(swap=TEAMS), data(rows))
    with pytest.raises(DataError, match="lots fall on clusters; name one in every row"):
        analyse(design(swap=TEAMS), data(GOOD))


def test_with_very_few_clusters_the_margin_has_no_limit(design, data):
    swap = {**TEAMS, "people: 1257": "people: 400, clusters: 4", "less: {claim: L056}": "less: 2"}
    rows = "".join(f",{arm},{arm}{k},,100,{20 + k}\n" for arm in ("control", "less") for k in (3, 5))
    found = analyse(design(swap=swap), data(rows))
    assert found.lines[0].high is None
    assert any("geen grens" in line for line in found.text("nl"))


def test_a_sham_run_keeps_the_level_and_finds_out_the_announced_pilot(design):
    assert abs(sham_run(design()) - 0.05) < 4 * np.sqrt(0.05 * 0.95 / SHAM)
    # nobody was spoken to before, some would come anyway: before and after finds an "effect" every time
    assert sham_run(load_design("p2_announced")) == 1.0
    assert sham_run(load_design("p5_announced")) is None
    assert sham_run(design()) == sham_run(design())
    assert 0.07 < sham_run(design(swap=WAYS["three_arms"])) < 0.13  # two comparisons, each at one in twenty


def test_a_plan_belongs_to_one_design(design, tmp_path):
    paths = plan(design(), 7).write(tmp_path / "plan")
    assert sorted(path.name for path in paths) == ["assignment.csv", "counts.csv", "plan-en.md", "plan-nl.md"]
    for path in (*paths[:2], tmp_path / "plan"):  # a plan, or the folder of both
        check_plan(design(), path)
        with pytest.raises(ModelError, match="the plan was made of another design"):
            check_plan(design(swap={"effect: 0.05": "effect: 0.06"}), path)
    written = paths[1].read_text("utf-8")
    paths[1].write_text(written.replace("Empty so far.", "Begun a week later."), "utf-8")
    check_plan(design(), paths[1])
    paths[1].write_text(written.replace("500", "510"), "utf-8")
    with pytest.raises(ModelError, match="the text above the deviations is not what"):
        check_plan(design(), tmp_path / "plan")
    with pytest.raises(DataError, match="holds no digest of a plan"):
        check_plan(design(), tmp_path / "plan" / "counts.csv")
    with pytest.raises(DataError, match="no such file"):
        check_plan(design(), tmp_path / "plan.md")


def test_a_list_that_is_not_the_plans_is_refused_with_its_lines_and_no_names(design, tmp_path):
    *_, file = plan(design(), 7).write(tmp_path)
    assert file.name == "assignment.csv"
    text = file.read_text("utf-8")
    file.write_text(text.replace("\n", "\r\n").replace("control", '"control"'), "utf-8-sig")  # as Excel or R
    check_plan(design(), tmp_path)
    place, row = next((k, row) for k, row in enumerate(text.splitlines(), 1) if row.endswith("control"))
    file.write_text(text.replace(row, row.replace("control", "less,A. Nobody"), 1), "utf-8")
    for path in (tmp_path, tmp_path / "plan-en.md"):
        with pytest.raises(ModelError, match="not what the lots of the plan gave") as caught:
            check_plan(design(), path)
        assert f"assignment.csv:{place}: " in str(caught.value)
        assert f"(expected {row})" in str(caught.value)
        assert "Nobody" not in str(caught.value)


def test_the_list_of_the_lots_is_the_same_again_and_fills_the_arms(design):
    rows = plan(design(), 7).rows
    assert rows == plan(design(), 7).rows != plan(design(), 8).rows
    assert [sum(arm == one for *_, arm in rows) for one in design().arms] == [757, 500]
    blocked = load_design("p2_blocked")
    rows = plan(blocked, 7).rows
    for arm, parts in blocked.sizes.items():
        for block, n in parts.items():
            assert sum((b, a) == (block, arm) for _, b, a in rows) == n


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_a_plan_says_all_that_was_asked(lang):
    text = plan(load_design("p2_blocked"), 7).text(lang)
    assert text.count("## ") == 8
    assert plan(load_design("p2_blocked"), 7).hash in text
    assert "{" not in text


def as_csv(counts, design):
    """Write one drawn pilot as a municipality would hand it in: one row per cell, with its first line."""
    several, blocks = len(set(counts.period.tolist())) > 1, list(design.blocks)
    n = np.broadcast_to(counts.n, counts.x.shape)
    rows = []
    for c, arm in enumerate(counts.arm):
        if not n[0, c]:
            continue
        whole = not counts.block.any() or design.kind in ("cluster", "stepped_wedge")
        cluster = f"team {chr(97 + counts.cluster[c])}" if counts.cluster[c] >= 0 else ""
        period = counts.period[c] + 1 if several else ""
        cells = ["" if whole else blocks[counts.block[c]], arm, cluster, period, f"{n[0, c]:.0f}"]
        cells.append(f"{counts.x[0, c]:.0f}")
        cells += [] if counts.seen is None else [f"{counts.seen[0, c]:.0f}"]
        cells += [] if counts.took is None else ["yes" if counts.took[c] else "no"]
        rows.append(",".join(map(str, cells)) + "\n")
    return ",".join(columns(design)) + "\n" + "".join(rows)


MORE = ways("more")
WAYS = {**test_diagnosis.WAYS, **MORE, **test_diagnosis.WRONG}
NAMES = [*sorted(path.stem for path in Path("params/pilots").glob("*.yml")), *WAYS]


@pytest.mark.long(every=6)
@pytest.mark.parametrize("name", NAMES)
def test_what_a_drawn_pilot_hands_in_is_analysed_as_it_was_drawn(design, data, name):
    pilot = design(swap=WAYS[name]) if name in WAYS else load_design(name)
    counts = DRAWN[pilot.kind](pilot, np.random.default_rng(7), 1)
    by_list = len(pilot.blocks) == 1 or pilot.kind in (
        "blocked",
        "blocked_cluster",
    )  # the plan has its own lots
    found = analyse(pilot, data(as_csv(counts, pilot), head=""), plan(pilot, 7) if by_list else None)
    expected = answer(pilot, counts)
    lines = found.lines[: len(pilot.contrasts)]
    assert [one.name for one in lines] == list(pilot.contrasts)
    assert all(one.announced == by_list for one in lines)
    for k, one in enumerate(lines):
        assert (one.estimate is None) == (name in ("manski", "lee"))
        for part, value in (("estimate", one.estimate), ("low", one.low), ("high", one.high)):
            assert value is None or value == pytest.approx(expected[part][0, k]), part
        assert one.p is None or one.p == pytest.approx(expected["p"][0, k])
    # the counts to fill in have just these rows, and are read once they are filled in
    filled = as_csv(counts, pilot).replace("team ", "").splitlines()
    blank, numbers = blank_counts(plan(pilot, 7)).splitlines(), {}
    key = [place for place, name in enumerate(columns(pilot)) if name in ("block", "arm", "period", "took")]
    for row in filled:
        numbers.setdefault(tuple(row.split(",")[k] for k in key), []).append(row.split(","))
    assert blank[0] == filled[0]
    empty = [k for k, name in enumerate(columns(pilot)) if k not in key and name != "cluster"]
    rows = []
    for row in blank[1:]:
        cells = row.split(",")
        known = numbers.get(tuple(cells[k] for k in key), [[]])
        values = known.pop() if len(known) > 1 else known[0] or [""] * len(cells)
        rows.append(",".join(values[k] or "1" if k in empty else cell for k, cell in enumerate(cells)))
    again = analyse(
        pilot, data("\n".join((blank[0], *rows, "")), head=""), plan(pilot, 7) if by_list else None
    )
    assert ("list_held" in again.told) == pilot.clustered
    assert [one.name for one in again.lines] == [one.name for one in found.lines]
    left = sum(pilot.attrition.values()) == 0.0
    assert pilot.clustered or found.lost == 0 or not left


@pytest.mark.long(every=5)
@pytest.mark.parametrize("name", WAYS)
def test_every_way_that_can_be_declared_has_a_card_and_a_plan(design, name):
    pilot = design(swap=WAYS[name])
    one = card(pilot, draws=20)
    for lang in ("nl", "en"):
        said = "".join((*one.lines(lang), plan(pilot, 7).text(lang)))
        assert "{" not in said
        assert "NaN" not in said
        assert tables.html(pilot_card(one).table, lang, Text("", ""))
    assert one.as_json()["flow"]
    assert (one.smallest is None) == (pilot.document.answer.test == "none")
    steps, counts = flow(pilot), expected(pilot)  # the flow is the counts that are expected, whatever the way
    last = counts.period == counts.period.max() if pilot.document.answer.estimator == "change" else True
    for arm in {step.arm for step in steps if step.step == "with"}:
        yes = counts.x[0, last & np.array([one == arm for one in counts.arm])].sum()
        assert sum(step.people for step in steps if (step.step, step.arm) == ("with", arm)) == pytest.approx(
            yes, abs=1.5
        )


def test_of_outcomes_seen_only_for_some_no_comparison_is_told(design, data):
    one = design(swap=MORE["manski"])
    head = HEAD.replace("\n", ",seen\n")
    found = analyse(one, data(",control,,,757,60,200\n,less,,,500,90,240\n", head))
    (line,) = found.lines
    by_hand = (90 / 500 - (60 + 557) / 757, (90 + 260) / 500 - 60 / 757)
    assert (line.low, line.high) == pytest.approx(by_hand)
    said = [text for lang in ("nl", "en") for text in found.text(lang)]
    assert any("between -63.5 and 62.1 points" in text for text in said)
    assert any("tussen -63,5 en 62,1 punten" in text for text in said)
    assert not any("margin" in text or "marge" in text for text in said)
    assert any("Chance is not counted in it." in text for text in said)
    with pytest.raises(DataError, match=r"2: seen: more people than there are \(got 800"):
        analyse(one, data(",control,,,757,60,800\n,less,,,500,90,240\n", head))
    with pytest.raises(DataError, match=r"3: outcome: more people than there are \(got 250"):
        analyse(one, data(",control,,,757,60,200\n,less,,,500,250,240\n", head))
    with pytest.raises(DataError, match="seen: missing column"):
        analyse(one, data(GOOD))


def test_a_block_of_which_nobody_is_seen_in_an_arm_has_no_weight_in_lees_bounds(design, data):
    more = "blocks: {a: 100, b: 100}, base_rate: 0.1, effect: 0.05, seen: {control: 0.3, less: 0.5}"
    lots = "{kind: blocked, arms: {control: rest, less: 100}}"
    pilot = design(swap={ONE: more, LOTS: lots, "wald, test: wald": "lee, test: none"})
    head = HEAD.replace("\n", ",seen\n")
    rows = "a,control,,,50,10,20\na,less,,,50,24,40\nb,control,,,50,0,0\nb,less,,,50,9,20\n"
    found = analyse(pilot, data(rows, head))
    # of block a 20 of 50 are seen either way; of the 40 seen under the letter 20 are trimmed from either end
    by_hand = ((24 - 20) / 20 - 10 / 20, 20 / 20 - 10 / 20)
    assert (found.lines[0].low, found.lines[0].high) == pytest.approx(by_hand)
    assert [one.name for one in found.lines] == ["less", "a+less"]
    assert "nan" not in " ".join(found.text("en"))


def test_the_effect_on_those_who_took_part_needs_somebody_who_did(design, data):
    one = design(swap=test_diagnosis.WAYS["cace"])
    head = HEAD.replace("\n", ",took\n")
    rows = ",control,,,757,76,no\n,less,,,300,60,yes\n,less,,,200,20,no\n"
    assert analyse(one, data(rows, head)).lines[0].estimate == pytest.approx((80 / 500 - 76 / 757) / 0.6)
    with pytest.raises(DataError, match="nobody took what the arms offer"):
        analyse(one, data(rows.replace(",less,,,300,60,yes\n", ""), head))
    alike = ",control,,,300,60,yes\n,control,,,200,20,no\n" + rows.partition("\n")[2]
    with pytest.raises(DataError, match=r"csv:\d: took: as many took what is offered in every arm"):
        analyse(one, data(alike, head))
    with pytest.raises(DataError, match="took: not one of the words"):
        analyse(one, data(rows.replace("yes", "ja"), head))


def test_further_outcomes_are_guarded_by_holm(design, data):
    others = "secondary: {wrote: {base_rate: 0.5, effect: 0}, satisfied: {base_rate: 0.3, effect: 0}}, "
    one = design(swap={"decides": others + "decides", "test: wald": "test: z"})
    head = HEAD.replace("\n", ",wrote,satisfied\n")
    found = analyse(one, data(",control,,,757,76,300,220\n,less,,,500,75,230,170\n", head))
    assert [line.name for line in found.lines] == ["less", "wrote+less", "satisfied+less"]
    plain, alone = design(swap={"test: wald": "test: z"}), []
    for x0, x1 in ((76, 75), (300, 230), (220, 170)):
        alone.append(analyse(plain, data(f",control,,,757,{x0}\n,less,,,500,{x1}\n")).lines[0].p)
    assert found.lines[0].p == pytest.approx(alone[0])
    assert [line.p for line in found.lines[1:]] == pytest.approx(list(kik.estimates.holm(alone[1:])))


def test_rows_name_the_covariates_that_were_announced(design, data):
    covariates = design(swap=MORE["covariates"])
    with pytest.raises(DataError, match="block: name its block in every row"):
        analyse(covariates, data(GOOD))
    blocked = design(swap=test_diagnosis.WAYS["blocked_cluster"])
    rows = "".join(f"{'ab'[k % 2]},{'less' if k < 10 else 'control'},t{k},,62,{k}\n" for k in range(20))
    assert analyse(blocked, data(rows), plan(blocked, 7)).lines[0].announced
    with pytest.raises(DataError, match="block: name its block in every row"):
        analyse(blocked, data(rows.replace("a,", ",")))
    with pytest.raises(DataError, match="clusters hold people of every block; leave the block empty"):
        analyse(design(swap=TEAMS), data("all,control,t1,,114,20\n"))
    rows = "".join(f",{'less' if k < 3 else 'control'},t{k},,114,20\n" for k in range(11))
    with pytest.raises(DataError, match=r"5: cluster: a cluster is under one arm only \(got t2"):
        analyse(design(swap=TEAMS), data(rows.replace(",t3,", ",t2,")))


def test_a_plan_without_lots_does_not_hang_on_a_seed(tmp_path):
    asked = load_design("p5_announced")
    paths = plan(asked, 9).write(tmp_path)
    assert [path.name for path in paths] == ["plan-nl.md", "plan-en.md", "counts.csv"]
    for path in paths[:2]:
        check_plan(asked, path)


@pytest.mark.parametrize(("name", "said"), rows("plan_says.txt"))
def test_a_plan_announces_the_analysis_that_is_run(design, name, said):
    text = plan(design(swap=WAYS[name]), 7).text("nl")
    assert said in text
    assert ("Geschat wordt" in text) == (name != "lee")


def test_two_letters_by_block_are_those_of_all_blocks_together(data):
    pilot, head = load_design("p2_two_stage"), "block,arm,people,outcome\n"
    second = ",control>same,100,8\n,less_noncommittal>same,95,9\n"
    second += ",control>firmer,99,15\n,less_noncommittal>firmer,95,14\n"
    parts = "declined,control,150,14\nnot_reached,control,74,9\n"
    parts += "declined,less_noncommittal,150,20\nnot_reached,less_noncommittal,74,12\n"
    whole = ",control,224,23\n,less_noncommittal,224,32\n"
    assert (
        analyse(pilot, data(parts + second, head)).lines == analyse(pilot, data(whole + second, head)).lines
    )


def test_limits_at_a_look_are_those_of_the_one_sequence_that_was_planned(design, data):
    looks = {"wald, test: wald": "confidence_sequence, test: e_process, looks: 10"}
    line = analyse(design(swap=looks), data(",control,,1,300,30\n,less,,1,200,36\n")).lines[0]
    found = kik.estimates.confidence_sequence(36, 200, 30, 300, planned=1257 // 2)
    assert (line.low, line.high) == pytest.approx((found.low, found.high), rel=1e-3)


def test_tiny_chances_and_further_outcomes_are_told_as_they_are(design, data):
    others = "secondary: {wrote: {base_rate: 0.5, effect: 0}}, decides"
    one = design(swap={"decides": others, "test: wald": "test: z"})
    found = analyse(one, data(",control,,,757,76,300\n,less,,,500,200,230\n", HEAD.replace("\n", ",wrote\n")))
    first, second = (line for line in found.text("nl") if line.startswith("  "))
    assert first.endswith("kleiner dan 0,001.")
    assert second.startswith("  wrote, less: ")
    assert "met de regel van Holm: 0," in second


def test_a_pilot_of_ones_own_has_its_figures_and_tables(design):
    assert pilot_card(card(design(), draws=20)).table.frame["persons"][0] == 1257
