"""The home page: what this is and is not, what there is, questions to begin with, and the articles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template

from sayso.namespaces import SAY
from sayso.pages import places, questions, statements

if TYPE_CHECKING:
    from sayso.pages.questions import Question
    from sayso.pages.reading import Reading

# The questions to begin with, each of another kind.
EXAMPLES = (
    "denials",
    "meetings-not-held",
    "told-by-one-unnamed-person",
    "independent-reports-of-600",
    "terms-of-prime-ministers",
    "accusations-left-unanswered",
)

COUNTED = ("Article", "Claim", "Allegation", "Response", "Meeting", "Person", "UnnamedSource")


def show(reading: Reading) -> str:
    """Show the home page."""
    rows = reading.ask("counts", kind=[SAY[kind].value for kind in COUNTED])
    kinds = places.named(reading, [row["kind"].value for row in rows])
    return render_template(
        "home.html",
        reading=reading,
        counts=[(kinds[row["kind"].value], int(row["things"].value)) for row in rows],
        examples=examples(reading),
        articles=statements.sources(reading, questions.ANY).values(),
    )


def examples(reading: Reading) -> list[Question]:
    """List the questions to begin with, or the first of a project that has none of them."""
    known = questions.read(reading.site.project.queries)
    chosen = [known[stem] for stem in EXAMPLES if stem in known]
    return chosen or list(known.values())[: len(EXAMPLES)]
