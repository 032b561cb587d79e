"""What the lint can find: each kind with the rule it breaks, what it does to a visitor, and what to write instead.

Rule numbers are those of docs/dark-patterns.md; WCAG's are its success criteria.
"""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    rule: str
    what: str
    fix: str


KINDS: dict[str, Kind] = {
    "guilt": Kind("C7", "blames or shames for refusing", "Say what is asked, not what refusing says about someone."),
    "urgency": Kind("C7", "presses for time", "Leave the hurry out; the question waits."),
    "praise": Kind("C7", "praises accepting", "Say what the data is used for."),
    "threat": Kind("C8", "threatens with a loss", "Nothing on the site may depend on a yes; leave it out."),
    "double_negative": Kind("C7", "takes two negatives to understand", "Ask for what happens, in the affirmative."),
    "bundling": Kind("E2", "takes silence or use of the site for a yes", "Only a click on an answer is an answer."),
    "anonymity": Kind(
        "E10", "calls anonymous what holds a visitor's number", 'Write what is kept: "a random number", "figures".'
    ),
    "missing_reject": Kind("E1", "is no refusal", 'Write a plain one, such as "Reject all".'),
    "unclear_reject": Kind("C7", "is not recognised as a refusal", 'Write a plain one, such as "Reject all".'),
    "asymmetry": Kind("C7", "weighs more than the other answer", "Write both answers alike."),
    "false_label": Kind("E2", "looks like a yes, and this button is none", "Say what the button does."),
    "text_contrast": Kind("WCAG 1.4.3", "is hard to read", "Choose colours at least 4.5:1 apart."),
    "control_contrast": Kind("WCAG 1.4.11", "is hard to see", "Choose colours at least 3:1 apart."),
}

# RULES without exception: a refusal on the first layer, and nothing pre-ticked.
FINAL = {
    "E1": "refusing must be as easy as accepting",
    "E3": "nothing may be pre-ticked",
}


class Finding(NamedTuple):
    """One thing that a visitor must not meet. `key` is the site's own ("texts.fr.body"), `found` the words or figures."""

    kind: str
    key: str
    found: str

    @property
    def rule(self) -> str:
        return KINDS[self.kind].rule

    def __str__(self) -> str:
        return f"{self.found} {KINDS[self.kind].what} ({self.rule})."
