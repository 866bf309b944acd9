"""Encrypted ledgers: how payloads are sealed, where the keys are, and how a ledger becomes one.

`payloads` has the format, `master` the key of the keyring that wraps the others, `stream_keys` one
key for each stream in the ledger's own file, `vault` what goes in and out of that file, `recorder`
what is done to the keys and how a ledger becomes an encrypted one. SQLite's recorder uses them;
everything above sees payloads in the clear, or learns why they cannot be read (ADR 39).
"""
