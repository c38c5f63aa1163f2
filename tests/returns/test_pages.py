"""What the pages of returns offer and how they name things."""

import pytest
from django.test import Client
from django.urls import reverse

from casework.returns import words
from casework.returns.catalogue import COMMUNE, form, forms
from casework.returns.checking import GAP, OUTLIER, Flag
from tests.returns.making import last_year, staff
from tests.world import PASSWORD, World


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "level"), [("quy", "commune"), ("thuy", "province")])
def test_an_office_is_offered_the_returns_it_files_and_their_periods(
    world: World, name: str, level: str
) -> None:
    staff(world)
    client = Client()
    assert client.login(username=name, password=PASSWORD)
    days = last_year(world)
    one = forms(level, days.end)[0]
    asked: dict[str, str | int] = {"form": one.code, "window": days.code, "year": days.year}
    made = client.get(reverse("return-prepare"), asked).context["form"]

    assert [code for code, _label in made.fields["form"].choices] == [
        one.code for one in forms(level, days.end)
    ]
    windows = {window for one in forms(level, days.end) for window in one.windows}
    assert {code for code, _label in made.fields["window"].choices} == windows
    assert (made["form"].value(), made["window"].value()) == (one.code, days.code)
    other = forms("province" if level == COMMUNE else COMMUNE, days.end)[0]
    answer = client.post(reverse("return-prepare"), {**asked, "form": other.code})
    assert answer.status_code == 400
    assert "form" in answer.context["form"].errors


def test_a_point_says_of_whom_its_row_is() -> None:
    one = form("commune_year")
    said = {
        row.row: words.whole_label(one, row) for row in one.rows if row.row in ("cases", "perpetrator_male")
    }
    assert said["cases"] == "Tổng số vụ bạo lực gia đình"
    assert said["perpetrator_male"] == "Người gây bạo lực, theo giới tính – Nam"
    point = words.point(one, Flag(OUTLIER, "perpetrator_male", {"now": 0, "mean": 12, "years": 1}))
    assert "Người gây bạo lực, theo giới tính – Nam: 0" in point


def test_a_gap_names_its_rows() -> None:
    one = form("commune_year")
    missing = dict.fromkeys(one.by_hand[:2], 1)
    first, second = (one.row(code) for code in missing)

    point = words.point(one, Flag(GAP, "", missing))

    assert point.endswith(f"2 dòng ({first.no}, {second.no})")
    assert first.no
    assert second.no


def test_only_what_stands_under_a_heading_is_named_with_it() -> None:
    one = form("commune_year")
    for row in one.rows:
        said = words.whole_label(one, row)
        head = said.removesuffix(words.label(row)).removesuffix(" – ")
        above = [other for other in one.rows if other.row == "" and words.label(other) == head]
        assert head == "" or not row.no or any(row.no.startswith(f"{other.no}.") for other in above)
