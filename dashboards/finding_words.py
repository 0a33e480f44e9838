"""The findings of the reply check in words: what each is called, why it hurts, and what to do instead."""

from dataclasses import dataclass

from dashboards.speech import mark


@dataclass(frozen=True, slots=True)
class Advice:
    """What a finding is called, and two sentences: why it hurts, and what to do instead."""

    name: str
    why: str
    instead: str


FINDINGS = {
    "no_empathy": Advice(
        mark("It does not show that you understood"),
        mark("Whoever is not heard says it again, louder."),
        mark("Begin with what happened to them, in your own words."),
    ),
    "no_apology": Advice(
        mark("There is no apology"),
        mark("Without one, everything else sounds like a defence."),
        mark("Say that you are sorry it happened, whoever was at fault."),
    ),
    "no_solution_or_time": Advice(
        mark("There is no solution and no time"),
        mark("They are left waiting, and will ask again where all can see it."),
        mark("Say what happens next, or when they will hear from you."),
    ),
    "promise_without_time": Advice(
        mark("A promise without a time"),
        mark("“Soon” is broken at the moment that they had in mind."),
        mark("Name a day or an hour that you can keep."),
    ),
    "no_owner": Advice(
        mark("Nobody's name is under it"),
        mark("Nobody can be asked about an answer that comes from nobody."),
        mark("Sign with your first name, or give a direct number."),
    ),
    "officialese": Advice(
        mark("It sounds like a form letter"),
        mark("Office language keeps people at a distance when they want to be let in."),
        mark("Say it in the short words that you would use on the phone."),
    ),
    "blames_customer": Advice(
        mark("It puts the blame on the customer"),
        mark("Even where it is true, they now have to prove that you are wrong."),
        mark("Leave out whose fault it was, and show the way out."),
    ),
    "dismissive": Advice(
        mark("It belittles them or sends them away"),
        mark("What is small to you is big to them today."),
        mark("Take it as seriously as they do, and keep it in your own hands."),
    ),
    "public_argument": Advice(
        mark("It argues in public"),
        mark("Those who read along take the customer's side, whoever is right."),
        mark("Keep it to two sentences and offer a call or a direct message, with your name."),
    ),
    "personal_data": Advice(
        mark("It shows personal data to everybody"),
        mark("It can be copied at once and cannot be taken back."),
        mark("Leave it out, and ask for it in a direct message."),
    ),
    "exception_trick": Advice(
        mark("It sells as a favour what is their right"),
        mark("They know or will learn that it was theirs, and feel fooled."),
        mark("Say plainly that they get it, and when."),
    ),
    "contradicts_earlier": Advice(
        mark("It differs from what they were told before"),
        mark("Two stories from one company cost more trust than a slow answer."),
        mark("Say the same as before, or say openly that the earlier answer was wrong."),
    ),
}
