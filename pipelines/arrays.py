"""Values of Python's in, Arrow's arrays out, by way of their memory; where Arrow takes that from.

`pyarrow.array` and `pyarrow.scalar` load pandas, where that is installed, to see whether what they are given
is of pandas: 0.2 seconds and 40 MB of a crawl that has no use for it. They are not called on a crawl's way.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

_NUMBERS: Final[dict[pa.DataType, type[np.generic]]] = {
    pa.int16(): np.int16,
    pa.int32(): np.int32,
    pa.int64(): np.int64,
    pa.float32(): np.float32,
    pa.float64(): np.float64,
    pa.timestamp("us", tz="UTC"): np.int64,
}
"""How the numbers of a type lie in memory; points in time are microseconds since 1970."""


def array_of(values: Sequence[Any] | npt.NDArray[Any], kind: pa.DataType) -> pa.Array:
    """Return an array of ``kind``, a type of `pipelines.schema`, with ``values``; only texts may be None.

    >>> array_of(["a", None], pa.string()).to_pylist(), array_of([1, 0], pa.bool_()).to_pylist()
    (['a', None], [True, False])
    """
    if kind == pa.string():
        return texts(list(values))
    if kind == pa.bool_():
        held = np.packbits(np.asarray(values, dtype=np.bool_), bitorder="little")
    else:
        held = np.ascontiguousarray(values, dtype=_NUMBERS[kind])
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(held)])


def texts(values: Sequence[str | None]) -> pa.StringArray:
    """Return an array of texts.

    >>> texts(["a", "é", None, ""]).to_pylist()
    ['a', 'é', None, '']
    """
    encoded = [b"" if text is None else text.encode() for text in values]
    ends = np.fromiter(accumulate(map(len, encoded), initial=0), np.int32, len(encoded) + 1)
    known = None
    if None in values:
        known = np.packbits([text is not None for text in values], bitorder="little")
    return pa.Array.from_buffers(
        pa.string(),
        len(encoded),
        [
            None if known is None else pa.py_buffer(known),
            pa.py_buffer(ends),
            pa.py_buffer(b"".join(encoded)),
        ],
    )


def scalar_of(value: Any, kind: pa.DataType) -> pa.Scalar:
    """Return a scalar of ``kind``, a type of `pipelines.schema`.

    >>> scalar_of("a", pa.string()).as_py(), scalar_of(None, pa.string()).as_py()
    ('a', None)
    """
    return array_of([value], kind)[0]


def text_of(joined: bytes) -> pa.StringArray:
    """Return an array of one text, given as UTF-8."""
    ends = np.array([0, len(joined)], dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(ends), pa.py_buffer(joined)])


def take_memory_from_system() -> None:
    """Let Arrow take memory from the C library from now on, for all of this process.

    The allocator that it comes with makes the first use of memory three times as dear, and a crawl uses all
    of it for the first time: it builds one part now and then, and gives back what that took.
    """
    pa.set_memory_pool(pa.system_memory_pool())
