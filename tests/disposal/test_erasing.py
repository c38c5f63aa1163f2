"""After it is carried out: nothing opens, the memory and the seals are whole, figures are the same."""

import shutil
import subprocess
import unicodedata
from datetime import timedelta
from io import BytesIO
from typing import Any

import pypdf
import pytest
from django.apps import apps
from django.db import connection, models

from casework.access.guard import GuardedModel
from casework.access.models import Draft
from casework.access.seals import forged_events, kinds, sweep
from casework.attachments.models import Attachment
from casework.attachments.queries import store
from casework.audit.evidence import Walk
from casework.audit.models import AuditEvent
from casework.audit.sequencer import sequence
from casework.audit.verify import all_breaks
from casework.base import clock
from casework.base.refusals import Erased, NotVisible
from casework.cases.actions import open_case, seal_case
from casework.cases.models import Case
from casework.cases.queries import case_through, search
from casework.disposal.actions import carry_out
from casework.disposal.blunting import BLUNTED, TO_THE_MONTH, month_of
from casework.disposal.queries import certificate_of, extent_of
from casework.encryption import CannotOpen
from casework.encryption.fields import SealedField
from casework.encryption.keyring import KeyDestroyed, key_by_id, key_for_writing, renew_key
from casework.encryption.models import BlindIndexEntry, DataKey, FileKey, Tombstone
from casework.encryption.tokens import Sealed
from casework.incidents.models import Incident
from casework.intake.models import Report
from casework.people.models import Person
from casework.statistics.facts import drift
from casework.statistics.figures import current_window
from casework.statistics.models import CaseFact, FactPerson
from tests.disposal.erasing import WEEK, approved, closed_case, counted, erased, everybody
from tests.ground import copy_of, ground
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.role("keeper")]

closed = ground(closed_case)


@pytest.fixture
def case(world: World, closed: Case) -> Case:
    return copy_of(closed)


def tokens_of(case: Case) -> list[bytes]:
    """Every sealed value of the case, its reports and its people, live and in the history, as the database holds it."""
    extent = extent_of(case)
    ids = {case.pk, *extent.reports, *extent.people}
    found: list[bytes] = []
    for model in apps.get_app_config("casework").get_models():
        original = getattr(model, "instance_type", model)
        scope: Any = getattr(original, "KEY_SCOPE", None)
        sealed = [one.attname for one in model._meta.concrete_fields if isinstance(one, SealedField)]
        if not sealed or scope is None or not issubclass(original, GuardedModel):
            continue
        rows = model._base_manager.filter(**{f"{scope[1]}__in": ids})
        held: list[Sealed] = [one for row in rows.values_list(*sealed) for one in row]
        found += [one.token for one in held if one.token]
    return found


def test_no_value_opens_with_any_key_that_is_left(world: World, case: Case) -> None:
    tokens = tokens_of(case)
    assert len(tokens) > 100
    erased(world, case)

    for dek_id in {int.from_bytes(token[2:6], "big") for token in tokens}:
        with pytest.raises(KeyDestroyed):
            key_by_id(dek_id)
    left = [key_by_id(pk) for pk in DataKey.objects.exclude(state="destroyed").values_list("pk", flat=True)]
    label = b"CV\x00\x65\x00"
    for token in tokens:
        for key in left:
            with pytest.raises(CannotOpen):
                key.open(label, case.pk.bytes, token)


def test_keys_index_entries_files_and_drafts_are_gone(world: World, case: Case) -> None:
    extent = extent_of(case)
    (file,) = Attachment.objects.everything(reason="test").filter(case=case)
    Draft.objects.create(
        user=world.lan, path=f"/cases/{case.pk}/note/", content={"text": ["Chị Mẫu"]}, saved_at=world.now
    )
    other = Draft.objects.create(user=world.lan, path="/reports/new/", content={}, saved_at=world.now)
    assert BlindIndexEntry.objects.filter(row__in=extent.people).exists()
    assert store().exists(str(file.stored_as))
    case = erased(world, case)

    keys = DataKey.objects.filter(scope_id__in=[case.pk, *extent.reports, *extent.people])
    assert {(bytes(key.wrapped), key.state) for key in keys} == {(b"", "destroyed")}
    assert bytes(FileKey.objects.get(pk=file.pk).wrapped) == b""
    assert not BlindIndexEntry.objects.filter(row__in=extent.people).exists()
    assert list(Draft.objects.values_list("pk", flat=True)) == [other.pk]
    for scope, pk in (("case", case.pk), ("person", extent.people[0]), ("report", extent.reports[0])):
        with pytest.raises(KeyDestroyed):
            key_for_writing(scope, pk)
    stone = Tombstone.objects.get()
    assert (stone.number, stone.subject) == (1, case.pk)
    assert stone.counts == {"data_keys": 4, "file_keys": 1, "files": 1, "index_entries": 3}


def test_the_sealed_file_leaves_the_store(
    world: World, case: Case, django_capture_on_commit_callbacks: Any
) -> None:
    (file,) = Attachment.objects.everything(reason="test").filter(case=case)
    with django_capture_on_commit_callbacks(execute=True):
        erased(world, case)
    assert not store().exists(str(file.stored_as))


def test_memory_and_seals_are_whole_and_figures_are_the_same(world: World, case: Case) -> None:
    window = current_window("calendar_year", clock.local_date(case.opened_at))
    before = counted(world.commune, window)
    case = erased(world, case)

    assert counted(world.commune, window) == before
    assert before["cases"] == 1
    assert drift().total == 0
    # Nothing leads from what is counted to the case, or to somebody who was in no other.
    assert not CaseFact.objects.filter(case=case).exists()
    assert not FactPerson.objects.filter(person__participations__case=case).exists()
    assert list(all_breaks(Walk())) == []
    assert list(sweep()) == []
    assert list(forged_events()) == []
    event = AuditEvent.objects.get(action="disposal.carry_out")
    assert (event.actor, event.case_id, event.detail["number"]) == (None, case.pk, 1)


def test_what_could_single_her_out_is_blunted_in_the_history_too(world: World, case: Case) -> None:
    Person.objects.everything(reason="test").filter(participations__case=case).update(occupation="farmer")
    case = erased(world, case)
    for person in everybody(case):
        assert person.occupation == "unknown"
        assert {row.occupation for row in person.history.everything(reason="test")} == {"unknown"}
        assert person.sex != "unknown"


def test_it_is_shown_as_destroyed_and_nothing_is_done_to_it(world: World, case: Case) -> None:
    case = erased(world, case)
    for person in everybody(case):
        assert person.full_name == "⟦đã tiêu hủy⟧"
        assert person.birth_date == ""
    with pytest.raises(Erased):
        seal_case(case=case, by=world.mai, at=world.now, reason="x")
    with pytest.raises(KeyDestroyed):
        everybody(case)[0].save()


def test_search_finds_its_number_and_nobody_in_it(world: World, case: Case) -> None:
    case = erased(world, case)
    at = world.now + WEEK
    assert [hit.case.pk for hit in search(world.mai, case.number, at=at)] == [case.pk]
    for term in ("Lò Thị Mẫu", "0912345678", "đã tiêu hủy", "Lò Thị Mẫu 1990"):
        assert case.pk not in {hit.case.pk for hit in search(world.mai, term, at=at)}


def test_who_stands_in_another_case_keeps_her_key_until_that_goes_too(world: World, case: Case) -> None:
    her = world.victim(case)
    report = world.assigned_report(at=world.at(hours=3))
    told = report.people.everything(reason="test").get(role="victim")
    other = open_case(report=report, by=world.lan, at=world.at(hours=2), known={told.pk: her})
    case_links(other).delete()
    case = erased(world, case)

    assert Person.objects.everything(reason="test").get(pk=her.pk).full_name == "Lò Thị Mẫu"
    assert Tombstone.objects.get().about["people_kept"] == 1
    at = world.now + WEEK
    assert {hit.case.pk for hit in search(world.mai, "0912345678", at=at)} == {other.pk}
    Case.objects.everything(reason="test").filter(pk=other.pk).update(opened_at=world.at(days=9))
    assert case_through(world.mai, her.pk, "person.view") == other


def case_links(case: Case) -> models.QuerySet[Any]:
    """The link a second case between the same two people gets by itself would keep the first."""
    rows: models.QuerySet[Any] = case.links.everything(reason="test")
    return rows


def test_a_report_told_twice_goes_too(world: World, case: Case) -> None:
    first = Report.objects.everything(reason="test").get(case_link__case=case)
    again = world.report(at=world.at(hours=30))
    Report.objects.everything(reason="test").filter(pk=again.pk).update(duplicate_of=first)
    erased(world, case)
    with pytest.raises(KeyDestroyed):
        key_for_writing("report", again.pk)


def test_the_hour_of_a_beating_becomes_its_month(world: World, case: Case) -> None:
    incident = Incident(case=case, happened_at=world.now, happened_precision="minute", area=world.commune)
    incident.save()
    erased(world, case)
    incident.refresh_from_db()
    assert (clock.local(incident.happened_at).day, incident.happened_precision) == (1, "month")
    assert {row.happened_precision for row in incident.history.everything(reason="test")} == {"month"}


def test_a_value_that_was_damaged_before_keeps_nothing_alive(world: World, case: Case) -> None:
    disposal = approved(world, case)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {Person._meta.db_table} SET full_name = birth_date")

    assert carry_out(disposal=disposal, by=None, at=world.now + WEEK).state == "done"


def test_a_history_may_lose_what_is_blunted_and_nothing_else():
    """The models say it to the database, this room says what stands there afterwards."""
    blunted = {kind: set(values) for kind, values in BLUNTED.items()}
    for kind in TO_THE_MONTH:
        blunted[kind] = blunted.get(kind, set()) | set(month_of(clock.now()))
    assert {kind: set(model.loses) for kind, model in kinds().items() if model.loses} == blunted


def test_keys_that_were_renewed_before_go_with_the_new_ones(world: World, case: Case) -> None:
    extent = extent_of(case)
    for scope in extent.scopes(case):
        renew_key(scope)
    her = world.victim(case)
    her.other_names = "Chị Mẫu"
    her.save()
    before = tokens_of(case)
    mine = DataKey.objects.filter(scope_id__in=[case.pk, *extent.reports, *extent.people])
    assert {key.epoch for key in mine} == {1, 2}
    erased(world, case)
    assert {(bytes(key.wrapped), key.state) for key in mine.all()} == {(b"", "destroyed")}
    for dek_id in {int.from_bytes(token[2:6], "big") for token in before}:
        with pytest.raises(KeyDestroyed):
            key_by_id(dek_id)


def test_the_certificate_says_what_when_and_who(world: World, case: Case) -> None:
    disposal = approved(world, case)
    with pytest.raises(NotVisible):
        certificate_of(case, world.mai, at=world.now)
    case = carry_out(disposal=disposal, by=None, at=world.now + WEEK).case
    sequence(world.now + WEEK)
    content = certificate_of(case, world.mai, at=world.now + WEEK)

    pages = pypdf.PdfReader(BytesIO(content)).pages
    read = [" ".join(page.extract_text() for page in pages)]
    if program := shutil.which("pdftotext"):
        done = subprocess.run([program, "-", "-"], input=content, capture_output=True, check=True)
        read.append(done.stdout.decode())
    event = AuditEvent.objects.get(action="disposal.carry_out")
    final = clock.local(world.now + WEEK + timedelta(days=30))
    for text in read:
        words = unicodedata.normalize("NFC", " ".join(text.split()))
        for said in (
            "GIẤY XÁC NHẬN TIÊU HỦY",
            case.number,
            "Chủ thể dữ liệu yêu cầu xóa",
            "thời hạn chưa được xác nhận",
            "Lường Thị Mai",
            "Đỗ Trung Kiên",
            f"{final:%d/%m/%Y}",
        ):
            assert said in words
        # A long hash is broken over lines.
        assert bytes(event.hash).hex() in "".join(text.split())
        for name in ("Lò Thị Mẫu", "Lường Văn Mẫu", "Chị Mẫu"):
            assert name not in words


# Plain columns that are no code of a list and no time: each stays readable for the reason beside it, or is blunted.
STAYS = {
    ("case", "number"): "the name of what was destroyed, on its certificate",
    ("case", "code"): "random",
    ("report", "code"): "random",
    ("referral", "code"): "random",
    ("attachment", "about_kind"): "which table",
    ("attachment", "media_type"): "one of seven kinds",
    ("closing", "extended_times"): "a count",
    ("deadline", "basis"): "an article of law",
    ("deadline", "steps"): "who is told before and after the hour, as codes",
    ("reportdeadline", "basis"): "an article of law",
    ("reportdeadline", "steps"): "who is told before and after the hour, as codes",
    ("disposal", "payload"): "a digest of ids",
    ("reportdisposal", "payload"): "a digest of ids",
    ("officialpaper", "check_code"): "random",
    ("officialpaper", "number"): "its line in the register",
    ("officialpaper", "year"): "its line in the register",
    ("officialpaper", "found"): "a count",
    ("reportperson", "position"): "a count",
    ("riskassessment", "instrument_sha256"): "a digest of a questionnaire",
    ("supportsession", "minutes"): "added up for figures",
}
OF_A_LIST = ("a code", "needed to", "needed for", "a clock", "the law counts", "a consent ends")


def test_what_stays_readable_was_decided_column_by_column() -> None:
    plain = (models.CharField, models.TextField, models.JSONField, models.IntegerField)
    open_ = {
        (kind, one.name)
        for kind, model in kinds().items()
        # What is a part of no case and no report is not theirs: the clock of an office, a release of figures.
        if model.parts_of
        for one in model._meta.concrete_fields
        if isinstance(one, plain) and not isinstance(one, SealedField) and one.name != "version"
        if not str(reason_of(model, one.name)).startswith(OF_A_LIST)
    }
    blunted = {(kind, name) for kind, values in BLUNTED.items() for name in values}
    assert open_ - blunted == STAYS.keys()


def reason_of(model: type[models.Model], name: str) -> object:
    return next(
        (vars(base)["PLAIN"][name] for base in model.__mro__ if name in vars(base).get("PLAIN", {})), ""
    )
