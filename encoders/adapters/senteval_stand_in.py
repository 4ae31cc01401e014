"""Stands in for SentEval: takes what a script hands to its ``SE``, and ends the script there."""

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, ClassVar, NoReturn

import numpy as np
from typing_extensions import override

from harness.encoders.adapters.script import ScriptEnd
from harness.errors import PluginError

PACKAGE = "senteval"
_ENGINE = f"{PACKAGE}.engine"


class Params(dict[str, Any]):
    """SentEval's ``params``: a dictionary whose keys are attributes too, None where absent."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever was put there
        """Return the value of a key."""
        if name.startswith("__"):  # copying and pickling ask for what is no parameter
            raise AttributeError(name)
        return self.get(name)

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401 - as above
        """Set the value of a key."""
        self[name] = value

    def __delattr__(self, name: str) -> None:
        """Remove a key."""
        del self[name]


class SE:
    """SentEval's engine, but for its evaluation: parameters with their defaults, and functions.

    Args:
        params: What the script gives; what it leaves out has SentEval's defaults.
        batcher: Embeds a batch of sentences, each a list of words.
        prepare: Is shown all sentences before; None for none.

    Attributes:
        engines: Each that was made, those whose `eval` was called once more.
    """

    engines: ClassVar[list["SE"]]

    def __init__(
        self,
        params: Mapping[str, Any],
        batcher: Callable[..., Any],
        prepare: Callable[..., Any] | None = None,
    ) -> None:
        defaults = {"usepytorch": True, "seed": 1111, "batch_size": 128, "nhid": 0, "kfold": 5}
        self.params = Params({**defaults, **params})
        self.params.classifier = self.params.classifier or {"nhid": 0}
        self.batcher = batcher
        self.prepare = prepare
        self.engines.append(self)

    def eval(self, name: str | Sequence[str]) -> NoReturn:  # noqa: ARG002 - the harness asks which
        """End the script: its encoder is known, and the harness scores it."""
        self.engines.append(self)
        raise ScriptEnd


class SentEvalStandIn(MetaPathFinder, Loader):
    """Finds the package senteval for one script: a real one if there is one, but for its engine.

    Attributes:
        engine_type: What the script finds as `SE`.
    """

    def __init__(self) -> None:
        self.engine_type: type[SE] = type("SE", (SE,), {"engines": []})

    @override
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] != PACKAGE:
            return None
        if fullname != _ENGINE and (real := self._find_real(fullname, path)):
            return real
        package = getattr(sys.modules.get(PACKAGE), "__spec__", None)
        is_ours = fullname in {PACKAGE, _ENGINE} or getattr(package, "loader", None) is self
        return ModuleSpec(fullname, self, is_package=True) if is_ours else None

    def _find_real(self, fullname: str, path: Sequence[str] | None) -> ModuleSpec | None:
        others = (finder for finder in sys.meta_path if finder is not self)
        found = (finder.find_spec(fullname, path) for finder in others)
        return next((spec for spec in found if spec is not None and spec.has_location), None)

    @override
    def exec_module(self, module: ModuleType) -> None:
        names = vars(module)
        if module.__name__ in {PACKAGE, _ENGINE}:
            names["SE"] = names["SentEval"] = self.engine_type
        if module.__name__ == f"{PACKAGE}.utils":
            names |= {"dotdict": Params, "cosine": _cosine}
        names["__getattr__"] = partial(_look_up, module.__name__)


def _look_up(module: str, name: str) -> Any:  # noqa: ANN401 - a module or a class
    """Return what a script may import, though not use: a module of SentEval's, or a class.

    Raises:
        AttributeError: If Python asks for what it may ask of every module.
    """
    if name.startswith("__"):
        raise AttributeError(name)
    if module in {PACKAGE, f"{PACKAGE}.tools"} and name.islower():
        return import_module(f"{module}.{name}")

    def refuse(*_: object, **__: object) -> NoReturn:
        raise PluginError(
            f"{module}.{name} cannot be used: of SentEval the harness has SE, dotdict and cosine"
            " alone"
        )

    return type(name, (), {"__new__": refuse})


def _cosine(first: Any, second: Any) -> Any:  # noqa: ANN401 - arrays of any kind
    """Return the cosine of two vectors, as SentEval's utils have it."""
    return np.dot(first, second) / (np.linalg.norm(first) * np.linalg.norm(second))
