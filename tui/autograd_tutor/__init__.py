"""See what PyTorch's autograd does, one line and one node at a time."""

__version__ = "0.1.0"

_FOUND_IN = {
    "record": "api", "record_step": "api", "watch": "api",
    "Finding": "findings", "explain": "findings",
}  # fmt: skip
"""What programs use, by the module of `inside` that has it: nothing is imported before."""


def __getattr__(name: str) -> object:
    if name not in _FOUND_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.inside.{_FOUND_IN[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *_FOUND_IN]
