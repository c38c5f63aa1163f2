"""The working paper reaches the person it binds: what it is made of cannot lead anywhere else."""

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from types import NoneType
from typing import Any, get_args, get_type_hints

import pytest
from django.test import Client
from django.urls import reverse

from casework.audit.models import AuditEvent
from casework.base.clock import local_date
from casework.base.dates import display_datetime
from casework.cases import actions as cases
from casework.protection import paper, queries
from casework.protection.models import Measure
from tests.protection.doing import Doing
from tests.world import World

# Everything a template can reach from the paper; a new name here is a decision about her safety.
REACHABLE = {
    "kind",
    "committee",
    "number",
    "decided_at",
    "signed_by",
    "requester",
    "requested_at",
    "protects",
    "binds",
    "binds_born",
    "grounds",
    "starts_at",
    "ends_at",
    "forbidden",
    "conditions",
    "allowed",
    "allowed_hours",
    "monitor",
    "copies",
    "reasons",
}
PLAIN = {str, int, bool, datetime, NoneType}
PHONE = "+84912345678"
SECRETS = {
    "village": "Bản Kín Nà Lơi",
    "detail": "Nhà bà Hặc cạnh suối",
    "code_word": "thư viện",
    "safe_hours": "8:00-10:00 ngày thường",
    "health_notes": "Đang điều trị tại khoa sản",
    "identity_number": "011190000123",
}


def reachable(kind: type, prefix: str = "") -> Iterator[tuple[str, type]]:
    """Every attribute by its path, with the plain type at its end."""
    hints = get_type_hints(kind)
    assert {field.name for field in dataclasses.fields(kind)} == set(hints)
    own = [name for name in vars(kind) if not name.startswith("_")]
    assert set(own) <= set(hints), "a method or property could reach further"
    for name, hint in hints.items():
        for leaf in _leaves(hint):
            yield f"{prefix}{name}", leaf
            if dataclasses.is_dataclass(leaf):
                yield from reachable(leaf, f"{prefix}{name}.")


def _leaves(hint: Any) -> Iterator[type]:
    parts = [part for part in get_args(hint) if part is not Ellipsis]
    if not parts:
        yield hint
    for part in parts:
        yield from _leaves(part)


def test_every_reachable_attribute_is_listed_and_plain() -> None:
    found = list(reachable(paper.Paper))

    assert {path for path, _leaf in found} == REACHABLE
    assert {leaf for _path, leaf in found} <= PLAIN


def test_it_is_frozen_and_has_no_room_for_more(doing: Doing) -> None:
    made = queries.paper_of(doing.ban(), at=doing.world.now)

    assert made is not None
    assert not hasattr(made, "__dict__")
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.protects = "ai khác"  # type: ignore[misc]
    for value in (getattr(made, field.name) for field in dataclasses.fields(made)):
        for one in value if isinstance(value, tuple) else (value,):
            assert type(one) in PLAIN


@pytest.fixture
def known(world: World, doing: Doing) -> Doing:
    """A case in which everything that must not come out is written down."""
    victim = world.victim(doing.case)
    how: dict[str, Any] = {"case": doing.case, "person": victim, "by": world.lan, "at": world.now}
    told = {key: SECRETS[key] for key in ("health_notes", "identity_number")}
    cases.edit_person(answers={"identity_kind": "citizen_12", **told}, **how)
    place = {"village": SECRETS["village"], "detail": SECRETS["detail"], "area": world.commune}
    cases.add_address(answers={"kind": "safe", **place}, **how)
    cases.add_address(answers={"kind": "contact", **place}, **how)
    agreed = {"permission": "yes", "channel": "call", "confirmed_on": local_date(world.now)}
    contact = {key: SECRETS[key] for key in ("code_word", "safe_hours")}
    cases.set_safe_contact(answers={**agreed, **contact, "number_or_person": PHONE}, **how)
    return doing


def shown(doing: Doing, measure: Measure, who: str = "pao") -> str:
    client = Client()
    client.force_login(doing.world.users[who])
    answer = client.get(reverse("measure-paper", args=[measure.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("state", ["requested", "refused", "in_force", "ran_out", "ended", "cancelled"])
def test_nothing_protected_is_on_the_paper_in_any_state(known: Doing, state: str) -> None:
    measure = known.in_state(state)
    page = shown(known, measure)

    for secret in (*SECRETS.values(), "912345678", "912 345 678", "912.345.678"):
        assert secret not in page
    # Nor what she, the neighbour or the officer said.
    for words in (measure.grounds_text, "Người Báo Tin", "có tiếng kêu cứu"):
        assert words not in page
    assert "Lò Thị Mẫu" in page


def test_the_page_is_given_the_paper_and_no_record(known: Doing) -> None:
    client = Client()
    client.force_login(known.world.pao)
    answer = client.get(reverse("measure-paper", args=[known.ban().pk]))

    assert answer.context["paper"].kind == paper.DECISION
    for name in ("case", "measure", "one", "ground", "victim"):
        assert name not in answer.context


def test_it_says_that_it_is_no_official_form(doing: Doing) -> None:
    assert "Bản làm việc, không phải mẫu chính thức" in shown(doing, doing.ban())


def test_a_decision_has_what_the_law_asks_of_it(world: World, doing: Doing) -> None:
    ban = doing.ban(conditions="Không đến chợ Mường Phăng buổi sáng.")
    page = shown(doing, ban)

    for text in (
        ban.number,
        "Ủy ban nhân dân xã Mường Phăng",
        "Vàng A Páo",
        "Lường Văn Mẫu",
        "1986",
        "100 m",
        "Không đến chợ Mường Phăng buổi sáng.",
        "Trưởng Công an xã",
    ):
        assert text in page


def test_a_draft_shows_the_longest_term_and_a_refusal_its_reasons(world: World, doing: Doing) -> None:
    draft = queries.paper_of(doing.ask(), at=world.now)
    assert draft is not None
    assert (draft.kind, draft.starts_at, draft.signed_by) == (paper.DRAFT, world.now, "")
    assert (draft.requester, draft.requested_at, draft.reasons) == ("", None, "")
    assert draft.ends_at is not None
    assert (draft.ends_at - world.now).days == 3

    refused = Doing(world, world.case()).in_state("refused")
    found = queries.paper_of(refused, at=world.now)
    assert found is not None
    assert (found.kind, found.reasons) == (paper.REFUSAL, "Chưa đủ căn cứ.")


def test_a_ban_does_not_tell_him_that_she_asked_or_where_she_was_met(world: World, doing: Doing) -> None:
    ban = doing.ban()
    handed = world.at(hours=3)
    doing.serve(ban, "victim", handed)
    page = shown(doing, ban)

    assert display_datetime(ban.requested_at)[-5:] not in page
    assert display_datetime(handed)[-5:] not in page
    found = queries.paper_of(ban, at=world.now)
    assert found is not None
    assert (found.requester, found.requested_at) == ("", None)


def test_what_the_chair_did_not_decide_has_no_paper_of_his(doing: Doing) -> None:
    client = Client()
    client.force_login(doing.world.lan)
    measure = doing.record()

    assert queries.paper_of(measure, at=doing.world.now) is None
    assert client.get(reverse("measure-paper", args=[measure.pk])).status_code == 404


def test_printing_is_written_down(doing: Doing) -> None:
    ban = doing.ban()
    shown(doing, ban, "lan")
    event = AuditEvent.objects.filter(actor=doing.world.lan.pk, object_id=ban.pk).latest("id")

    assert (event.purpose, event.detail["page"]) == ("print", "measure-paper")


def test_a_birth_known_to_the_year_stays_a_year(doing: Doing) -> None:
    found = queries.paper_of(doing.ban(), at=doing.world.now)

    assert found is not None
    assert found.binds_born == "1986"
