"""Makes the reply check: ``python -m models.training.replies``."""
