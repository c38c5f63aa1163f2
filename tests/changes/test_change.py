"""What was changed, field by field: to whom it is told, in which words, what stays sealed, and taking a value up again."""

import re
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.db import models
from django.urls import reverse
from django.utils.translation import override

from casework.access.guard import GuardedModel
from casework.access.seals import kinds
from casework.audit.models import AuditEvent
from casework.base.codes import codes
from casework.base.sheets import sheets_of
from casework.cases.actions import add_address, add_phone, edit_person
from casework.cases.models import Case
from casework.changes import meaning, queries
from casework.encryption.keyring import forget_keys
from casework.encryption.models import DataKey
from casework.incidents.actions import correct_incident
from casework.oversight.actions import open_case_for_audit
from casework.people.models import Person
from casework.plans.actions import write_safety_plan
from tests.casefile import doing
from tests.casefile.doing import signed_in, text_of
from tests.world import World

OLD, NEW = "Lò Thị Mẫu", "Lò Thị Đổi Tên"
NAME = "Họ, chữ đệm và tên (như trên giấy tờ)"
# Ids and moments are drawn anew each time and may hold any three digits.
DRAWN = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+")


def edit(world: World, case: Case, *, hours: int = 1, **answers: object) -> Person:
    return edit_person(
        case=doing.fresh(case),
        person=world.victim(case),
        by=world.lan,
        at=world.at(hours=hours),
        answers=answers,
    )


def ask(
    world: World, case: Case, row: GuardedModel, user: str = "lan", *, name: str = "case-change", **asked: str
) -> Any:
    named = {"kind": str(row._meta.model_name), "id": str(row.pk), **asked}
    return signed_in(world.users[user]).get(reverse(name, args=[case.pk]), named)


def cells(answer: Any) -> list[list[str]]:
    """The rows of the table as they are read: field, before, after."""
    rows = re.findall(r"<tr>(.*?)</tr>", text_of(answer).partition("<tbody>")[2], re.DOTALL)
    cell = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)
    return [[" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in cell.findall(row)] for row in rows]


# --- what is told ---


def test_each_field_stands_in_words_before_and_after(world: World, case: Case) -> None:
    edit(world, case, full_name=NEW, ethnicity="03", birth_date="", health_notes="Dị ứng thuốc.\nCần xe đẩy.")

    answer = ask(world, case, world.victim(case))
    told = {row[0]: row[1:] for row in cells(answer)}
    assert told[NAME] == [f"{OLD} Lấy lại giá trị này : {NAME}", NEW]
    assert told["Dân tộc"][1] == codes("ethnicity").label("03")
    assert told["Dân tộc"][0].startswith("Không rõ")
    assert "Dị ứng thuốc.<br>Cần xe đẩy." in text_of(answer)
    assert set(told) <= {str(one.verbose_name) for one in Person._meta.concrete_fields}


def test_the_first_version_tells_what_was_written(world: World, case: Case) -> None:
    answer = ask(world, case, world.victim(case))

    assert [NAME, OLD] in cells(answer)
    assert "Ghi lần đầu" in text_of(answer)
    assert "Lấy lại" not in text_of(answer)


def test_the_list_names_fields_and_no_value(world: World, case: Case) -> None:
    edit(world, case, full_name=NEW, ethnicity="03")

    shown = text_of(ask(world, case, world.victim(case), name="case-changes"))
    assert f"{NAME}, Dân tộc" in shown
    assert NEW not in shown
    assert "Lò Thị Lan" in shown


def test_one_goes_from_change_to_change(world: World, case: Case) -> None:
    for hours, name in ((4, "Lò Thị Một"), (3, "Lò Thị Hai")):
        edit(world, case, full_name=name, hours=hours)
    row = world.victim(case)

    newest = queries.compare(row, world.lan, "", at=world.now)
    middle = queries.compare(row, world.lan, str(newest.older), at=world.now)
    first = queries.compare(row, world.lan, str(middle.older), at=world.now)
    assert [one.changes[0].after for one in (newest, middle, first)] == ["Lò Thị Hai", "Lò Thị Một", OLD]
    assert (newest.newer, middle.newer, first.older) == (None, newest.version.key, None)
    assert str(newest.version.key) in text_of(ask(world, case, row, version=str(middle.version.key)))


def test_the_memory_says_which_sealed_fields_were_opened(world: World, case: Case) -> None:
    edit(world, case, full_name=NEW, ethnicity="03")
    ask(world, case, world.victim(case))

    reading = AuditEvent.objects.filter(case_id=case.pk, outcome=AuditEvent.READ).latest("pk")
    assert (reading.action, reading.object_type, reading.fields) == ("person.view", "person", ["full_name"])
    assert reading.detail["page"] == "change"


# --- to whom ---


@pytest.mark.parametrize("name", ["case-change", "case-changes"])
@pytest.mark.parametrize("user", ["minh", "tuan", "son", "hoa", "kien"])
def test_for_the_others_there_is_no_such_record(world: World, case: Case, user: str, name: str) -> None:
    assert ask(world, case, world.victim(case), user, name=name).status_code == 404


def test_an_auditor_reads_it_once_the_case_was_opened_with_a_reason(world: World, case: Case) -> None:
    edit(world, case, full_name=NEW)
    open_case_for_audit(by=world.kien, at=world.now, number=case.number, reason="Kiểm tra theo đơn")

    answer = ask(world, case, world.victim(case), "kien")
    assert NEW in text_of(answer)
    assert "Lấy lại giá trị này" not in text_of(answer)
    desk = text_of(signed_in(world.kien).get(reverse("desk-auditor"), {"case": str(case.pk)}))
    assert f"{reverse('case-changes', args=[case.pk])}?kind=person&amp;id={world.victim(case).pk}" in desk


def test_what_is_not_of_the_case_or_is_nothing_is_not_there(world: World, case: Case) -> None:
    other = world.case(at=world.at(days=1))
    client, here = signed_in(world.lan), reverse("case-change", args=[case.pk])
    for asked in (
        {"kind": "person", "id": str(world.victim(other).pk)},
        {"kind": "case", "id": str(case.pk), "version": str(uuid4())},
        {"kind": "person", "id": str(uuid4())},
        {"kind": "person", "id": "x"},
        {"kind": "user", "id": str(world.lan.pk)},
        {"kind": "x"},
        {"version": "x"},
    ):
        assert client.get(here, asked).status_code == 404, asked


def test_a_confidential_note_and_the_safety_plan_keep_their_own_rules(world: World, case: Case) -> None:
    note = doing.note(world, case, "Chỉ cơ quan tôi biết.", confidential=True)
    plan = write_safety_plan(
        case=doing.fresh(case),
        plan=None,
        by=world.lan,
        at=world.now,
        answers={"way_out": "Cửa sau.", "revised_on": world.now.date()},
    )

    assert "Chỉ cơ quan tôi biết." in text_of(ask(world, case, note))
    assert ask(world, case, note, "mai").status_code == 404
    assert "Cửa sau." in text_of(ask(world, case, plan, "mai"))
    assert ask(world, case, plan, "pao").status_code == 404


# --- what stays sealed ---


def test_a_safe_address_and_a_number_stay_sealed(world: World, case: Case) -> None:
    safe = add_address(
        case=doing.fresh(case),
        person=world.victim(case),
        by=world.lan,
        at=world.now,
        answers={"kind": "safe", "area": world.commune, "village": "Bản Giấu Kín", "detail": "nhà chị gái"},
    )
    phone = add_phone(
        case=doing.fresh(case),
        person=world.victim(case),
        by=world.lan,
        at=world.now,
        answers={"number": "+84987654321", "whose": "own", "safe_to_call": "no"},
    )

    for row, hidden in ((safe, ("Giấu Kín", "chị gái", "Mường Phăng</td>")), (phone, ("987", "654"))):
        answer = ask(world, case, row)
        assert "đã niêm phong" in text_of(answer)
        table = text_of(answer).partition("<tbody>")[2].partition("</tbody>")[0]
        assert [word for word in hidden if word in DRAWN.sub("", table)] == []
        reading = AuditEvent.objects.filter(object_id=row.pk, outcome=AuditEvent.READ).latest("pk")
        assert {"village", "detail", "number"} & set(reading.fields) == set()
        body = signed_in(world.lan).get(
            reverse("api:history-change"), {"model": str(row._meta.model_name), "id": str(row.pk)}
        )
        assert [word for word in hidden if word in DRAWN.sub("", body.content.decode())] == []


def test_values_whose_key_was_destroyed_break_no_page(world: World, case: Case) -> None:
    edit(world, case, full_name=NEW, ethnicity="03")
    victim = world.victim(case)
    DataKey.objects.filter(scope_type="person", scope_id=victim.pk).update(
        state=DataKey.State.DESTROYED, wrapped=b""
    )
    forget_keys()

    answer = ask(world, case, victim)
    assert cells(answer) == [["Dân tộc", cells(answer)[0][1], codes("ethnicity").label("03")]]
    assert "Đã hủy vĩnh viễn" in text_of(answer)
    assert ask(world, case, victim, name="case-changes").status_code == 200
    body = signed_in(world.lan).get(reverse("api:history"), {"model": "person", "id": str(victim.pk)}).json()
    assert body["results"][0]["fields_changed"] == ["ethnicity"]


# --- taking a value up again ---


def as_sent(form: Any) -> dict[str, Any]:
    """What a browser sends of a form nobody has touched."""
    return {name: value for name in form.fields if (value := form[name].value()) not in (None, "", [])}


def links(answer: Any) -> dict[str, str]:
    found = re.findall(r'href="([^"]+[?&;]earlier=[^"]+)"', text_of(answer))
    return {url.rpartition("field=")[2]: url.replace("&amp;", "&") for url in found}


def test_the_ordinary_form_opens_with_the_value_before_and_saving_is_a_new_change(
    world: World, case: Case
) -> None:
    edit(world, case, full_name=NEW, ethnicity="03")
    victim, client = world.victim(case), signed_in(world.lan)
    before = list(Person.history.everything(reason="test").filter(id=victim.pk).values_list("history_id"))
    url = links(ask(world, case, victim))["full_name"]

    page = client.get(url)
    assert f'value="{OLD}"' in text_of(page)
    assert "Đang điền một giá trị cũ" in text_of(page)
    opened = AuditEvent.objects.filter(object_id=victim.pk, outcome=AuditEvent.READ).latest("pk")
    assert (opened.fields, opened.detail["page"]) == (["full_name"], "earlier")
    form = page.context["form"]
    sent = as_sent(form)
    assert (sent["full_name"], sent["ethnicity"], sent["version"]) == (OLD, "03", victim.version)
    answer = client.post(url, sent)
    assert answer.status_code == 302, answer.context["form"].errors

    now = world.victim(case)
    assert (now.full_name, now.ethnicity, now.version) == (OLD, "03", victim.version + 1)
    after = Person.history.everything(reason="test").filter(id=victim.pk).values_list("history_id", flat=True)
    assert len(after) == len(before) + 1
    told = AuditEvent.objects.filter(action="person.edit").latest("pk")
    assert (told.outcome, told.fields) == ("done", ["full_name"])


def test_somebody_faster_is_noticed(world: World, case: Case) -> None:
    edit(world, case, full_name=NEW, hours=2)
    client = signed_in(world.lan)
    url = links(ask(world, case, world.victim(case)))["full_name"]
    form = client.get(url).context["form"]
    edit(world, case, ethnicity="03")

    sent = as_sent(form)
    assert client.post(url, sent).status_code == 412
    assert world.victim(case).full_name == NEW


def test_it_is_offered_only_to_those_who_may_write_and_for_what_the_form_asks(
    world: World, case: Case
) -> None:
    incident = doing.incident(world, case, her_words="Bị đánh.")
    correct_incident(
        incident=incident,
        by=world.lan,
        at=world.now,
        answers={"her_words": "Bị đánh hai lần.", "weapon_kind": "knife"},
    )

    assert set(links(ask(world, case, incident))) == {"her_words", "weapon_kind"}
    assert links(ask(world, case, incident, "mai")) == {}
    page = signed_in(world.lan).get(links(ask(world, case, incident))["her_words"])
    assert ">Bị đánh.</textarea>" in text_of(page).replace("\n", "")


def test_what_is_kept_apart_or_of_another_record_fills_no_form(world: World, case: Case) -> None:
    edit(world, case, full_name=NEW)
    victim, client = world.victim(case), signed_in(world.lan)
    phone = add_phone(
        case=doing.fresh(case), person=victim, by=world.lan, at=world.now, answers={"number": "+84987654321"}
    )
    version = queries.compare(phone, world.lan, "", at=world.now).version.key
    person_edit = reverse("person-edit", args=[case.pk, victim.pk])
    phone_edit = reverse("phone-edit", args=[case.pk, phone.pk])
    older = queries.compare(victim, world.lan, "", at=world.now).older

    for url, asked in (
        (phone_edit, {"earlier": str(version), "field": "number"}),
        (person_edit, {"earlier": str(version), "field": "full_name"}),
        (person_edit, {"earlier": str(older), "field": "version"}),
        (person_edit, {"earlier": str(older)}),
        (person_edit, {"earlier": "x", "field": "full_name"}),
    ):
        assert client.get(f"{url}?{urlencode(asked)}").status_code == 404, asked


# --- REST, cost, completeness ---


def test_rest_tells_the_same(world: World, case: Case) -> None:
    edit(world, case, full_name=NEW)
    victim = world.victim(case)

    body = (
        signed_in(world.lan)
        .get(reverse("api:history-change"), {"model": "person", "id": str(victim.pk)})
        .json()
    )
    (one,) = body["fields_changed"]
    assert (one["name"], one["before"], one["after"], one["kept_apart"]) == ("full_name", OLD, NEW, False)
    opened = AuditEvent.objects.filter(object_id=victim.pk, outcome=AuditEvent.READ).latest("pk")
    assert (opened.case_id, opened.fields) == (case.pk, ["full_name"])
    for user, status in (("minh", 404), ("kien", 404), ("son", 403), ("mai", 200)):
        answer = signed_in(world.users[user]).get(
            reverse("api:history-change"), {"model": "person", "id": str(victim.pk)}
        )
        assert answer.status_code == status
    for asked in ({"model": "x"}, {"model": "person"}, {"model": "person", "id": str(victim.pk), "x": "1"}):
        assert signed_in(world.lan).get(reverse("api:history-change"), asked).status_code == 400


@pytest.mark.parametrize("name", ["case-change", "case-changes"])
def test_it_costs_the_same_for_many_versions(world: World, case: Case, name: str) -> None:
    client = signed_in(world.lan)
    url = f"{reverse(name, args=[case.pk])}?kind=person&id={world.victim(case).pk}"
    edit(world, case, full_name=NEW, hours=9)
    few = doing.queries_of(client, url)

    for hours in (8, 7, 6):
        edit(world, case, full_name=f"Lò Thị Tên {hours}", religion=f"Đạo {hours}", hours=hours)

    assert doing.queries_of(client, url) == few


def test_the_timeline_leads_to_what_was_written_again(world: World, case: Case) -> None:
    incident = doing.incident(world, case)
    here = f"?kind=incident&amp;id={incident.pk}"

    def timeline() -> str:
        return text_of(signed_in(world.lan).get(reverse("case-timeline", args=[case.pk])))

    assert here not in timeline()
    correct_incident(incident=incident, by=world.lan, at=world.now, answers={"weapon_kind": "knife"})
    assert here in timeline()


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_every_column_told_has_a_vietnamese_name_and_every_code_its_words(kind: str) -> None:
    model = kinds()[kind]
    assert reverse("case-changes", args=[uuid4()])
    with override("vi"):
        names = [str(one.verbose_name) for one in queries._told_fields(model)]
    with override("en"):
        english = [str(one.verbose_name) for one in queries._told_fields(model)]
    plain = getattr(model, "PLAIN", {})
    coded = [
        one.name
        for one in queries._told_fields(model)
        if isinstance(one, models.CharField | models.JSONField)
        and " code of a " in plain.get(one.name, "")
        and not meaning.code_list(kind, one.name, sheets_of(model))
    ]

    assert coded == [], f"give them their code list in changes/meaning.py ({kind}): a change is told in words"
    assert [
        name for name, said in zip(names, english, strict=True) if name == said and name != "SHA-256"
    ] == []
    for edited in meaning.EDITS.get(kind, meaning.Edit("", "", ())).questions:
        assert any(edited in sheet for sheet in sheets_of(model))
