"""The phrases that a team approved for the reply check: a folder beside the settings with a file a language."""

from pathlib import Path

from models.replies.patterns import LANGUAGES
from models.replies.phrases import BadPhrases, Phrases, Wordings, builtin_phrases, read_phrases
from monitors.errors import BadSettings

_LONGEST = 200_000
"""Bytes of a file."""


def phrases_of(folder: Path | None) -> Phrases:
    """Give Kuula's phrases, with those of a folder's ``et.toml``, ``ru.toml``, ``fi.toml``, ``en.toml`` in their place.

    Raises ``BadSettings`` that names the file, what is wrong in it and what to do.
    """
    if folder is None:
        return builtin_phrases()
    if not folder.is_dir():
        raise BadSettings(f"{folder} is no folder", remedy="Name the folder of your phrases as `phrases` in [replies].")
    own = {code: file for code in LANGUAGES if (file := folder / f"{code}.toml").is_file()}
    strange = sorted(file.name for file in folder.glob("*.toml") if file.stem not in LANGUAGES)
    if strange or not own:
        said = f"{folder} holds {strange[0]}" if strange else f"{folder} holds no phrases"
        raise BadSettings(said, remedy=f"Its files are {', '.join(f'{code}.toml' for code in LANGUAGES)}.")
    return builtin_phrases().under(Phrases({code: _read(file) for code, file in own.items()}))


def _read(file: Path) -> Wordings:
    try:
        content = file.read_bytes()
        if len(content) > _LONGEST:
            raise BadPhrases(f"{len(content)} bytes are more than {_LONGEST}; keep the best phrases")
        return read_phrases(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadSettings(f"{file} is not UTF-8", remedy="Save it as UTF-8.") from None
    except OSError as error:
        raise BadSettings(f"{file} cannot be read: {error.strerror}", remedy="Let Kuula read it.") from error
    except BadPhrases as error:
        raise BadSettings(f"{file}: {error}", remedy="Correct it; `models/replies/phrases` has examples.") from error
