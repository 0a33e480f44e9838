"""What needs libraries that a plain installation does not have, and how to get them."""

import importlib

from monitors.errors import BadSettings


def check_learning(what: str) -> None:
    """Refuse to begin ``what`` where nothing can learn: trees need LightGBM and ONNX."""
    try:
        for library in ("lightgbm", "onnx"):
            importlib.import_module(library)
    except (ImportError, OSError) as error:  # the library, or one of the system that it wants
        remedy = "Install the extra, kuula[virality]; on Debian also the package libgomp1."
        raise BadSettings(f"{what} learns by LightGBM, which cannot be used ({error})"[:300], remedy=remedy) from error
