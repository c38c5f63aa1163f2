"""A key that cannot be had is no damage: pages say come back, nothing is reported, nothing is thrown away."""

import re
from pathlib import Path

from django.test import Client
from django.urls import reverse

from casework.access.models import Draft
from casework.access.opening import DAMAGED
from casework.audit.models import AuditEvent
from casework.encryption import keyring
from config.bootstrap import ROOT

# What seals without a model field has to be known to casework/management/renewal/tables.py, or a renewed key goes on
# being needed there and is never dropped: reasons in the memory (which stay), second factors, keys of files.
SEALS_PAST_FIELDS = {
    "casework/access/opening.py",
    "casework/accounts/adapters.py",
    "casework/accounts/factors.py",
    "casework/attachments/keeping.py",
}


def test_a_server_without_the_master_key_answers_503_and_shows_no_damage(world, case, settings):
    client, page = Client(), reverse("case-overview", args=[case.pk])
    client.force_login(world.lan)
    form = reverse("record-incident", args=[case.pk])
    draft = Draft.objects.create(user=world.lan, path=form, content={"place": ["Bản"]}, saved_at=world.now)
    assert client.get(page).status_code == 200

    settings.ENCRYPTION_KEYS = {"current": 2, "keys": {2: bytes(32)}}
    keyring.forget_keys()
    for address, told in (
        (page, "<h1"),
        (form, "<h1"),
        (f"/api/v1/cases/{case.pk}/incidents/", '"unavailable"'),
    ):
        answer = client.get(address)
        assert answer.status_code == 503, address
        assert answer["Retry-After"] == "60"
        assert told in answer.content.decode()
        assert "Hư hỏng" not in answer.content.decode()
    assert not AuditEvent.objects.filter(action=DAMAGED).exists()
    assert Draft.objects.filter(pk=draft.pk).exists()


def test_whatever_seals_past_the_fields_is_known_to_the_renewal_of_keys():
    calls = re.compile(r"\b(?:seal_note|seal_note_under|keep_file_key|key_for_writing)\(|\.subkey\(")
    found = {
        str(path.relative_to(ROOT))
        for path in Path(ROOT, "casework").rglob("*.py")
        if "encryption" not in path.parts and calls.search(path.read_text())
    }
    assert found == SEALS_PAST_FIELDS
