"""Numbers name their simulation in the file, and have all their sources again when it is read."""

from hypothesis import given
from hypothesis import strategies as st

from kik_analysis.evidence.number import complete, entry, shorten

LABELS = st.sampled_from([f"parameter:p{k}" for k in range(6)] + [f"claim:L{k:03d}" for k in range(3)])


@st.composite
def rows(draw):
    """Rows as a run makes them: who names a simulation has read everything that it read."""
    runs = {
        name: {*draw(st.sets(LABELS)), f"simulation:{name}"}
        for name in draw(st.sets(st.sampled_from(["base/chance", "base/echo"])))
    }
    found = {entry(name): {"value": 8.0, "reads": sorted(reads)} for name, reads in runs.items()}
    for k in range(draw(st.integers(0, 5))):
        named = draw(st.sets(st.sampled_from(sorted(runs)))) if runs else set()
        reads = set(draw(st.sets(LABELS))).union(*(runs[name] for name in named))
        found[f"table/{k}/share"] = {"value": float(k), "reads": sorted(reads)}
    return found


@given(rows())
def test_nothing_is_lost_on_the_way_to_the_file_and_back(made):
    assert complete(shorten(made)) == made


@given(rows())
def test_a_number_that_names_a_simulation_repeats_nothing_of_it(made):
    short = shorten(made)
    for name, row in short.items():
        named = [read.partition(":")[2] for read in row["reads"] if read.startswith("simulation:")]
        others = [run for run in named if entry(run) != name]
        repeated = {read for run in others for read in made[entry(run)]["reads"] if read not in named}
        assert name.startswith("simulation/") or not {
            read for read in repeated & set(row["reads"]) if not read.startswith("simulation:")
        }


def test_a_simulation_without_an_entry_leaves_its_numbers_alone():
    row = {"reads": ["parameter:team.fte", "simulation:kept/nowhere"]}
    assert shorten({"a": row}) == {"a": row} == complete({"a": row})


def test_rows_without_sources_stay_as_they_are():
    assert complete({"a": {"value": 1.0}}) == {"a": {"value": 1.0}}
