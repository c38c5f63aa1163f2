import csv
import unicodedata
from datetime import date

import pytest
from django.utils import translation

from casework.base.codes import DATA, codes
from casework.organisations.areas import area_at, current_area, load_areas
from casework.organisations.models import Area

MERGER = date(2025, 7, 1)
BEFORE = date(2025, 6, 30)


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / "areas" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


# --- the files -------------------------------------------------------------------------------------


def test_counts_of_the_files():
    assert len(rows("provinces")) == 34
    assert len(rows("communes")) == 3321
    assert len(rows("former-communes")) == 129
    dien_bien = [row for row in rows("communes") if row["province_code"] == "11"]
    assert len(dien_bien) == 45
    assert sum(row["kind"] == "ward" for row in dien_bien) == 3


@pytest.mark.parametrize("name", ["provinces", "communes", "former-communes"])
def test_rows_are_whole_composed_and_of_a_known_kind(name):
    found = rows(name)
    assert len({row["code"] for row in found}) == len(found)
    for row in found:
        assert row["kind"] in codes("area_kind")
        assert row["name"] == unicodedata.normalize("NFC", row["name"]).strip() != ""
        assert len(row["code"]) == (2 if name == "provinces" else 5)


def test_every_former_unit_went_whole_into_a_unit_of_today():
    today = {row["code"] for row in rows("communes") if row["province_code"] == "11"}
    assert {row["successor_code"] for row in rows("former-communes")} == today


# --- the table -------------------------------------------------------------------------------------


@pytest.fixture
def areas(db):
    load_areas()


@pytest.mark.usefixtures("areas")
class TestLoaded:
    def test_dien_bien_and_the_provinces(self):
        assert Area.objects.filter(parent=None).count() == 34
        assert Area.objects.filter(province_code="11", valid_from=MERGER).count() == 45
        assert Area.objects.filter(valid_to=MERGER, successor__isnull=False).count() == 129
        # Sơn La, where Tuấn of the cast works, came with the cast.
        ours = Area.objects.exclude(province_code="14", parent__isnull=False)
        assert ours.count() == 34 + 45 + 129

    def test_loading_again_changes_nothing(self):
        before = list(Area.objects.values_list())
        load_areas()
        assert list(Area.objects.values_list()) == before

    def test_loading_again_brings_a_corrected_name_in(self):
        Area.objects.filter(code="03325", valid_from=MERGER).update(name="Muong Phang")
        load_areas()
        area = current_area("03325")
        assert area is not None
        assert area.name == "Mường Phăng"

    def test_names_are_shown_with_the_kind_of_unit(self):
        with translation.override("vi"):
            assert str(current_area("03325")) == "Xã Mường Phăng"
            assert str(current_area("03127")) == "Phường Điện Biên Phủ"
            assert str(current_area("11")) == "Tỉnh Điện Biên"
            assert str(current_area("01")) == "Thành phố Hà Nội"
            assert str(area_at("03217", BEFORE)) == "Thị trấn Tủa Chùa"

    def test_one_code_is_two_units_on_two_days(self):
        before, after = area_at("03127", BEFORE), area_at("03127", MERGER)
        assert before is not None
        assert after is not None
        assert (before.name, after.name) == ("Him Lam", "Điện Biên Phủ")
        assert before.successor == after

    def test_a_code_that_ended_has_no_unit_afterwards_but_leads_to_one(self):
        assert area_at("03130", MERGER) is None
        area = current_area("03130")
        assert area is not None
        assert area.code == "03127"

    def test_a_province_stands_on_both_sides_of_the_merger(self):
        assert area_at("11", BEFORE) == area_at("11", MERGER) == current_area("11")

    def test_a_code_that_never_was(self):
        assert area_at("99999", MERGER) is None
        assert current_area("99999") is None

    def test_every_unit_of_dien_bien_belongs_to_it_and_lies_in_it(self):
        for area in Area.objects.filter(province_code="11", parent__isnull=False).select_related("parent"):
            assert area.parent is not None
            assert area.parent.code == "11"
            if area.valid_to is None:
                assert area.latitude is not None
                assert area.longitude is not None
                assert 20.9 < area.latitude < 22.6
                assert 102.1 < area.longitude < 103.7


@pytest.mark.django_db
def test_the_whole_country_on_demand():
    load_areas(communes_of=None)
    assert Area.objects.filter(parent__isnull=False, valid_to=None).count() == 3321
