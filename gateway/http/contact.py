"""The operator's line on our pages: whom to ask."""

import html
import re
from typing import Final

_NUMBER: Final = re.compile(r"\+?[0-9][0-9 ()/-]{3,}[0-9]")


def shown_contact(said: str) -> str:
    """The line as a paragraph; "" where the operator gave none."""
    if not said:
        return ""
    # Within Arabic the groups of a telephone number would stand in the wrong order.
    shown = _NUMBER.sub(r'<bdi dir="ltr">\g<0></bdi>', html.escape(said))
    return f"\n<p>{shown}</p>"
