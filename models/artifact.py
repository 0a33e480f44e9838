"""The trained files that come with the package: numbers only, never pickles, so that loading one runs nothing."""

import hashlib
import io
from importlib.resources import files
from typing import Any


class Artifact:
    """The arrays of one ``models/artifacts/<name>.npz`` by key, and a version made from its content."""

    def __init__(self, name: str, content: bytes) -> None:
        import numpy as np

        self.version = f"{name}-{hashlib.sha256(content).hexdigest()[:8]}"
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            self.arrays: dict[str, Any] = dict(stored)

    @classmethod
    def load(cls, name: str) -> "Artifact":
        """Read an artefact of the installed package."""
        return cls(name, files("models").joinpath("artifacts", f"{name}.npz").read_bytes())

    def part(self, prefix: str) -> dict[str, Any]:
        """Give the arrays whose key is ``prefix/...``, by the rest of their key."""
        return {
            key.removeprefix(f"{prefix}/"): array for key, array in self.arrays.items() if key.startswith(f"{prefix}/")
        }

    def parts(self) -> list[str]:
        """Name the prefixes that are there, sorted."""
        return sorted({key.split("/", 1)[0] for key in self.arrays})
