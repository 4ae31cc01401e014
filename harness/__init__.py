"""Evaluate sentence encoders: contracts, registry, evaluation, training, command line.

The public API: the names in ``__init__.pyi``, each imported when first used, so that
``import harness`` is quick.
"""

import lazy_loader

from harness.plugins.imported_source import watch_imports

watch_imports()
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
