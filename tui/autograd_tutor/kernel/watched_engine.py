"""Calls the recorder before and after a backward pass without a frame of its own on the stack.

Hooks and custom backwards may look at the stack: `inspect.stack()`, `warnings.warn` with a
stacklevel, a printed traceback. So torch's own function is compiled once more, from its source and
with its lines, with the calls put in.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from functools import lru_cache, partial, update_wrapper
from typing import Any

from autograd_tutor.kernel.running_pass import RunningPass
from autograd_tutor.kernel.unseen import unseen_itself

Begin = Callable[[Any, tuple[Any, ...], dict[str, Any]], RunningPass]
"""Called with what the engine is called with."""
End = Callable[[RunningPass, BaseException | None, Any], None]
"""Called with what the pass raised, if it did, and else with what it returned."""

_AROUND = """
def watch(_begin, _end):
    _running = _begin({outputs}, {rest}, {named})
    _failure = _returned = None
    try:
        pass
    except BaseException as _raised:
        _failure = _raised
        raise
    finally:
        _end(_running, _failure, _returned)
        del _failure
"""
_PARAMETERS = [
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.VAR_POSITIONAL,
    inspect.Parameter.VAR_KEYWORD,
]


def watched(engine: Any, begin: Begin, end: End) -> Any:
    """`engine`, the function of torch that runs a pass, with `begin` and `end` called around it."""
    factory = _factory(engine)
    if factory is not None:
        return unseen_itself(factory(begin, end))

    @unseen_itself
    def run_backward(t_outputs: Any, *arguments: Any, **named: Any) -> Any:
        running = begin(t_outputs, arguments, named)
        failure = returned = None
        try:
            returned = engine(t_outputs, *arguments, **named)
        except BaseException as error:
            failure = error
            raise
        finally:
            end(running, failure, returned)
            del failure  # it refers to this frame: a cycle
        return returned

    return run_backward


@lru_cache(1)
def _factory(engine: Any) -> Callable[[Begin, End], Any] | None:
    """What makes a watched `engine`; None for a torch that has it in another form."""
    parameters = inspect.signature(engine).parameters
    if [each.kind for each in parameters.values()] != _PARAMETERS or engine.__closure__:
        return None
    try:
        (own,) = ast.parse(textwrap.dedent(inspect.getsource(engine))).body
    except (OSError, TypeError, ValueError):
        return None
    assert isinstance(own, ast.FunctionDef)
    outputs, rest, named = parameters
    (watch,) = ast.parse(_AROUND.format(outputs=outputs, rest=rest, named=named)).body
    assert isinstance(watch, ast.FunctionDef)
    for node in ast.walk(watch):  # on the line of the `def`
        if hasattr(node, "lineno"):
            node.lineno = node.end_lineno = own.lineno  # type: ignore[attr-defined]
    around = next(each for each in watch.body if isinstance(each, ast.Try))
    around.body = [_NotesReturned().visit(each) for each in own.body]
    back = _placed(ast.Return(ast.Name(own.name, ast.Load())), own)
    own.body, watch.body = watch.body, [own, back]
    _drop_annotations(own)
    module = ast.Module([watch], [])
    ast.increment_lineno(module, engine.__code__.co_firstlineno - own.lineno)
    made: dict[str, Any] = {}
    exec(compile(module, engine.__code__.co_filename, "exec"), engine.__globals__, made)
    return partial(_made_by, made["watch"], engine)


def _made_by(watch: Any, engine: Any, begin: Begin, end: End) -> Any:
    function = watch(begin, end)
    function.__code__ = function.__code__.replace(co_qualname=engine.__code__.co_qualname)
    return update_wrapper(function, engine)


def _drop_annotations(function: ast.FunctionDef) -> None:
    """Annotations may need names that exist only for type checkers."""
    function.returns = None
    for each in (*function.args.args, function.args.vararg, function.args.kwarg):
        if each is not None:
            each.annotation = None


class _NotesReturned(ast.NodeTransformer):
    """`return x` becomes `_returned = x; return _returned`."""

    def visit_Return(self, node: ast.Return) -> Any:
        if node.value is None:
            return node
        note = ast.Assign([_placed(ast.Name("_returned", ast.Store()), node)], node.value)
        back = ast.Return(ast.Name("_returned", ast.Load()))
        return [_placed(note, node), _placed(back, node)]


def _placed(made: Any, at: ast.stmt) -> Any:
    """A new node with all inside of it that has no place yet, put in one.

    As ast.fix_missing_locations does, which leaves garbage that the snippet's gc.collect() counts.
    """
    for node in ast.walk(made):
        if "lineno" in node._attributes and not hasattr(node, "lineno"):
            ast.copy_location(node, at)
    return made
