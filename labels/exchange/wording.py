"""What every labelling configuration asks an annotator, in the same words."""

from __future__ import annotations

from labels.codebook import Codebook

VOICE = "Whose voice is it?"
VOICE_HINTS = {"outlet": "the writer's own words", "source": "a quotation, or a reported statement, feeling or reaction of somebody named or unnamed"}
SPEAKER = "The speaker's name, where the sentence gives one"
UNSURE = "an honest second reading would waver"
NOTE = "A note on this reading"


def question(book: Codebook) -> str:
    """Return what an annotator is asked; where a codebook has not just one target, each sentence comes with its own."""
    target = "target that stands beside it" if book.paired else book.target
    return f"Taken as it stands, which stance toward the {target} does this sentence convey to its reader?"


def guidelines(book: Codebook) -> str:
    """Return the codebook's question and definitions as Markdown, for a tool's guidelines or a page beside a table."""
    rows = [f"| `{label.name}` | {label.definition} |" for label in book.scheme]
    voices = [f"| `{name}` | {hint} |" for name, hint in VOICE_HINTS.items()]
    lines = [
        f"# {book.target}",
        f"Codebook {book.name} {book.version}.",
        f"**{question(book)}**",
        "\n".join(["| label | the sentence |", "|---|---|", *rows]),
        f"When an honest second reading wavers between a label and none, choose `{book.default}`, and say that you are unsure.",
        "\n".join([f"| {VOICE.lower().rstrip('?')} | |", "|---|---|", *voices]),
    ]
    return "\n\n".join(lines) + "\n"
