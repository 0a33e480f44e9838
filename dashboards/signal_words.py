"""What signals are called, when a post has one, and a sentence that says of a post that it does."""

from dataclasses import dataclass

from dashboards.speech import mark


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a signal is called, when a post has it, and a sentence that says of a post that it does."""

    name: str
    meaning: str
    reason: str


SIGNALS = {
    "refund_demand": Meaning(
        mark("refund demand"),
        mark("asks for money back, compensation or a replacement"),
        mark("Demands money back or a replacement"),
    ),
    "legal_threat": Meaning(
        mark("legal threat"),
        mark("speaks of court, a lawyer, the police or a formal claim"),
        mark("Threatens with court, a lawyer or the police"),
    ),
    "regulator_threat": Meaning(
        mark("regulator threat"),
        mark("names a consumer authority, disputes committee or another authority"),
        mark("Names an authority or threatens with it"),
    ),
    "media_threat": Meaning(
        mark("media threat"),
        mark("names or tags newspapers, TV or journalists"),
        mark("Names the media or threatens with them"),
    ),
    "call_to_share": Meaning(
        mark("call to share"),
        mark("asks others to share, boycott or tell their own story"),
        mark("Calls on others to share or to boycott"),
    ),
    "vulnerable_person": Meaning(
        mark("vulnerable person"),
        mark("the one who suffers is a child, pregnant, elderly, disabled, ill or bereaved"),
        mark("The one who suffers is vulnerable"),
    ),
    "safety_issue": Meaning(
        mark("safety issue"),
        mark("reports injury, fire, contamination, danger or leaked personal data"),
        mark("Tells of a danger to health, or of leaked data"),
    ),
    "no_answer": Meaning(
        mark("no answer"),
        mark("says that the brand does not reply or cannot be reached"),
        mark("Gets no answer"),
    ),
    "broken_promise": Meaning(
        mark("broken promise"),
        mark("says that the brand promised something and did not keep it"),
        mark("What was promised did not happen"),
    ),
    "contradictory_answers": Meaning(
        mark("contradictory answers"),
        mark("got different answers, or was sent from one to another"),
        mark("Got answers that contradict each other"),
    ),
    "rude_staff": Meaning(
        mark("rude staff"),
        mark("says that staff were rude, mocking or indifferent"),
        mark("Was treated rudely"),
    ),
    "repeat_complaint": Meaning(
        mark("repeat complaint"),
        mark("says that it is not the first time"),
        mark("It is not the first time"),
    ),
    "churn_threat": Meaning(
        mark("leaving"),
        mark("says that they leave, cancel or go to a competitor"),
        mark("Leaves, or means to"),
    ),
    "fraud_accusation": Meaning(
        mark("fraud accusation"),
        mark("calls the brand or what it does fraud, theft or a scam"),
        mark("Speaks of fraud"),
    ),
}
