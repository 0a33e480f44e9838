"""Finds what may be personal data in a text: numbers of telephones, people and orders, addresses, full names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from models.replies.finding import Span
from models.replies.patterns import names, plain

_LONGEST = 4_000
_REGIONS = {"et": ("EE",), "fi": ("FI",), "ru": ("RU", "EE"), "en": ("GB", "IE", "US")}
_MOST_PHONES = 8
_FEWEST_DIGITS = 6

_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_DIGITS = re.compile(r"(?<![\w,.])\+?\d(?:[ ()-]{0,2}\d){6,13}(?![\w])")
_COUNTED = re.compile(
    r"(?<!\w)(?:order|booking|case|ticket|contract|account|policy|reference|ref|invoice|claim|customer|parcel|"
    r"tracking|bib|member\w*|"
    r"tellimus\w*|leping\w*|pileti\w*|broneering\w*|arve\w*|viitenumb\w*|kliendinumb\w*|pakk?i?|saadetis\w*|juhtum\w*|"
    r"pöördumi\w*|"
    r"tilau\w*|sopimu\w*|varau\w*|lasku\w*|asiakasnumero\w*|tapau\w*|lähety\w*|viite\w*|kuitti\w*|tiketti|vakuutu\w*|"
    r"заказ\w*|договор\w*|брон\w*|билет\w*|обращени\w*|заявк\w*|сч[её]т\w*|полис\w*|трек\w*|накладн\w*|лицев\w*|"
    r"посылк\w*|карт\w*)"
    r"(?:\s+(?:number|no|nr|id|numb\w*|numero\w*|"
    r"номер\w*)\b)?\.?[\s:#№-]{0,4}(?=[\w/-]{0,16}\d)[A-ZÕÄÖÜА-Яa-z0-9][\w/-]{2,19}",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?<![\w@./])(?:[A-ZÕÄÖÜА-Я]{1,5}[-/ ]?\d{3,12}(?:[-/]\w{1,6})*|[№#]\s?[\w-]*\d[\w/-]{2,})(?!\w)")
_ADDRESS = re.compile(
    r"(?<!\w)(?:\d{1,4}\s+(?:[A-Z][\w']+\s){1,3}(?:Street|Road|Lane|Avenue|Close|Drive|Court|Place|Way|Terrace|"
    r"Gardens|Rd|St|Ave|Row|"
    r"Crescent|Hill|Square)\b"
    r"|[A-ZÅÄÖ][\wäöå-]+(?:katu|kadun|tie|tien|polku|kuja|kujan|raitti|kaari|ranta|mäki|"
    r"penger)\w*\s\d{1,3}(?:\s?[A-Za-z]{1,2}(?:\s?\d{1,3})?)?"
    r"|[A-ZÕÄÖÜŠŽ][\w-]+\s?(?:tn|tänav\w*|tee|pst|puiestee\w*|mnt|maantee|põik|katu|tie|polku|kuja|raitti|"
    r"kaari)\.?\s\d{1,3}\w?(?:[-/ ]\w{1,4})?"
    r"|[A-ZÕÄÖÜŠŽ][\wõäöüšž]+\s\d{1,3}[a-z]?-\d{1,3}"
    r"|(?:ул|улиц\w*|пр|просп\w*|пер|переул\w*|бульвар\w*|шоссе|наб)\.?\s[А-ЯЁ][\w-]+,?\s(?:д\.?|дом)?\s?\d{1,3}\w?"
    r"|[А-ЯЁ][\w-]+(?:ая|ой|ского|ой)?,?\s(?:д\.|дом)?\s?\d{1,3},?\s?(?:кв|квартир\w*)\.?\s?\d{1,4})"
)
_HEALTH = re.compile(
    r"(?<!\w)(?:diagnos\w*|depression|pregnan\w*|surgery|insulin\w*|diabet\w*|allerg\w*|cancer|chemo\w*|medicat\w*|"
    r"prescription\w*|"
    r"rase\w*|diagnoos\w*|haigus\w*|vähk\w*|vähi\w*|ravi\w*|operatsioon\w*|depressioon\w*|diabeet\w*|"
    r"diagnoosi\w*|raskau\w*|syöpä\w*|leikkau\w*|masennu\w*|sairau\w*|lääki\w*|"
    r"диагно\w*|беремен\w*|операци\w*|депресс\w*|диабет\w*|онколог\w*|инвалид\w*|болезн\w*|анализ\w*)",
    re.IGNORECASE,
)
_CAPITALISED = re.compile(r"[^\W\d_](?:[\w'’-]*\w)?", re.UNICODE)


class Shown(StrEnum):
    """Kinds of what a text shows about a person."""

    PHONE = "phone"
    MAIL = "mail"
    NUMBER = "number"
    ADDRESS = "address"
    HEALTH = "health"
    FULL_NAME = "full_name"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Place:
    """One thing that is shown, and where."""

    kind: Shown
    start: int
    end: int

    @property
    def span(self) -> Span:
        """The characters."""
        return self.start, self.end


def places(text: str, language: str) -> list[Place]:
    """Find them in reading order; what comes after the first pages is not read."""
    text = text[:_LONGEST]
    found = [Place(Shown.MAIL, *match.span()) for match in _MAIL.finditer(text)]
    found += [Place(Shown.NUMBER, *span) for span in _registered(text)]
    taken = [place.span for place in found]
    found += [Place(Shown.PHONE, *span) for span in _phones(text, language) if not _meets(span, taken)]
    taken = [place.span for place in found]
    for kind, pattern in ((Shown.NUMBER, _COUNTED), (Shown.NUMBER, _CODE), (Shown.ADDRESS, _ADDRESS)):
        found += [Place(kind, *m.span()) for m in pattern.finditer(text) if not _meets(m.span(), taken)]
    found += [Place(Shown.HEALTH, *match.span()) for match in _HEALTH.finditer(text)]
    found += _people(text)
    return sorted(found, key=lambda place: (place.start, place.end))


def _phones(text: str, language: str) -> Iterator[Span]:
    import phonenumbers

    if sum(map(str.isdigit, text)) < _FEWEST_DIGITS:
        return
    seen: list[Span] = []
    for region in _REGIONS.get(language, ("EE",)):
        matcher = phonenumbers.PhoneNumberMatcher(text, region, phonenumbers.Leniency.VALID, _MOST_PHONES)
        for match in matcher:
            if not _meets((match.start, match.end), seen):
                seen.append((match.start, match.end))
    for digits in _DIGITS.finditer(text):  # invented ones and those of other countries look like telephones, too
        if not _meets(digits.span(), seen):
            seen.append(digits.span())
    yield from seen


def _registered(text: str) -> Iterator[Span]:
    """Give numbers that are by their check digits those of a person or an account."""
    from stdnum import iban
    from stdnum.ee import ik
    from stdnum.fi import hetu

    for match in re.finditer(
        r"(?<!\w)[A-Z]{2}\d{2}(?: ?\w{4}){2,7}(?: ?\w{1,4})?|\d{6}[-+A-Y]\w{4}|\d{11}(?!\w)", text
    ):
        words = match[0]
        if ik.is_valid(words) or hetu.is_valid(words) or iban.is_valid(words.replace(" ", ""), check_country=False):
            yield match.span()


def _people(text: str) -> Iterator[Place]:
    known = names()
    words = [match for match in _CAPITALISED.finditer(text) if match[0][0].isupper()]
    for place, match in enumerate(words):
        if plain(match[0]) not in known:
            continue
        last = match
        for following in words[place + 1 : place + 3]:
            if text[last.end() : following.start()] not in (" ", "\u00a0"):
                break
            last = following
        yield Place(Shown.FULL_NAME if last is not match else Shown.NAME, match.start(), last.end())


def _meets(span: Span, others: list[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)
