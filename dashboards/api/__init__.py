"""The API: what pages do with the same functions, for other programs, as JSON below ``/api/v1``."""
