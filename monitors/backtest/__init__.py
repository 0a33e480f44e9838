"""A rule tried on the past before it pages people: ``kuula backtest``.

``tape`` fills a ledger of its own with the posts and their scores, once. ``replay`` plays the tape into an empty
ledger, in steps of its own time, through the code that runs in production, once for each policy. ``blow_ups`` says what
should have been caught, and ``report`` what was. Everything happens in a temporary folder: no letter is written, and
the team's ledger is only read.
"""
