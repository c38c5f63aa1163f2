"""The API description: every status, header and body these bases can answer, said once."""

from __future__ import annotations

from drf_spectacular.openapi import AutoSchema


class VerbSchema(AutoSchema):
    """How drf-spectacular reads a VerbView."""
