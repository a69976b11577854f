"""What the tensors of one moment are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from autograd_tutor.kernel.grad_fns import grad_fn_of
from autograd_tutor.kernel.graph import KEY, Graph
from autograd_tutor.kernel.own_references import Reference
from autograd_tutor.kernel.scope import Scope

_Base: Any = torch._C.TensorBase
_output_nr = vars(_Base)["output_nr"].__get__
_retains_grad = vars(_Base)["retains_grad"].__get__


class Names:
    """The names of tensors, by tensor and by node. Holds none alive."""

    def __init__(self, scope: Scope, graph: Graph) -> None:
        self._tensors = {name: Reference(tensor) for name, tensor in scope.tensors.items()}
        self._by_tensor: dict[int, list[str]] = {}
        """By id() of the tensor."""
        self._by_output: dict[tuple[int, int], str] = {}
        """By the id of its node and its output_nr."""
        self._retaining: dict[int, list[str]] = {}
        """Names of tensors that retain their gradient, by the id of the node that made them."""
        for name, tensor in scope.tensors.items():
            self._by_tensor.setdefault(id(tensor), []).append(name)
            grad_fn = grad_fn_of(tensor)
            number = None if grad_fn is None else graph.identify(grad_fn, name)
            if number is not None:
                self._by_output.setdefault((number, _output_nr(tensor)), name)
                if _retains_grad(tensor):
                    self._retaining.setdefault(number, []).append(name)

    def add(self, name: str, leaf: Any) -> None:
        """A leaf that no variable stands for is called so."""
        self._tensors[name] = Reference(leaf)
        self._by_tensor[id(leaf)] = [name]

    def tensor(self, name: str) -> Any:
        """What has the name; None where that is gone."""
        return self._tensors[name]()

    def tensors(self) -> dict[str, Any]:
        """Those that are still there, by name."""
        found = {name: self.tensor(name) for name in self._tensors}
        return {name: tensor for name, tensor in found.items() if tensor is not None}

    def bound_to(self, tensor: Any) -> Sequence[str]:
        """The variables that are bound to this very tensor."""
        names = self._by_tensor.get(id(tensor), ())
        return names if names and self.tensor(names[0]) is tensor else ()

    def name_of(self, tensor: Any) -> str | None:
        """A variable that is bound to the tensor, or to the same output of the same node."""
        for name in self.bound_to(tensor):
            return name
        grad_fn = grad_fn_of(tensor)
        number = None if grad_fn is None else grad_fn.metadata.get(KEY)
        return None if number is None else self._by_output.get((number, _output_nr(tensor)))

    def retaining(self, node: int) -> Sequence[str]:
        """The tensors made by a node, given by its id, that retain their gradient."""
        return self._retaining.get(node, ())

    def add_retaining(self, tensor: Any) -> None:
        """A pass lets this tensor retain its gradient, if a node made it."""
        grad_fn = grad_fn_of(tensor)
        number = None if grad_fn is None else grad_fn.metadata.get(KEY)
        if number is not None:
            names = self._retaining.setdefault(number, [])
            names += [name for name in self.bound_to(tensor) if name not in names]
