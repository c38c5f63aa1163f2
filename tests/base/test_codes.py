import json
import re
import unicodedata
from datetime import date

import pytest
from django.utils import translation

from casework.base.codes import CODES, CodeRow, UnknownCode, UnknownCodeList, code_list_names, codes

SLUG = re.compile(r"[a-z0-9_]+")
LAWS_OWN = re.compile(r"[AM]\d\d|F\d|LOW|MEDIUM|HIGH|EXTREME")
NAMES_OF_PEOPLES = {"ethnicity"}


@pytest.fixture(params=code_list_names())
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def raw(name: str) -> dict:
    data: dict = json.loads((CODES / f"{name}.json").read_text(encoding="utf-8"))
    return data


# --- every file ------------------------------------------------------------------------------------


def test_a_file_is_named_after_its_list(name):
    assert raw(name)["name"] == name


def test_codes_are_stable_slugs_and_unique(name):
    found = [row["code"] for row in raw(name)["rows"]]
    assert found
    assert len(found) == len(set(found))
    assert [code for code in found if not (SLUG.fullmatch(code) or LAWS_OWN.fullmatch(code))] == []


def test_labels_are_there_in_both_languages_and_differ_within_the_list(name):
    data = raw(name)
    for label in ("vi", "en"):
        labels = [data[label], *(row[label] for row in data["rows"])]
        assert all(text.strip() == text and text for text in labels)
        assert len(labels[1:]) == len(set(labels[1:]))


def test_english_is_not_the_vietnamese_left_untranslated(name):
    same = [row["code"] for row in raw(name)["rows"] if row["vi"] == row["en"]]
    assert name in NAMES_OF_PEOPLES or same == []


def test_text_is_composed(name):
    text = (CODES / f"{name}.json").read_text(encoding="utf-8")
    assert unicodedata.normalize("NFC", text) == text


def test_rows_hold_only_known_keys(name):
    data = raw(name)
    assert set(data) == {"name", "vi", "en", "basis", "rows"}
    for row in data["rows"]:
        assert set(row) <= {"code", "vi", "en", "basis", "verified", "valid_from", "disabled_on", "params"}


def test_a_list_loads(name):
    loaded = codes(name)
    assert len(loaded) == len(raw(name)["rows"])
    assert [code for code, _ in loaded.choices()] == [row.code for row in loaded.active(date(2026, 11, 23))]


# --- one list points to another --------------------------------------------------------------------

REFERENCES = [
    ("act", "forms", "violence_form"),
    ("measure", "deciders", "decision_maker"),
    ("measure", "recipients", "ban_recipient"),
    ("measure", "grounds", "ban_ground"),
    ("measure", "own_motion_grounds", "ban_ground"),
    ("measure", "consent_when_asked_by", "ban_requester"),
    ("measure", "forms", "decree_form"),
    ("report_address", "agency_kinds", "agency_kind"),
    ("official_kind", "agency_kinds", "agency_kind"),
    ("service_kind", "agency_kinds", "agency_kind"),
    ("share_item", "services", "service_kind"),
]


@pytest.mark.parametrize(("name", "parameter", "target"), REFERENCES)
def test_parameters_name_codes_that_exist(name, parameter, target):
    named = {code for row in codes(name) for code in row.strings(parameter)}
    assert named
    assert [code for code in named if code not in codes(target)] == []


def test_measures_set_limits_only_for_those_who_decide():
    for row in codes("measure"):
        for limit in ("max_hours", "max_days", "max_months"):
            assert set(row.integers(limit)) <= set(row.strings("deciders"))


def test_kinship_is_its_own_inverse():
    kinship = codes("kinship")
    for row in kinship:
        inverse = kinship.row(row.string("inverse"))
        assert inverse.string("inverse") == row.code
        assert inverse.string("scope") == row.string("scope")


def test_each_address_leads_to_an_agency_and_back():
    for row in codes("agency_kind"):
        address = codes("report_address").row(row.string("address"))
        assert row.code == "social_assistance" or row.code in address.strings("agency_kinds")


def test_deadlines_name_roles_and_hours():
    roles = codes("role")
    for row in codes("deadline_kind"):
        assert row.string("who") in roles or row.string("who") == "partner"
        for step in row.mappings("tell"):
            assert step["role"] in roles
            assert isinstance(step["after_hours"], int)
        if row.flag("law"):
            assert row.basis, row.code


def test_clocks_the_law_fixes_in_hours():
    hours = {row.code: row.integer("hours") for row in codes("deadline_kind")}
    assert hours["ban_decide"] == hours["ban_cancel_decide"] == hours["child_emergency"] == 12
    assert hours["ban_monitor_assign"] == hours["ban_monitor_announce"] == 1
    assert hours["allowed_contact_end"] == 4
    assert hours["hospital_shelter_end"] == 24
    assert hours["data_breach_notice"] == 72


def test_a_contact_ban_lasts_three_days_or_four_months():
    ban = codes("measure").row("M03")
    assert ban.integers("max_days") == {"commune_chair": 3}
    assert ban.integers("max_months") == {"court": 4}


def test_risk_clocks():
    policy = {row.code: row for row in codes("risk_policy")}
    day = 24
    found = {
        code: tuple(
            policy[code].integer(key) for key in ("first_reassess_hours", "reassess_hours", "contact_hours")
        )
        for code in codes("risk_level").codes
    }
    assert found == {
        "EXTREME": (72, 72, day),
        "HIGH": (7 * day, 7 * day, 2 * day),
        "MEDIUM": (7 * day, 30 * day, 7 * day),
        "LOW": (14 * day, 60 * day, 30 * day),
    }


def test_never_shared_by_default_is_never_a_default():
    for row in codes("share_item"):
        assert not (row.flag("default") and row.flag("never_default")), row.code


def test_the_law_has_sixteen_acts_ten_measures_six_priority_groups_and_54_peoples():
    acts = [row for row in codes("act") if row.string("letter")]
    assert "".join(row.string("letter") for row in acts) == "abcdđeghiklmnopq"
    assert codes("measure").codes == tuple(f"M{number:02}" for number in range(1, 11))
    assert len(codes("priority_group").where("priority")) == 6
    assert sum(row.code.isdigit() for row in codes("ethnicity")) == 54
    assert [row.string("letter") for row in codes("report_address")] == ["a", "b", "c", "d", "đ", "e", ""]


@pytest.mark.parametrize(
    "name",
    [
        "dependence",
        "disability_kind",
        "education",
        "ethnicity",
        "identity_kind",
        "injury_kind",
        "kinship",
        "language",
        "literacy",
        "medical_care",
        "nationality",
        "occupation",
        "poverty",
        "sex",
        "weapon_kind",
        "yes_no",
    ],
)
def test_what_a_person_is_asked_may_be_unknown_or_declined(name):
    assert "unknown" in codes(name)
    assert "declined" in codes(name)


# --- how a list behaves ----------------------------------------------------------------------------


def test_the_label_follows_the_active_language_when_it_is_shown():
    label = dict(codes("sex").choices())["female"]
    with translation.override("vi"):
        assert str(label) == codes("sex").label("female") == "Nữ"
    with translation.override("en"):
        assert str(label) == codes("sex").label("female") == "Female"
        assert str(codes("sex").title) == "Sex"


def test_vietnamese_is_shown_where_no_language_is_active():
    with translation.override(None):
        assert codes("sex").label("male") == "Nam"


def test_a_blank_code_has_a_blank_label():
    assert codes("sex").label("") == ""


def test_unknown_names_are_answered_with_the_nearest():
    with pytest.raises(UnknownCodeList, match="ethnicity"):
        codes("etnicity")
    with pytest.raises(UnknownCode, match="spouse"):
        codes("kinship").row("spuose")


def test_a_path_is_not_a_list_name():
    with pytest.raises(UnknownCodeList):
        codes("../relationship_acts")


def test_a_row_is_offered_between_its_days_only_and_shown_for_ever():
    row = CodeRow("old", "Cũ", "Old", valid_from=date(2025, 1, 1), disabled_on=date(2026, 1, 1))
    assert [row.active(day) for day in (date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31))] == [
        False,
        True,
        True,
    ]
    assert not row.active(date(2026, 1, 1))
    assert str(row.label) == "Cũ"


def test_rows_are_read_only():
    row = codes("measure").row("M03")
    with pytest.raises(TypeError):
        row.params["max_days"] = 30  # type: ignore[index]
    with pytest.raises(AttributeError):
        row.vi = "x"  # type: ignore[misc]


def test_parameters_are_typed():
    row = codes("deadline_kind").row("ban_decide")
    assert row.integer("hours") == 12
    assert row.integer("days") is None
    assert row.string("policy") == ""
    assert row.strings("nothing") == ()
    assert row.mappings("nothing") == ()
    assert dict(row.integers("nothing")) == {}
    for read, name in [
        (row.integer, "who"),
        (row.string, "hours"),
        (row.flag, "who"),
        (row.strings, "who"),
        (row.mappings, "who"),
        (row.integers, "who"),
    ]:
        with pytest.raises(TypeError, match="parameter"):
            read(name)


def test_codes_by_parameter():
    assert codes("priority_group").where("priority", False) == ("unknown",)
    assert "safe_address" in codes("share_item").where("never_default")
