"""How the artefacts were made; nothing else imports this."""
