"""How compiled code reaches the arrays of a Centre: one pointer in place of some fifty array arguments.

Passing the arrays one by one makes every call copy some four hundred words and count references, which was a
hundred times slower and took minutes to compile. So the arrays' addresses and shapes go into a table, and within
compiled code ``c.name`` reads an array's address from it. The caller keeps the Centre alive while code runs.
"""

from __future__ import annotations

import hashlib
import inspect
from types import ModuleType
from typing import Any

import numpy as np
from numba import from_dtype, njit, types
from numba.core import cgutils
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, intrinsic, lower_getattr_generic, models, register_model
from numba.np.arrayobj import make_array, populate_array

from omnistaff.simulate.state import LAYOUT, Centre

#: Compile a step of the event loop, without reference counts, as it makes no arrays. Steps are cached as a part
#: of the whole loop only (see ``engine``): numba does not notice when a cached function calls a changed one.
compiled = njit(_nrt=False, nogil=True, error_model="numpy")
#: The same for short steps that are many times as quick when they are built into their callers.
compiled_inline = njit(_nrt=False, nogil=True, error_model="numpy", forceinline=True)
_WORDS = 4  # table entries an array: address and up to three dimensions
_PLACE = {name: k * _WORDS for k, name in enumerate(LAYOUT)}
_ARRAYS = {name: types.Array(from_dtype(dtype), ndim, "C") for name, (dtype, ndim) in LAYOUT.items()}


def fingerprint(*modules: ModuleType) -> str:
    """Return a hash of the source of *modules*."""
    digest = hashlib.blake2b(digest_size=16)
    for module in modules:
        digest.update(inspect.getsource(module).encode())
    return digest.hexdigest()


def table_of(centre: Centre) -> np.ndarray:
    """Return the table of addresses and shapes; TypeError names every array that does not fit LAYOUT."""
    table = np.zeros(len(LAYOUT) * _WORDS, dtype=np.int64)
    wrong = []
    for name, array in centre._asdict().items():
        dtype, ndim = LAYOUT[name]
        if array.dtype != dtype or array.ndim != ndim or not array.flags.c_contiguous:
            wrong.append(f"{name}: {array.dtype}, {array.ndim} dimensions")
        table[_PLACE[name]] = array.ctypes.data
        table[_PLACE[name] + 1 : _PLACE[name] + 1 + array.ndim] = array.shape
    if wrong:
        raise TypeError("arrays do not fit the layout: " + "; ".join(wrong))
    return table


class CentreType(types.Type):
    """The compiled view of a Centre: a pointer to its table."""

    def __init__(self) -> None:
        super().__init__(name="Centre")


centre_type = CentreType()


@register_model(CentreType)
class _CentreModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, cgutils.intp_t.as_pointer())


@infer_getattr
class _CentreAttributes(AttributeTemplate):
    key = CentreType

    def generic_resolve(self, centre: CentreType, name: str) -> Any:
        return _ARRAYS.get(name)


@lower_getattr_generic(CentreType)
def _read_array(context: Any, builder: Any, kind: Any, table: Any, name: str) -> Any:
    array_type = _ARRAYS[name]
    words = [builder.load(cgutils.gep_inbounds(builder, table, _PLACE[name] + k)) for k in range(array_type.ndim + 1)]
    array = make_array(array_type)(context, builder)
    size = context.get_abi_sizeof(context.get_data_type(array_type.dtype))
    strides = [cgutils.intp_t(size)]
    for length in reversed(words[2:]):
        strides.insert(0, builder.mul(strides[0], length))
    populate_array(
        array,
        data=builder.inttoptr(words[0], array.data.type),
        shape=words[1:],
        strides=strides,
        itemsize=cgutils.intp_t(size),
        meminfo=None,
    )
    return array._getvalue()


@intrinsic
def at_address(typing_context: Any, address: Any) -> Any:
    """Return the Centre whose table is at *address*."""

    def read(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.intp_t.as_pointer())

    return centre_type(types.int64), read
