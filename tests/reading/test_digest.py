"""Same content, same digest; other content, another."""

import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kik_analysis.reading.storage import bytes_digest, canonical, digest, file_digest

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), values, max_size=6))
def test_the_order_of_keys_does_not_matter(mapping):
    assert digest(mapping) == digest(dict(reversed(mapping.items())))


def test_nine_is_nine_however_written():
    assert digest({"fte": 9}) == digest({"fte": 9.0}) == digest({"fte": np.float64(9)})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.1, 0.1 + 1e-16 * 2),
        ("9", 9),
        (True, 1),
        ([1, 2], [2, 1]),
        (datetime.date(2019, 1, 1), "2019-01-01"),
        (None, ""),
    ],
)
def test_other_values_have_other_digests(one, other):
    assert digest(one) != digest(other)


def test_sets_have_no_order():
    assert canonical({"b", "a"}) == canonical(frozenset(["a", "b"]))


def test_a_type_without_a_form_is_refused():
    with pytest.raises(TypeError, match="object"):
        digest(object())


def test_a_file_has_the_digest_of_its_bytes(tmp_path: Path):
    path = tmp_path / "x"
    path.write_bytes(b"\x00kik")
    assert file_digest(path) == bytes_digest(b"\x00kik")
