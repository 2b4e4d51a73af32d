"""How often the service reads a sentence's voice, and its speaker's name, as the annotators do."""
