"""What a network client sees: one Starlette application over the one scorer."""
