"""What a project requires to be stated before anything is recorded in somebody's name."""

from __future__ import annotations

from lineage.kernel import host
from lineage.kernel.errors import ConfigurationError
from lineage.project import Project


def check(project: Project, *, purpose: str) -> None:
    """Refuse to begin without what the project's `require` asks for.

    Args:
        project: The project.
        purpose: What is stated as purpose; empty if nothing is.

    Raises:
        ConfigurationError: An actor or a purpose is required and not stated.
    """
    required = project.settings.require
    if required.actor and project.ledger.actor == host.login():
        raise ConfigurationError(
            "actor",
            problem="not stated, and this project requires one",
            remedy="set LINEAGE_ACTOR to who acts",
        )
    if required.purpose and not purpose.strip():
        raise ConfigurationError(
            "purpose",
            problem="not stated, and this project requires one",
            remedy="give --purpose, or write it into the task's file",
        )
