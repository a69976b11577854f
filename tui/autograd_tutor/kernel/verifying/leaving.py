"""Follows numbers that leave torch and come back to it."""

from __future__ import annotations

from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_flatten, tree_unflatten

from autograd_tutor.kernel.verifying.forks import is_foreign
from autograd_tutor.kernel.verifying.operands import DOUBLE, has_shadow
from autograd_tutor.kernel.verifying.shadows import Shadows

_LEAVING: dict[Any, str] = {
    torch.Tensor.numpy: "Tensor.numpy",
    torch.Tensor.__array__: "Tensor.numpy",
}
_COPYING = {torch.tensor, torch.as_tensor}


class LeavingNumbers(TorchFunctionMode):
    """Follows numbers that leave torch and come back: `tolist`, `torch.tensor` of tensors."""

    def __init__(self, shadows: Shadows) -> None:
        super().__init__()
        self._shadows = shadows
        self.left: dict[str, None] = {}
        """Ways by which they leave that are not followed."""

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Do what is called."""
        result = func(*args, **(kwargs or {}))
        if is_foreign():
            return result
        if func in _LEAVING and has_shadow(args[0]):
            self.left[_LEAVING[func]] = None
        elif func is torch.Tensor.tolist and self._shadows.numbers_follow and has_shadow(args[0]):
            with self._shadows.aside():
                return self._shadows.left(args[0]).tolist()
        elif func in _COPYING and args and has_shadow(result):
            with self._shadows.aside():
                self._copy(result, args[0])
        return result

    def _copy(self, made: torch.Tensor, data: Any) -> None:
        """Give a tensor that was made of numbers the shadow that these have."""
        values, structure = tree_flatten(data)
        if not values or any(isinstance(each, torch.Tensor) and each.ndim for each in values):
            return
        tracked = any(isinstance(each, torch.Tensor) and each.requires_grad for each in values)
        if tracked and self._shadows.cuts:  # torch warns of it: that is a mistake, and no cut
            self._shadows.lost = True
        numbers = [self._shadows.left(each).item() if has_shadow(each) else each for each in values]
        try:
            whole = torch.tensor(tree_unflatten(numbers, structure), dtype=DOUBLE[made.dtype])
            self._shadows.replace(made, whole)
        except (TypeError, ValueError, RuntimeError):  # numbers of another kind
            return
