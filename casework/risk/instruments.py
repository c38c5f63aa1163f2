"""The versions of risk instruments the product ships: reading, fingerprint, and the gate before publishing.

A version is one file `casework/data/instruments/<code>-<version>.json`. Once published it never changes: its
fingerprint stands in `published.sha256` beside it, and a file that no longer fits is not loaded.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _

from casework.base.codes import DATA
from casework.base.refusals import Refused
from casework.risk.parsing import FROZEN_STATES, BadInstrument, parse_instrument
from casework.risk.scoring import assess
from casework.risk.vocabulary import Instrument

INSTRUMENTS = DATA / "instruments"
PINS = "published.sha256"


@cache
def shipped() -> tuple[Instrument, ...]:
    """Every version the product ships, by code and rising version."""
    return read_folder(INSTRUMENTS)


def read_folder(folder: Path) -> tuple[Instrument, ...]:
    """Every version in a folder; BadInstrument for one that cannot be read, or was changed once published."""
    lines = (line.split() for line in (folder / PINS).read_text(encoding="ascii").splitlines())
    pins = {name: fingerprint for fingerprint, name in lines}
    versions = [_load(path, pins) for path in sorted(folder.glob("*.json"))]
    return tuple(sorted(versions, key=lambda version: (version.code, _order(version.version))))


def published() -> tuple[Instrument, ...]:
    """The newest published version of each instrument: what an assessor may choose from."""
    newest = {version.code: version for version in shipped() if version.state == "published"}
    return tuple(newest.values())


def shells() -> tuple[Instrument, ...]:
    """Instruments of others, without their wording, that an agency may fill once it holds permission."""
    return tuple(version for version in shipped() if version.licence.status == "required")


def instrument(code: str, version: str = "") -> Instrument:
    """One version, or the newest published one; LookupError when there is none.

    Old versions stay readable, so that an old assessment is always shown in its own words.
    """
    found = [one for one in (shipped() if version else published()) if one.code == code]
    for one in found:
        if version in ("", one.version):
            return one
    raise LookupError(f"no instrument {code} {version}".rstrip())


def require_usable(version: Instrument) -> None:
    """Refuses a new assessment with anything but a published version.

    Errors: Refused instrument_licence_required, instrument_not_published.
    """
    if version.licence.status == "required":
        raise Refused(
            "instrument_licence_required",
            _("Without its owner's permission this instrument cannot be used here."),
        )
    if version.state != "published":
        raise Refused("instrument_not_published", _("Only a published version can be used."))


def problems(version: Instrument) -> list[str]:
    """What stands against publishing: licence, worked examples that fail, levels and rules without one."""
    found: list[str] = []
    if version.licence.status == "required":
        found.append(_("The owner's permission is missing."))
    if version.licence.status == "held" and not version.licence.permission_document:
        found.append(_("The permission document is missing."))
    if not version.bands:
        found.append(_("The version has no levels and no rule."))
        return found
    reached: set[str] = set()
    for example in version.examples:
        result = assess(
            version,
            example.answers,
            imminent=example.imminent,
            fear=example.fear,
            child_row_high=example.child_row_high,
            facts=example.facts,
        )
        got = (result.level, result.highest, result.rules, result.first_hours, result.lowest_final)
        want = (example.level, example.highest, example.rules, example.first_hours, example.lowest_final)
        if got != want:
            found.append(
                _("The worked example “%(name)s” gives %(got)s instead of %(want)s.")
                % {"name": example.text, "got": got, "want": want}
            )
        reached.update((result.level, *result.rules))
    expected = [band.code for band in version.bands]
    expected += [rule.key for rule in (*version.rules, *version.floors)]
    expected += [step.key for step in version.raises]
    found += [
        _("No worked example reaches %(name)s.") % {"name": name} for name in expected if name not in reached
    ]
    return found


def _load(path: Path, pins: Mapping[str, str]) -> Instrument:
    document = json.loads(path.read_text(encoding="utf-8"))
    version = parse_instrument(document)
    if path.name != f"{version.code}-{version.version}.json":
        raise BadInstrument(f"{path.name} holds {version.code} {version.version}")
    if version.state in FROZEN_STATES and pins.get(path.name) != version.content_hash:
        raise BadInstrument(
            f"{path.name} is published and must not change; make a new version, or pin {version.content_hash}"
        )
    return version


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
