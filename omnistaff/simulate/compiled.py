"""How compiled code reaches the arrays of a Centre: one pointer in place of some fifty array arguments.

Passing the arrays one by one makes every call copy some four hundred words and count references, which was a
hundred times slower and took minutes to compile. So the arrays' addresses and shapes go into a table, and within
compiled code ``c.name`` reads an array's address from it. The caller keeps the Centre alive while code runs.
"""

from __future__ import annotations

import hashlib
import inspect
import operator
from types import ModuleType
from typing import Any

import numpy as np
from numba import from_dtype, njit, types
from numba.core import cgutils
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, intrinsic, lower_builtin, lower_getattr_generic, models, register_model
from numba.np.arrayobj import (
    getitem_array_tuple,
    getitem_arraynd_intp,
    load_item,
    make_array,
    populate_array,
    store_item,
)

from omnistaff.simulate.state import LAST, LAYOUT, Centre

#: Compile a step of the event loop, without reference counts, as it makes no arrays. Steps are cached as a part
#: of the whole loop only (see ``engine``): numba does not notice when a cached function calls a changed one.
compiled = njit(_nrt=False, nogil=True, error_model="numpy")
#: The same for steps that are built into their callers: the loop is half as quick again, and compiles in half the
#: time, because numba optimises every other step anew in each step that calls it, directly or not.
compiled_inline = njit(_nrt=False, nogil=True, error_model="numpy", inline="always")
_WORDS = 4  # table entries an array: address and up to three dimensions
_PLACE = {name: k * _WORDS for k, name in enumerate(LAYOUT)}


class CellsType(types.Array):
    """An array of a Centre: its indices are never negative, so that none has to be turned to count from the end."""


register_model(CellsType)(models.ArrayModel)
_ARRAYS = {name: CellsType(from_dtype(dtype), ndim, "C") for name, (dtype, ndim) in LAYOUT.items()}


def fingerprint(*modules: ModuleType) -> str:
    """Return a hash of the source of *modules*."""
    digest = hashlib.blake2b(digest_size=16)
    for module in modules:
        digest.update(inspect.getsource(module).encode())
    return digest.hexdigest()


def table_of(centre: Centre) -> np.ndarray:
    """Return the table of addresses and shapes; TypeError names every array that does not fit LAYOUT."""
    table = np.zeros(len(LAYOUT) * _WORDS, dtype=np.int64)
    put_into(table, centre._asdict())
    return table


def put_into(table: np.ndarray, arrays: dict[str, np.ndarray]) -> None:
    """Write the addresses and shapes of some arrays of a Centre into its *table*; raises as ``table_of``.

    No compiled code may be running on the *table*: it keeps addresses in registers.
    """
    wrong = []
    for name, array in arrays.items():
        dtype, ndim = LAYOUT[name]
        fits = array.dtype == dtype and array.ndim == ndim and array.flags.c_contiguous
        if not fits or array.shape[-1] != LAST.get(name, array.shape[-1]):
            wrong.append(f"{name}: {array.dtype}, shape {array.shape}")
        table[_PLACE[name]] = array.ctypes.data
        table[_PLACE[name] + 1 : _PLACE[name] + 1 + array.ndim] = array.shape
    if wrong:
        raise TypeError("arrays do not fit the layout: " + "; ".join(wrong))


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
    for word in words:  # the table does not change while compiled code runs: an address in a register stays good
        word.set_metadata("invariant.load", builder.module.add_metadata([]))
    if name in LAST:
        words[-1] = cgutils.intp_t(LAST[name])
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


def _pointer(context: Any, builder: Any, cells: Any, indices: Any) -> Any:
    """Return the pointer to the element of (type, array) at (types, values) of its indices, all not negative."""
    kind, array = cells
    array = make_array(kind)(context, builder, array)
    places = [context.cast(builder, value, of, types.intp) for of, value in zip(indices[0], indices[1], strict=True)]
    shape, strides = cgutils.unpack_tuple(builder, array.shape), cgutils.unpack_tuple(builder, array.strides)
    return cgutils.get_item_pointer2(
        context, builder, data=array.data, shape=shape, strides=strides, layout="C", inds=places, wraparound=False
    )


@lower_builtin(operator.getitem, CellsType, types.Integer)
@lower_builtin(operator.getitem, CellsType, types.BaseTuple)
def _read_cell(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    kind, index = signature.args
    if isinstance(signature.return_type, types.Array):  # a row
        view = getitem_array_tuple if isinstance(index, types.BaseTuple) else getitem_arraynd_intp
        return view(context, builder, signature, arguments)
    pointer = _pointer(context, builder, (kind, arguments[0]), _unpacked(builder, index, arguments[1]))
    return load_item(context, builder, kind, pointer)


@lower_builtin(operator.setitem, CellsType, types.Integer, types.Any)
@lower_builtin(operator.setitem, CellsType, types.BaseTuple, types.Any)
def _write_cell(context: Any, builder: Any, signature: Any, arguments: Any) -> None:
    kind, index, given = signature.args
    pointer = _pointer(context, builder, (kind, arguments[0]), _unpacked(builder, index, arguments[1]))
    store_item(context, builder, kind, context.cast(builder, arguments[2], given, kind.dtype), pointer)


def _unpacked(builder: Any, index: Any, value: Any) -> tuple[Any, Any]:
    if isinstance(index, types.BaseTuple):
        return index.types, cgutils.unpack_tuple(builder, value, count=len(index))
    return (index,), (value,)


@intrinsic
def at_address(typing_context: Any, address: Any) -> Any:
    """Return the Centre whose table is at *address*."""

    def read(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.intp_t.as_pointer())

    return centre_type(types.int64), read
