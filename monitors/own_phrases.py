"""The phrases that a team approved for the reply check: a folder beside the settings with a file a language."""

from pathlib import Path

from models.replies.patterns import LANGUAGES
from models.replies.phrases import BadPhrases, Phrases, Wordings, builtin_phrases, read_phrases
from monitors.errors import BadSettings
from monitors.team_files import printable, read_start

_LONGEST = 200_000
"""Bytes of a file."""
_NAME_IT = "Name the folder of your phrases as `phrases` in [replies]."


def phrases_of(folder: Path | None) -> Phrases:
    """Give Kuula's phrases, with those of a folder's ``et.toml``, ``ru.toml``, ``fi.toml``, ``en.toml`` in their place.

    Raises ``BadSettings`` that names the file, what is wrong in it and what to do.
    """
    if folder is None:
        return builtin_phrases()
    try:
        # Whatever it is: a pipe or a link that leads nowhere is told of when it is read.
        names = sorted(printable(file.name) for file in folder.iterdir() if file.suffix == ".toml")
    except (NotADirectoryError, FileNotFoundError):
        raise BadSettings(f"{folder} is no folder", remedy=_NAME_IT) from None
    except OSError as error:
        raise BadSettings(f"{folder} cannot be read: {error.strerror}", remedy="Let Kuula read it.") from error
    own = {code: folder / f"{code}.toml" for code in LANGUAGES if f"{code}.toml" in names}
    strange = [name for name in names if not name.startswith(".") and name.removesuffix(".toml") not in LANGUAGES]
    if strange or not own:
        said = f"{folder} holds {strange[0]}" if strange else f"{folder} holds no phrases"
        raise BadSettings(said, remedy=f"Its files are {', '.join(f'{code}.toml' for code in LANGUAGES)}.")
    return builtin_phrases().under(Phrases({code: _read(file) for code, file in own.items()}))


def _read(file: Path) -> Wordings:
    try:
        content = read_start(file, _LONGEST + 1)
        if len(content) > _LONGEST:
            raise BadPhrases(f"it has more than {_LONGEST} bytes; keep the best phrases")
        return read_phrases(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadSettings(f"{file} is not UTF-8", remedy="Save it as UTF-8.") from None
    except OSError as error:
        raise BadSettings(
            f"{file} cannot be read: {error.strerror}", remedy="Put a plain file there that Kuula may read."
        ) from error
    except BadPhrases as error:
        raise BadSettings(f"{file}: {error}", remedy="Correct it; `models/replies/phrases` has examples.") from error
