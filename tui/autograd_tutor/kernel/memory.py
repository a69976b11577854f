"""The elements of a tensor as they lie in memory, read without running a torch operation."""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Callable, Iterator
from functools import update_wrapper
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from autograd_tutor.kernel.unseen import unseen_itself

_Base = torch._C.TensorBase
_stride_of = _Base.stride
_own: Any = vars(_Base)
_shape_of = _own["shape"].__get__
_dtype_of = _own["dtype"].__get__
_offset_of: Callable[[Any], int] = _Base.storage_offset  # type: ignore[assignment]
_contiguous = _Base.is_contiguous
_element_size = _Base.element_size
_nbytes = _own["nbytes"].__get__
_storage_size = torch.UntypedStorage.nbytes
_storage_of = _Base.untyped_storage
_base_address: Callable[[Any], int] = getattr(
    torch._C, "_data_address", lambda tensor: tensor.untyped_storage().data_ptr()
)
"""Where a tensor's storage begins. `data_ptr` would make the copy of a lazy clone."""
storage_address: Callable[[Any], int] = getattr(
    torch._C, "_storage_address", lambda tensor: tensor.untyped_storage()._cdata
)
"""Where the C++ object of a tensor's storage lies: no other has it as long as this one lives."""
_is_lazy_clone: Callable[[Any], bool] = getattr(torch._C, "_is_cow_tensor", lambda tensor: False)
_view_of_memory: Any = ctypes.pythonapi.PyMemoryView_FromMemory
_view_of_memory.restype = ctypes.py_object
_view_of_memory.argtypes = ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_int
"""A `ctypes` array would have a class of its own, which gc.collect() finds and counts."""
_READ = 0x100

_ITEM = {
    torch.bool: "?", torch.uint8: "u1", torch.int8: "i1", torch.int16: "<i2", torch.int32: "<i4",
    torch.int64: "<i8", torch.uint16: "<u2", torch.uint32: "<u4", torch.uint64: "<u8",
    torch.float16: "<f2", torch.bfloat16: "<u2", torch.float32: "<f4", torch.float64: "<f8",
    torch.complex32: "<u4", torch.complex64: "<c8", torch.complex128: "<c16",
}  # fmt: skip
"""How numpy reads an element; where it has no such type, an integer of the same size."""

_NUMPY_DTYPES = {dtype: np.dtype(item) for dtype, item in _ITEM.items()}

_resized: dict[int, weakref.ref[torch.UntypedStorage]] = {}
"""The storages that the run has resized, by the address of their C++ object."""
_failed: list[bool] = []
"""Empty until an operation fails in a way that may leave a tensor larger than its storage."""

KNOWN = frozenset(_ITEM)
"""The dtypes whose elements can be read; others (float8, quantized) are shown as text."""

Array = npt.NDArray[Any]


class OutOfBounds(Exception):
    """The tensor's storage is smaller than its shape says: its elements cannot be read."""


def array(tensor: Any) -> Array:
    """A view of a dense CPU tensor as a numpy array: same shape, no copy.

    Elements have the type of `_ITEM`; a lazy conjugation or negation is not applied. Raises
    KeyError for a dtype that is not KNOWN, OutOfBounds for a storage that was cut.
    """
    numpy_dtype = _NUMPY_DTYPES[_dtype_of(tensor)]
    shape = _shape_of(tensor)
    contiguous = span(tensor)
    if contiguous is not None:
        pointer, size = contiguous
        return np.ndarray(shape, numpy_dtype, _buffer(pointer, size))
    itemsize = numpy_dtype.itemsize
    strides = tuple(step * itemsize for step in _stride_of(tensor))
    size = _extent(shape, strides, itemsize)
    if size == 0:
        return np.empty(shape, numpy_dtype)
    offset = _offset_of(tensor) * itemsize
    if not _has_room(tensor, offset + size):
        raise OutOfBounds
    return np.ndarray(shape, numpy_dtype, _buffer(_base_address(tensor) + offset, size), 0, strides)


def span(tensor: Any) -> tuple[int, int] | None:
    """Address and number of the bytes of a contiguous tensor.

    None for others, for one without elements, and for one whose storage was cut.
    """
    if not _contiguous(tensor):
        return None
    size: int = _nbytes(tensor)
    offset = _offset_of(tensor)
    if offset:
        offset *= _element_size(tensor)
    base = _base_address(tensor)
    if not (size and base) or ((_resized or _failed) and not _has_room(tensor, offset + size)):
        return None
    return base + offset, size


def _has_room(tensor: Any, size: int) -> bool:
    """Whether a tensor's storage has that many bytes.

    It is not asked for unless it may be too small: torch adds gradients in place, and counts a
    version, as long as Python has not seen their storage.
    """
    if _failed:
        return size <= _storage_size(_storage_of(tensor))
    if _resized and (resized := _resized.get(storage_address(tensor))) is not None:
        storage = resized()
        if storage is not None:
            return size <= _storage_size(storage)
    return _base_address(tensor) != 0


def bounds(tensor: Any) -> tuple[int, int] | None:
    """Addresses of a storage's first byte and behind the last one that the tensor has.

    None where it has no memory of its own, such as a clone that was not made yet.
    """
    try:
        begin = _base_address(tensor)
        size = _extent(_shape_of(tensor), _stride_of(tensor), 1)
        if not (begin and size) or _is_lazy_clone(tensor):
            return None
        return begin, begin + (_offset_of(tensor) + size) * _element_size(tensor)
    except (RuntimeError, NotImplementedError):  # old-layout nested tensors have no strides
        return None


def notice_failure(error: BaseException) -> None:
    """An operation has raised this: torch sets a shape before it finds that memory cannot grow.

    NumPy's memory cannot, for example.
    """
    if type(error) is RuntimeError and "resiz" in _message(error):
        _failed.append(True)


def _message(error: BaseException) -> str:
    """Without running code of the snippet."""
    message = error.args[0] if error.args else ""
    return message if type(message) is str else ""


def notice_resizing() -> Callable[[], None]:
    """From now on, notice that a storage is resized: it may be smaller than its tensors then.

    Returns what makes an end of that.
    """
    _resized.clear()
    _failed.clear()
    resize = getattr(torch.UntypedStorage.resize_, "original", torch.UntypedStorage.resize_)

    @unseen_itself
    def noticing(self: torch.UntypedStorage, *arguments: Any, **named: Any) -> Any:
        _resized[self._cdata] = weakref.ref(self)
        return resize(self, *arguments, **named)

    noticing.original = resize  # type: ignore[attr-defined]
    own = vars(torch.UntypedStorage).get("resize_")
    torch.UntypedStorage.resize_ = update_wrapper(noticing, resize)  # type: ignore[method-assign, assignment]

    def end() -> None:
        if vars(torch.UntypedStorage).get("resize_") is noticing:
            if own is None:
                del torch.UntypedStorage.resize_
            else:
                torch.UntypedStorage.resize_ = own  # type: ignore[method-assign]
        _resized.clear()

    return end


def _buffer(pointer: int, size: int) -> Any:
    return _view_of_memory(pointer, size, _READ)


def _extent(shape: tuple[int, ...], strides: tuple[int, ...], itemsize: int) -> int:
    """Bytes from the first element to the end of the last one; 0 if there are none."""
    if 0 in shape:
        return 0
    return sum((n - 1) * step for n, step in zip(shape, strides, strict=True)) + itemsize


def resolved(elements: Array, dtype: torch.dtype, conjugate: bool, negative: bool) -> Array:
    """A copy with a lazy conjugation or negation applied, as print() applies it."""
    elements = np.ascontiguousarray(elements).reshape(elements.shape)
    if dtype is torch.complex32:
        parts = elements.view("<f2").copy()
        parts[..., 1::2] *= -1 if conjugate else 1
        return (-parts if negative else parts).view("<u4")
    if conjugate:
        elements = np.conj(elements)
    return np.negative(elements) if negative else elements


def numbers(elements: Array, dtype: torch.dtype) -> npt.NDArray[np.float64]:
    """Elements as float64; complex ones as their magnitude."""
    if dtype is torch.bfloat16:
        return (elements.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    if dtype is torch.complex32:
        parts = np.ascontiguousarray(elements).view("<f2").astype(np.float64).reshape(-1, 2)
        return np.hypot(parts[:, 0], parts[:, 1])
    if elements.dtype.kind == "c":
        return np.abs(elements.astype(np.complex128))  # complex64 may overflow
    return elements.astype(np.float64)


def distinct(elements: Array) -> Array:
    """The array without its repetitions: one element along every expanded dimension."""
    first = tuple(
        slice(0, 1) if step == 0 and size > 1 else slice(None)
        for size, step in zip(elements.shape, elements.strides, strict=True)
    )
    return elements[first]


def chunks(elements: Array, size: int) -> Iterator[Array]:
    """All elements, in any order, in flat pieces of at most `size`.

    Elements are copied only where there are gaps between them.
    """
    flat = flat_view(elements)
    if flat is not None:
        for begin in range(0, flat.size, size):
            yield flat[begin : begin + size]
        return
    with np.nditer(
        elements,
        flags=["external_loop", "buffered", "zerosize_ok"],
        order="K",
        buffersize=size,
    ) as pieces:
        for piece in pieces:
            yield np.asarray(piece)


def flat_view(elements: Array) -> Array | None:
    """The elements in memory order as one flat view; None where there are gaps."""
    order = np.argsort([-step for step in elements.strides], kind="stable")
    dense = elements.transpose(order)
    return dense.reshape(-1) if dense.flags.c_contiguous else None


def sample(elements: Array, count: int) -> Array:
    """About `count` elements as a flat copy, in blocks spread evenly over all of them."""
    flat = flat_view(elements)
    if flat is not None:
        blocks = max(1, count // _BLOCK)
        starts = np.linspace(0, max(0, flat.size - _BLOCK), blocks).astype(np.int64)
        return np.concatenate([flat[start : start + _BLOCK] for start in starts])
    indices = np.linspace(0, elements.size - 1, count).astype(np.int64)
    picked: Array = elements[np.unravel_index(indices, elements.shape)]
    return picked


_BLOCK = 1024
