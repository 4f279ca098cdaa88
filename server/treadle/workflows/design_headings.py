"""When two headings mean the same section."""

import re

NUMBER = re.compile(r"^\(?\d+(?:\.\d+)*[.)]*\s+")
AROUND = " *_`~.,:;!?…–—-"


def comparable(heading: str) -> str:
    """Two headings with the same answer name the same section: case, a number before it, and emphasis and punctuation
    around it do not count. Empty for one without a letter or a digit."""
    words = NUMBER.sub("", " ".join(heading.split()).strip(AROUND)).strip(AROUND).casefold()
    return words if re.search(r"\w", words) else ""
