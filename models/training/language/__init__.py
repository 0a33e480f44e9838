"""Trains what tells languages: ``python -m models.training.language --help``."""
