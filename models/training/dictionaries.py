"""``python -m models.training.dictionaries``: dictionaries of base forms that open at once.

simplemma ships its dictionaries packed: reading them costs seconds of every process that needs one. As tries on disk
they are mapped into memory in no time and share it. They are made once after an install, beside the other artefacts;
without them everything works the same, only slower at the start.
"""

from concurrent.futures import ProcessPoolExecutor

from models.lemmas import DICTIONARIES, LEMMATISED


def build(language: str) -> None:
    """Make one language's dictionary, unless it is there: up to 7 s, and 500 MB while it lasts."""
    from simplemma.strategies.dictionaries.trie_dictionary_factory import TrieDictionaryFactory

    TrieDictionaryFactory(disk_cache_dir=str(DICTIONARIES)).get_dictionary(language)


def dictionary_forms(language: str) -> list[str]:
    """Give all inflected forms that one language's dictionary knows: a million or more."""
    import marisa_trie

    build(language)
    return marisa_trie.BytesTrie().mmap(str(DICTIONARIES / f"{language}.dic")).keys()  # type: ignore[no-any-return]


def main() -> None:
    """Make all of them, two at a time."""
    with ProcessPoolExecutor(2) as workers:
        list(workers.map(build, LEMMATISED))


if __name__ == "__main__":
    main()
