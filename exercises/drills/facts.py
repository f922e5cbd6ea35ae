"""The facts of lessons 1 to 12 that no drill asks, each with the reason."""
NOT_ASKED: dict[str, str] = {}
