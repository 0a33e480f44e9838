"""What the reply check takes for personal data."""

import pytest

from models.replies.personal import Shown, places


@pytest.mark.parametrize(
    ("language", "text", "kind", "words"),
    [
        ("en", "Order 7741-K is here", Shown.NUMBER, "Order 7741-K"),
        ("et", "Teie lepingu nr on RS-4410", Shown.NUMBER, "RS-4410"),
        ("fi", "varauksen RJ-7713 hyvitys", Shown.NUMBER, "RJ-7713"),
        ("ru", "по договору 40-118/Б", Shown.NUMBER, "40-118/Б"),
        ("fi", "hetu 131052-308T", Shown.NUMBER, "131052-308T"),
        ("et", "isikukood 36805280109", Shown.NUMBER, "36805280109"),
        ("et", "number 5566 7812", Shown.PHONE, "5566 7812"),
        ("en", "call 07700 900112 please", Shown.PHONE, "07700 900112"),
        ("ru", "почта oleg@example.com", Shown.MAIL, "oleg@example.com"),
        ("et", "aadressile Pärna 14-7 täna", Shown.ADDRESS, "Pärna 14-7"),
        ("fi", "osoitteeseen Koskelantie 18 B 40 tänään", Shown.ADDRESS, "Koskelantie 18 B 40"),
        ("en", "to 27 Weir Street tomorrow", Shown.ADDRESS, "27 Weir Street"),
        ("en", "Hi Gareth Pritchard, it is here", Shown.FULL_NAME, "Gareth Pritchard"),
        ("ru", "Олег", Shown.NAME, "Олег"),
    ],
)
def test_it_is_found_in_its_place(language: str, text: str, kind: Shown, words: str) -> None:
    """Numbers of people, orders and telephones, addresses and names are seen as people write them in each language."""
    found = [text[place.start : place.end] for place in places(text, language) if place.kind is kind]
    assert any(words in one for one in found)


@pytest.mark.parametrize("text", ["We meet at 14:30 on 3.12.", "It costs 38.90 euros.", "In 14 days, 2 of 3."])
def test_times_and_sums_are_no_personal_data(text: str) -> None:
    """A time, a date or a sum of money says nothing about who somebody is."""
    assert places(text, "en") == []
