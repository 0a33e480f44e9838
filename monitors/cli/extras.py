"""What needs libraries that a plain installation does not have, and how to get them."""

import importlib

from monitors.errors import BadSettings


def check_learning(what: str) -> None:
    """Refuse to begin ``what`` where nothing can learn: trees need LightGBM and ONNX."""
    try:
        for library in ("lightgbm", "onnx"):
            importlib.import_module(library)
    except (ImportError, OSError) as error:  # the library, or one of the system that it wants
        how = "In a checkout: make extra EXTRA=virality; elsewhere install the extra, kuula[virality]"
        remedy = f"{how}. On Debian it also wants the package libgomp1."
        raise BadSettings(f"{what} learns by LightGBM, which cannot be used ({error})"[:300], remedy=remedy) from error
