"""Fine-tunes the multilingual encoder that comes with Kuula: ``python -m models.training.encoder --help``."""
