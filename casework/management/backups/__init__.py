"""Backups the server cannot read: everything in one sealed archive, the wrapped data keys in another."""
