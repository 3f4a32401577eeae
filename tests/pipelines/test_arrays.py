"""Values become Arrow's arrays as `pyarrow.array` would make them, without its look for pandas."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.arrays import array_of, scalar_of, text_of
from pipelines.schema import TABLES

INTEGERS = {pa.int16(): 15, pa.int32(): 31, pa.int64(): 63}


@given(st.lists(st.none() | st.text()))
def test_texts_come_out_as_they_went_in(values):
    made = array_of(values, pa.string())
    made.validate(full=True)
    assert made.equals(pa.array(values, pa.string()))


@given(st.data(), st.sampled_from(sorted(INTEGERS, key=str)))
def test_whole_numbers_come_out_as_they_went_in(data, kind):
    bound = 2 ** INTEGERS[kind]
    values = data.draw(st.lists(st.integers(-bound, bound - 1)))
    assert array_of(values, kind).equals(pa.array(values, kind))
    assert array_of(np.array(values, np.int64), kind).equals(pa.array(values, kind))


@given(st.lists(st.booleans()))
def test_flags_come_out_as_they_went_in(values):
    made = array_of(values, pa.bool_())
    made.validate(full=True)
    assert made.equals(pa.array(values, pa.bool_()))


def test_a_number_that_its_column_does_not_hold_is_an_error():
    with pytest.raises(OverflowError):
        array_of([2**15], pa.int16())


def test_every_column_of_every_table_can_be_made():
    for schema in TABLES.values():
        for field in schema:
            value = "a" if field.type == pa.string() else 1
            assert array_of([value], field.type).type == field.type


@given(st.text())
def test_one_text_is_read_from_its_bytes(text):
    assert text_of(text.encode()).to_pylist() == [text]
    assert scalar_of(text, pa.string()) == pa.scalar(text)
