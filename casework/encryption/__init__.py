"""Secrets: sealed fields, the keys that seal them, and blind indexes to find what is sealed."""

from casework.encryption.envelope import CannotOpen
from casework.encryption.notes import open_note, prefetch_notes, seal_note
from casework.encryption.service import KeysUnavailable

__all__ = ["CannotOpen", "KeysUnavailable", "open_note", "prefetch_notes", "seal_note"]
