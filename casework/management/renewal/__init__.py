"""Exchanging keys while people work: each step in a transaction that tells of it, each gone on with after a kill."""
