"""Read secrets from the keyring of the operating system, by the optional package keyring."""

from __future__ import annotations

from typing import Final

from lineage.kernel.errors import CipherError

SERVICE: Final = "privacy-lineage"
"""Under what the entries are; each has a name of its own."""


def read(entry: str, variable: str) -> str:
    """Return the secret of an entry.

    Args:
        entry: Its name, the "username" of the package's own command.
        variable: What named it, for the message.

    Raises:
        CipherError: There is no such entry, the system has no keyring or keeps it locked, or the
            package is not installed.
    """
    subject = f"entry {entry!r} of the system's keyring"
    try:
        import keyring  # noqa: PLC0415  # an extra
        from keyring.errors import NoKeyringError  # noqa: PLC0415
    except ImportError:
        raise CipherError(
            subject,
            problem="the package keyring is not installed",
            remedy=f"pip install privacy-lineage[keyring], or unset {variable}",
        ) from None
    try:
        found = keyring.get_password(SERVICE, entry)
    except NoKeyringError:
        raise CipherError(
            subject,
            problem="the system has no keyring that the package knows",
            remedy=f"`keyring diagnose` says what it looks for; or unset {variable} and use a file",
        ) from None
    except Exception as error:  # a backend may be anybody's and raise anything
        raise CipherError(
            subject,
            problem=f"the keyring cannot be read ({type(error).__name__})",
            remedy="unlock it, or correct PYTHON_KEYRING_BACKEND",
        ) from error
    if not found:
        raise CipherError(
            subject,
            problem="there is none of that name",
            remedy=f"`keyring set {SERVICE} {entry}` makes it, or correct {variable}",
        )
    return found
