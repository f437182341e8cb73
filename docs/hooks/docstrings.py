"""An extension of Griffe, which reads the docstrings for the API page.

Contract: a section headed ``Example:`` shows its session as code, as ``Examples:`` does.  Google's style has both;
Griffe knows only the plural and would take the prompts ``>>>`` for quotations.
"""

from __future__ import annotations

import re
from typing import Any

from griffe import Extension, Object

SINGULAR = re.compile(r"^([ \t]*)Example:[ \t]*$", re.MULTILINE)


class PluralExamples(Extension):
    """Rename the section while the package is read."""

    def on_object(self, *, obj: Object, **kwargs: Any) -> None:
        """Called by Griffe for every module, class, function and attribute."""
        if obj.docstring:
            obj.docstring.value = SINGULAR.sub(r"\1Examples:", obj.docstring.value)
