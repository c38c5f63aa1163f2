"""What he may read is a list: everything a paper that reaches him can hold, and nothing else of the whole case."""

import dataclasses
from collections.abc import Iterator
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from django.utils import translation

from casework.base import pdf
from casework.cases.models import Case
from casework.children.models import ChildPlan, ChildSeparation
from casework.official_forms import kinds, layout, queries, sources
from casework.official_forms.kinds import Kind
from casework.protection.models import Measure, Meeting
from tests.ground import copy_of, ground
from tests.official_forms.laying import open_kinds, words
from tests.protection.doing import Doing
from tests.referrals.marks import Marks, found, mark, number
from tests.world import World

# Every value a paper he reads can hold, by its source. A new name here is a decision about her safety.
REACHABLE = {
    "ban": {
        "decision_number",
        "decided_at",
        "signed_by",
        "protects",
        "binds",
        "binds_born",
        "binds_identity",
        "grounds",
        "starts_at",
        "ends_at",
        "forbidden",
        "conditions",
        "allowed",
        "allowed_rule",
        "monitor",
        "monitor_since",
        "monitoring",
        "cancelled_at",
        "cancel_number",
    },
    "critique": {"binds", "binds_born", "held_at", "place", "present", "minutes", "commitment"},
    "mediation": {"protects", "binds", "held_at", "place", "mediators", "minutes", "result"},
    "people": {"protects", "binds", "binds_born", "binds_identity", "critique_participants"},
    "child_plan_open": {
        "full_name",
        "decision_number",
        "signed_by",
        "services",
        "starts_on",
        "ends_on",
    },
    "child_apart_open": {
        "full_name",
        "decision_number",
        "signed_by",
        "grounds",
        "starts_at",
        "ends_at",
    },
    "own_data": {
        "full_name",
        "born",
        "sex",
        "identity",
        "nationality",
        "ethnicity",
        "occupation",
        "decisions",
        "penalties",
    },
    "none": set(),
}
# Of the words anybody ever sealed in a case, those a paper he reads may repeat: the two names, his own number, what the
# chair forbids him in words, who watches him, where a meeting was and the words he signed there.
HIS = {
    mark(101, "v"),
    mark(101, "p"),
    *(mark(one, "o") for one in (704, 705, 2150, 2151)),
    mark(104, "p"),
}


@dataclasses.dataclass
class Ground:
    case: Case
    marks: Marks
    measure: Measure
    world: World


def _laid(world: World) -> Ground:
    case = world.case(at=world.at(days=6))
    doing = Doing(world, case)
    measure = doing.decide(doing.ask(world.at(hours=2)), world.at(hours=1))
    marks = Marks(world, case)
    measure.refresh_from_db()
    marks._save(measure, "o")
    marks._save(Meeting(case=case, measure=measure, kind=Meeting.CRITIQUE, at=world.at(hours=1)), "o")
    case.refresh_from_db()
    return Ground(case, marks, measure, world)


laid = ground(_laid)


@pytest.fixture
def file(laid: Ground, db: None) -> Ground:
    return copy_of(laid)


def subject(file: Ground, kind: Kind) -> Any:
    if kind.on == "meeting":
        return Meeting.objects.everything(reason="test").get(case=file.case, kind=kind.where["kind"][0])
    made: Any = {"apart": ChildSeparation, "child_plan": ChildPlan}.get(kind.on)
    if made is not None:
        return made.objects.everything(reason="test").get(case=file.case)
    return file.measure if kind.on == "measure" else file.case


def reachable(value: object, path: str = "") -> Iterator[tuple[str, type]]:
    """Everything that can be reached from a value, and what it is."""
    yield path, type(value)
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from reachable(inner, f"{path}.{name}")
    elif isinstance(value, tuple):
        for inner in value:
            yield from reachable(inner, f"{path}[]")


def test_the_open_sources_reach_what_is_listed_and_nothing_else():
    found_ = {name: set(source.names) for name, source in sources.SOURCES.items() if source.is_open}
    assert found_ == REACHABLE
    for kind in open_kinds().values():
        assert kind.names <= REACHABLE[kind.source]


@pytest.mark.parametrize("source", sources.SOURCES.values(), ids=lambda source: source.name)
def test_a_source_gives_frozen_plain_words(source):
    assert source.facts.__dataclass_params__.frozen
    assert "__slots__" in vars(source.facts)
    for hint in get_type_hints(source.facts).values():
        assert hint is str or (get_origin(hint) is tuple and get_args(hint) == (str, Ellipsis))


@pytest.mark.parametrize("kind", open_kinds().values(), ids=lambda kind: kind.code)
def test_of_all_words_of_a_case_a_paper_he_reads_holds_only_those_he_may_know(file, kind):
    assert file.marks.missing == set()
    values = sources.values_of(kind, subject(file, kind), at=file.world.now)

    assert set(values) == set(kind.names)
    assert {what for _path, what in reachable(values)} <= {dict, str, tuple}
    assert found(repr(values)) <= HIS
    if kind.blocks:
        dress = queries.dress_of(
            unit=file.world.agencies["committee"],
            by=file.world.lan,
            at=file.world.now,
            reaches_abuser=True,
            number="1",
            code="AAAA22222",
        )
        told = found(words(queries.drawn(kind, values, dress, at=file.world.now).content))
        assert told <= HIS
        assert (mark(101, "p") in told) is (kind.on not in ("apart", "child_plan"))
        # Who drew it stands there by initials: he is not told a name to look for.
        assert dress.foot.startswith("In bởi L.T.L.")
        assert file.world.lan.full_name not in repr(dress)
        assert not found(repr(layout.in_template(kind, values, dress))) - HIS


def test_the_decision_does_not_say_who_asked_or_why(file):
    values = sources.values_of(kinds.kind_of("ban_decision"), file.measure, at=file.world.now)
    assert {mark(702, "o"), mark(703, "o"), mark(706, "o"), mark(707, "o"), mark(701, "o")} & found(
        repr(values)
    ) == set()
    inside = sources.values_of(kinds.kind_of("ban_request"), file.measure, at=file.world.now)
    assert mark(702, "o") in found(repr(inside))


@pytest.mark.parametrize("code", ["minutes_critique", "minutes_mediation"])
def test_minutes_say_what_was_signed_and_nothing_she_said_alone(file, code):
    kind = kinds.kind_of(code)
    told = found(repr(sources.values_of(kind, subject(file, kind), at=file.world.now)))
    assert {mark(2150, "o"), mark(2151, "o")} <= told
    # Her wish, and what was written down for the file.
    assert {mark(725, "o"), mark(726, "o")} & told == set()
    assert {"her_wish", "account"} & sources.SOURCES[kind.source].names == set()


def test_everything_that_could_lead_to_her_is_looked_for_in_every_file_he_could_get(file):
    guarded = {one.text: one.category for one in queries.guarded_of(file.case, kinds.kind_of("ban_decision"))}

    def categories(*texts: str) -> set[str]:
        return {guarded.get(text, "") for text in texts}

    # a: her contact address, b: her safe one.
    assert categories(*(mark(one, tag) for one in (132, 133, 136) for tag in "b")) == {"safe_address"}
    assert categories(mark(132, "a"), mark(133, "a")) == {"address"}
    assert categories(number(121, "v"), number(121, "c"), number(121, "w")) == {"phone"}
    assert categories(mark(141, "v"), mark(143, "v"), mark(144, "v")) == {"safe_contact"}
    assert categories(mark(102, "v")) == {"other_name"}
    assert categories(mark(108, "v"), mark(108, "c")) == {"work_school"}
    assert categories(mark(101, "w")) == {"other_person"}
    assert categories(mark(201, "o"), number(202, "o")) == {"reporter"}
    assert categories(mark(2010, "o"), mark(2011, "o")) == {"safe_address"}
    assert categories(mark(632, "o"), mark(633, "o"), mark(637, "o")) == {"plan"}
    # What he knows of himself is no secret to him, and their names stand on every decision.
    assert categories(mark(101, "v"), mark(101, "p"), number(121, "p"), mark(132, "p"), mark(108, "p")) == {
        ""
    }


def test_a_pseudonymised_summary_keeps_back_every_name_number_and_day(file):
    kind = kinds.kind_of("case_summary_masked")
    guarded = {one.text for one in queries.guarded_of(file.case, kind)}
    assert {mark(101, tag) for tag in "vpcw"} | {mark(104, "v"), "05/03/1987"} <= guarded
    values = sources.values_of(kind, file.case, at=file.world.now)
    assert found(repr(values)) == set()
    told = "\n".join("\n".join(value) if isinstance(value, tuple) else value for value in values.values())
    assert file.case.number not in told
    assert file.case.commune.name not in told


def test_where_they_live_together_is_no_secret_to_him_but_where_she_hides_always_is(file):
    shared = next(iter(file.marks.people["p"].addresses.everything(reason="test").filter(kind="contact")))
    for kind, secret in (("contact", False), ("safe", True)):
        hers = next(iter(file.marks.people["v"].addresses.everything(reason="test").filter(kind=kind)))
        hers.village = shared.village
        hers.save()
        texts = {one.text for one in queries.guarded_of(file.case, kinds.kind_of("ban_decision"))}
        assert (shared.village in texts) is secret


def test_the_name_of_a_shelter_that_was_asked_is_a_secret(file):
    referral = file.case.referrals.everything(reason="test").first()
    assert referral is not None
    for service, is_secret in (("health_care", False), ("shelter", True)):
        referral.service = service
        referral.save()
        texts = {one.text for one in queries.guarded_of(file.case, kinds.kind_of("uploaded"))}
        assert (referral.recipient.name in texts) is is_secret


def test_a_paper_is_in_vietnamese_whatever_the_viewer_reads(file):
    kind = kinds.kind_of("ban_decision")
    with translation.override("en"):
        values = sources.values_of(kind, file.measure, at=file.world.now)
        made = pdf.draw(layout.laid_out(kind, values, layout.Dress("", "", "", "")), at=file.world.now)
    assert values["grounds"] == ("Gây tổn hại đến sức khỏe",)
    assert "giờ" in str(values["starts_at"])
    assert "Người bị cấm tiếp xúc" in words(made)
