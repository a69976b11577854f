"""A cache of what is worked out from a trace, which forgets it when the trace is gone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from weakref import ReferenceType, ref

from autograd_tutor.recording.trace import Trace

P = ParamSpec("P")
V = TypeVar("V")


def cached_per_trace(
    most: int,
) -> Callable[[Callable[Concatenate[Trace, P], V]], Callable[Concatenate[Trace, P], V]]:
    """As `lru_cache(maxsize=most)` for a function of a trace, which it does not keep alive.

    The key is the trace's identity, not its length: pass whatever else the result depends on as
    arguments, which are hashable. The result must not refer to the trace.
    """

    def decorated(make: Callable[Concatenate[Trace, P], V]) -> Callable[Concatenate[Trace, P], V]:
        found: OrderedDict[tuple[ReferenceType[Trace], Hashable], V] = OrderedDict()

        def forget(dead: ReferenceType[Trace]) -> None:
            for key in list(found):
                if key[0] is dead:
                    del found[key]

        @wraps(make)
        def cached(trace: Trace, /, *args: P.args, **kwargs: P.kwargs) -> V:
            rest = (args, tuple(kwargs.items()))
            key = ref(trace), rest
            if key in found:
                found.move_to_end(key)
                return found[key]
            value = make(trace, *args, **kwargs)
            while len(found) >= most:
                found.popitem(last=False)
            # A reference that notices the end of the trace equals one that does not.
            found[ref(trace, forget), rest] = value
            return value

        return cached

    return decorated
