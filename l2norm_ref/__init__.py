"""L2Norm, forward and backward: a reference derived from one definition, to read and to check kernels against.

The public functions need NumPy and nothing else. Everything is loaded when it is first used: `import l2norm_ref` alone
loads not even NumPy, so that `l2norm_ref.symbolic` and `l2norm_ref.emit` work where NumPy is not installed.
"""

from importlib import import_module

__version__ = "0.1.0"

__all__ = [
    "BatchNormSaved",
    "L2NormSaved",
    "ScaleSaved",
    "batch_norm_backward",
    "batch_norm_forward",
    "l2norm_backward",
    "l2norm_forward",
    "scale_backward",
    "scale_forward",
]

TYPE_CHECKING = False  # typing.TYPE_CHECKING without the cost of importing typing
if TYPE_CHECKING:
    from l2norm_ref._batch_norm import BatchNormSaved, batch_norm_backward, batch_norm_forward
    from l2norm_ref._l2norm import L2NormSaved, l2norm_backward, l2norm_forward
    from l2norm_ref._scale import ScaleSaved, scale_backward, scale_forward

# Where each public name lives.
_HOME = {
    "BatchNormSaved": "_batch_norm",
    "L2NormSaved": "_l2norm",
    "ScaleSaved": "_scale",
    "batch_norm_backward": "_batch_norm",
    "batch_norm_forward": "_batch_norm",
    "l2norm_backward": "_l2norm",
    "l2norm_forward": "_l2norm",
    "scale_backward": "_scale",
    "scale_forward": "_scale",
}


def __getattr__(name: str) -> object:
    """Load a public name, or a submodule, on first use (PEP 562)."""
    if name in _HOME:
        value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    if not name.startswith("_"):
        module = f"{__name__}.{name}"
        try:
            return import_module(module)
        except ModuleNotFoundError as error:
            if error.name != module:  # the submodule is there, what it needs is not: say that
                raise
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names, loaded or not."""
    return sorted({*globals(), *__all__})
