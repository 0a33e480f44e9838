"""What answering a customer is called on pages: its events, its messages, and who was faster. Keys of the catalogs."""

from dashboards.speech import mark

PLACES = {
    "phone": mark("by phone"),
    "mail": mark("by mail"),
    "direct": mark("in a direct message"),
    "public": mark("in public"),
}
LETTER_KINDS = {
    "unanswered": mark("no answer in time"),
    "customer_wrote": mark("the customer wrote again"),
    "swap_asked": mark("somebody asks for a swap"),
    "swap_refused": mark("a no to a swap"),
    "duty_changed": mark("a duty changed hands"),
    "handed_over": mark("hand-over"),
    "manager_asked": mark("question to a manager"),
    "manager_answered": mark("answer of a manager"),
    "approval_asked": mark("answer to approve"),
    "answer_news": mark("what became of an answer"),
}
_ON_ITS_WAY = {
    "answer_asked": mark("asked %(to)s for a yes to the answer"),
    "answer_approved": mark("approved the answer"),
    "answer_refused": mark("refused the answer"),
    "answer_withdrawn": mark("withdrew the answer"),
    "answer_sending": mark("said that the answer is to be sent"),
    "answer_failed": mark("the answer could not be sent"),
    "answer_perhaps": mark("nobody knows whether the answer is out"),
}
EVENTS = {
    "promise_extended": mark("told the customer that it takes longer, until %(due_at)s: %(text)s"),
    "promise_entrusted": mark("with the case a promise went to %(to)s: %(what)s"),
    "unanswered": mark("the customer had no answer in time; called %(to)s"),
    "answer_seen": mark("our own account answered at the source"),
    "waits_again": mark("the customer wrote again and waits; an answer is due by %(answer_by)s"),
    "answer_claimed": mark("began to write the answer"),
    "answer_freed": mark("stopped writing the answer"),
    "answer_taken_over": mark("took the answer over from %(had)s: %(text)s"),
    "handed_over": mark("handed the case over to %(to)s. %(text)s"),
    "handed_back": mark("took the hand-over back"),
    "manager_asked": mark("asked %(to)s: %(text)s"),
    "manager_answered": mark("decided: %(text)s"),
    "manager_unasked": mark("took the question back"),
    **_ON_ITS_WAY,
}
AUDITED = {
    "promise_extended": mark("told the customer that it takes longer"),
    "promise_entrusted": mark("a promise went to somebody else with the case"),
    "unanswered": mark("no answer in time"),
    "answer_seen": mark("our own account answered at the source"),
    "waits_again": mark("the customer wrote again"),
    "answer_claimed": mark("began to write the answer"),
    "answer_freed": mark("stopped writing the answer"),
    "answer_taken_over": mark("took the answer over"),
    "handed_over": mark("handed the case over"),
    "handed_back": mark("took the hand-over back"),
    "manager_asked": mark("asked a manager"),
    "manager_answered": mark("answered a question"),
    "manager_unasked": mark("took the question back"),
    **_ON_ITS_WAY,
    "answer_asked": mark("asked for a yes to the answer"),
}
FASTER = {
    "promise_extended": mark("%(who)s has told the customer already that it takes longer (%(when)s)."),
    "answer_claimed": mark("%(who)s is writing an answer (since: %(when)s)."),
    "manager_answered": mark("%(who)s has answered the question already (%(when)s)."),
    "answered": mark("%(who)s is answering this story or has just answered it (%(when)s): read that first."),
    "answer_approved": mark("%(who)s has decided already (%(when)s)."),
}
