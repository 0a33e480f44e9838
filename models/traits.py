"""Traits: what the text of a post adds to a forecast of how far it will go, beside its counts and its author.

Text alone says little of it, arousal and second person most (Herhausen et al. 2019, J. Marketing 83:3).
"""

import re

from models.scores import Scores, Sentiment

_YOU = {
    "en": "you your yours yourself yourselves u ur you're you've you'd you'll",
    "et": "sa sina su sinu sind sulle sinule sult sinult sul sinul te teie teid teile teilt teil",
    "fi": "sä sinä sun sinun sinua sut sinut sulle sinulle sulta sinulta te teidän teitä teidät teille teiltä teillä",
    "ru": "ты тебя тебе тобой твой твоя твоё твое твои твоего твоей твоих вы вас вам вами ваш ваша ваше ваши вашего "
    "вашей вашу вашим ваших вашем",
}
_FORMS = frozenset(" ".join(_YOU.values()).split())
_BY_LANGUAGE = {code: frozenset(forms.split()) for code, forms in _YOU.items()}
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def traits_of(text: str, scores: Scores) -> tuple[float | None, ...]:
    """Give the traits of a post in the order of ``models.growth.TRAITS``; none at all where no model could read it."""
    if scores.missing:
        return ()
    forms = _BY_LANGUAGE.get(scores.language.code or "", _FORMS)
    words = (word.replace("’", "'") for word in _WORD.findall(text.casefold()))
    return (
        scores.complaint_probability,
        scores.sentiment_probabilities.get(Sentiment.NEGATIVE, 0.0),
        float(scores.severity),
        float(len({found.signal for found in scores.signals})),
        float(any(word in forms for word in words)),
    )
