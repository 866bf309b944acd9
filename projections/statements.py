"""The SQL in the file beside a module, as `lineage.kernel.statements` reads it."""

from __future__ import annotations

from lineage.kernel.statements import sections, statements

__all__ = ["sections", "statements"]
