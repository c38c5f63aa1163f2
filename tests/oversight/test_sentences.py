"""The memory in sentences: one for every verb, in both languages, and visits told as one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.utils.translation import gettext, override

from casework.cases.tabs import TABS
from casework.organisations.roles import RIGHTS
from casework.oversight import sentences
from casework.oversight.sentences import DONE, READ, REFUSED, Event, phrase, sentence, visits
from casework.oversight.wording import ACTIONS, action

NOW = datetime(2026, 3, 27, 14, tzinfo=UTC)
LAN, MINH = uuid4(), uuid4()
NUMBER = "03325-2026-0001"


def event(**changes: object) -> Event:
    values: dict[str, object] = {
        "at": NOW,
        "who": "Lò Thị Lan",
        "office": "",
        "action": "case.view",
        "outcome": READ,
        "case_number": NUMBER,
        "basis": "assigned",
        "actor_id": LAN,
        **changes,
    }
    return Event(**values)  # type: ignore[arg-type]


def said(**changes: object) -> str:
    with override("vi"):
        return sentence(event(**changes))


@pytest.mark.parametrize("verb", sorted(RIGHTS))
def test_every_verb_has_its_words_in_both_languages(verb: str) -> None:
    with override("en"):
        english = action(verb)
    with override("vi"):
        vietnamese = action(verb)

    assert english != verb
    assert vietnamese not in ("", verb, english)


def test_words_of_different_verbs_differ() -> None:
    with override("vi"):
        told = {verb: str(words) for verb, words in ACTIONS.items() if verb != "session.sign_in_refused"}

    assert len(set(told.values())) == len(told)


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.name)
def test_every_tab_is_told_by_its_title(tab) -> None:
    told = said(page=tab.name)

    with override("vi"):
        assert told == f"Lò Thị Lan mở mục {tab.title} của hồ sơ {NUMBER}"


def test_the_example_of_the_auditor() -> None:
    assert said(page="risk") == f"Lò Thị Lan mở mục {_vi('Risk')} của hồ sơ {NUMBER}"


def _vi(msgid: str) -> str:
    with override("vi"):
        return gettext(msgid)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, f"Lò Thị Lan xem hồ sơ, hồ sơ {NUMBER}"),
        (
            {"action": "risk.assess", "outcome": DONE},
            f"Lò Thị Lan ký đánh giá nguy cơ, hồ sơ {NUMBER}",
        ),
        (
            {"action": "measure.decide_ban", "page": "decide-ban"},
            f"Lò Thị Lan mở trang của hồ sơ {NUMBER} để ra quyết định cấm tiếp xúc",
        ),
        ({"outcome": REFUSED}, f"Lò Thị Lan bị từ chối: xem hồ sơ, hồ sơ {NUMBER}"),
        ({"outcome": REFUSED, "case_number": ""}, "Lò Thị Lan bị từ chối: xem hồ sơ"),
        (
            {"action": "home.view", "case_number": "", "count": 3},
            "Lò Thị Lan mở trang việc hôm nay: 3 mục",
        ),
        (
            {"action": "session.sign_in", "outcome": DONE, "case_number": ""},
            "Lò Thị Lan đăng nhập",
        ),
        (
            {"action": "person.reveal_address", "fields": ("Thôn",), "reason": "Đưa đi khám"},
            f"Lò Thị Lan xem địa chỉ an toàn, hồ sơ {NUMBER}: Thôn. Lý do: Đưa đi khám",
        ),
        ({"action": "later.verb", "outcome": DONE}, f"Lò Thị Lan later.verb, hồ sơ {NUMBER}"),
    ],
)
def test_sentences_by_example(changes: dict[str, object], told: str) -> None:
    assert said(**changes) == told


def test_of_a_change_the_first_fields_are_told_apart_from_the_sentence() -> None:
    changed = event(outcome=DONE, action="person.edit", fields=("a", "b", "c", "d", "e", "f"))

    with override("vi"):
        assert sentence(changed) == f"Lò Thị Lan sửa thông tin một người, hồ sơ {NUMBER}"
        assert changed.changed == "a, b, c, d và 2 mục khác"


def test_the_basis_in_words() -> None:
    with override("vi"):
        assert [event(basis=basis).basis_words for basis in ("temporary", "", "later")] == [
            "mở có lý do, có thời hạn",
            "",
            "",
        ]


# --- visits ---


def step(minutes: int, **changes: object) -> Event:
    return event(at=NOW - timedelta(minutes=minutes), **changes)


def test_one_going_through_the_tabs_is_one_visit() -> None:
    told = visits([step(0, page="risk"), step(5, page="people"), step(9, page="risk")])

    assert len(told) == 1
    assert (told[0].since, told[0].at) == (NOW - timedelta(minutes=9), NOW)
    assert told[0].what == (phrase(event(page="risk")), phrase(event(page="people")))


@pytest.mark.parametrize(
    "older",
    [
        step(31),
        step(1, actor_id=MINH),
        step(1, basis="duty"),
        step(1, outcome=REFUSED),
        step(1, reason="Vì cần"),
    ],
    ids=["long ago", "somebody else", "another basis", "refused", "with a reason"],
)
def test_what_is_told_by_itself(older: Event) -> None:
    assert len(visits([step(0), older])) == 2


def test_nothing_is_lost_between_visits() -> None:
    events = [step(minutes, actor_id=LAN if minutes % 3 else MINH) for minutes in range(20)]

    told = visits(events)
    assert sum(len(list(group)) for group in _runs(events)) == 20
    assert len(told) == len(_runs(events))


def _runs(events: list[Event]) -> list[list[Event]]:
    runs: list[list[Event]] = []
    for one in events:
        if runs and runs[-1][-1].actor_id == one.actor_id:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def test_a_single_reading_has_no_span() -> None:
    assert visits([event()]) == [replace(event(), what=(phrase(event()),))]
    assert sentences.visits([]) == []
