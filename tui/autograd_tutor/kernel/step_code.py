"""What is known of the code objects of a step: found out once for each of them."""

from __future__ import annotations

import dis
from collections.abc import Iterator
from types import CodeType

from autograd_tutor.kernel.categories import shown_name

_FUNCTION = 0x1 | 0x2  # CO_OPTIMIZED | CO_NEWLOCALS: class bodies and modules lack the first
_RESUMABLE = 0x20 | 0x80 | 0x200  # generators, coroutines, asynchronous generators


def _operations(*names: str) -> bytes:
    return bytes([dis.opmap[name] for name in names if name in dis.opmap])


HANDLER = _operations("PUSH_EXC_INFO")
RETURNS = _operations("RETURN_VALUE", "RETURN_CONST")
_YIELDS = _operations("YIELD_VALUE", "SEND")


class StepCode:
    """One code object: that of the step itself or of what is written inside of it."""

    __slots__ = (
        "_is_resumable",
        "_operations",
        "code",
        "function",
        "hook_line",
        "is_followed",
        "lines_before",
    )

    def __init__(self, code: CodeType, lines_before: int = 0, hook_line: int = 0) -> None:
        """`lines_before`: how many more a line counts for Python than for records.

        `hook_line`: where our own calls in it are, as records count; 0: nowhere.
        """
        self.code = code
        self.hook_line = hook_line
        self.lines_before = lines_before
        """Held alive, so that no other code gets its id()."""
        self.function = _function_name(code)
        """`Net.forward`; `` for the step itself."""
        self.is_followed = not self.function or _has_statements(code)
        """Whether its lines are: no lambda, comprehension or class body, nor what is generated."""
        self._is_resumable = bool(code.co_flags & _RESUMABLE)
        self._operations = code.co_code[::2]

    def is_at(self, offset: int, operations: bytes) -> bool:
        """Whether the instruction at an offset is one of these."""
        return self._operations[offset // 2] in operations

    def is_suspended_at(self, offset: int) -> bool:
        """Whether a call of it that leaves at this instruction can be resumed."""
        return self._is_resumable and self.is_at(offset, _YIELDS)


def codes_of(step: CodeType, lines_before: int, hook_line: int) -> dict[int, StepCode]:
    """A code object and all inside of it, by id(): comparing them takes longer."""
    return {id(code): StepCode(code, lines_before, hook_line) for code in codes_within(step)}


def codes_within(code: CodeType) -> Iterator[CodeType]:
    """A code object and all inside of it."""
    waiting = [code]
    while waiting:
        code = waiting.pop()
        yield code
        waiting += [each for each in code.co_consts if isinstance(each, CodeType)]


def _function_name(code: CodeType) -> str:
    whole = code.co_qualname.replace("<locals>.", "")
    return "" if whole == "<module>" else shown_name(whole)


def _has_statements(code: CodeType) -> bool:
    name = code.co_name
    is_function = code.co_flags & _FUNCTION == _FUNCTION
    return is_function and name[:1] != "<" and name != "__annotate__"
