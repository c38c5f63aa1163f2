"""The pages and REST of totals with noise: from off to a public answer, in words, with messages beside the fields."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from casework.base import clock
from casework.http.templatetags.pages import vi_datetime
from casework.noisy_totals import queries
from casework.noisy_totals.actions import approve_total
from casework.noisy_totals.asking import Asked
from casework.noisy_totals.models import NoisyTotal, TotalQuestion
from tests.noisy_totals.making import YEAR, allowed, answered, asked, ready
from tests.releases.making import frozen, published, staff
from tests.world import World

pytestmark = pytest.mark.django_db

ASKED = {"counted": "people", "year": YEAR, "epsilon": "e025", "purpose": "press", "sex": ["female"]}
NOISE = "có nhiễu ngẫu nhiên, không phải số chính xác"


def as_(world: World, name: str) -> Client:
    client = Client()
    client.force_login(world.users[name])
    return client


def body(answer: Any) -> str:
    return " ".join(re.sub("<[^>]*>", " ", answer.content.decode()).split())


# --- the desk ---


def test_from_off_to_a_public_answer_by_the_pages(world: World) -> None:
    frozen(world, YEAR, communes=3)
    mai, thuy = as_(world, "mai"), as_(world, "thuy")
    assert "Tỉnh chưa dùng" in body(thuy.get(reverse("noisy-totals")))
    off = thuy.post(reverse("noisy-total-ask"), ASKED)
    assert off.status_code == 409
    assert "tỉnh chưa đặt ngân sách riêng tư" in body(off)

    allowing = {"yearly": "e100", "single": "e025", "basis": "Quyết định mẫu", "valid_from": "01/01/2030"}
    assert mai.post(reverse("privacy-budget-set"), {**allowing, "single": "e200"}).status_code == 400
    set_ = mai.post(
        reverse("privacy-budget-set"),
        {**allowing, "valid_from": clock.local_date(world.now).strftime("%d/%m/%Y")},
    )
    assert set_.status_code == 302
    made = thuy.post(reverse("noisy-total-ask"), ASKED)
    question = TotalQuestion.objects.everything(reason="test").get()
    assert made["Location"] == reverse("noisy-total", args=[question.pk])
    waiting = body(thuy.get(made["Location"]))
    assert "Việc tiếp theo: người thứ hai duyệt" in waiting
    assert "± 36 trong 95 trên 100 lần" in waiting
    approving = mai.post(reverse("noisy-total-approve", args=[question.pk]))
    assert approving.status_code == 302

    total = NoisyTotal.objects.get()
    for client, name in ((mai, "noisy-totals"), (Client(), "public-totals")):
        page = body(client.get(reverse(name)))
        assert f"khoảng {total.value} (± {total.accuracy})" in page
        assert "Giới tính người bị bạo lực: Nữ" in page
    assert NOISE in page
    assert "0,25" in page
    assert world.thuy.full_name not in page
    again = thuy.post(reverse("noisy-total-ask"), {**ASKED, "epsilon": "e005"}, follow=True)
    assert "xem lại không tốn ngân sách" in body(again)


def test_a_broken_rule_stands_beside_its_field_and_what_was_typed_stays(world: World) -> None:
    ready(world, single="e025")
    thuy = as_(world, "thuy")

    empty = thuy.post(reverse("noisy-total-ask"), {"year": ""})
    loud = thuy.post(reverse("noisy-total-ask"), {**ASKED, "epsilon": "e100"})
    early = thuy.post(reverse("noisy-total-ask"), {**ASKED, "year": 1999})
    odd = thuy.post(reverse("noisy-total-ask"), {**ASKED, "year": "x", "sex": ["ghost"], "epsilon": "0.3"})

    assert set(empty.context["form"].errors) == {"counted", "year", "epsilon", "purpose"}
    assert (loud.status_code, set(loud.context["form"].errors)) == (409, {"epsilon"})
    assert (early.status_code, set(early.context["form"].errors)) == (409, {"year"})
    assert (odd.status_code, set(odd.context["form"].errors)) == (400, {"year", "sex", "epsilon"})
    assert 'value="1999"' in early.content.decode()
    assert not TotalQuestion.objects.everything(reason="test").exists()


def test_where_the_exact_figure_is_public_the_page_leads_there(world: World) -> None:
    frozen(world, YEAR)
    allowed(world)
    waiting = asked(world)
    release = published(world, "province_year:2023")
    there = reverse("public-release", args=[release.pk])

    asking = as_(world, "thuy").post(reverse("noisy-total-ask"), {**ASKED, "sex": [], "age": ["16_59"]})
    approving = as_(world, "mai").post(reverse("noisy-total-approve", args=[waiting.pk]))

    for answer in (asking, approving):
        assert answer.status_code == 409
        assert f'href="{there}"' in answer.content.decode()


def test_not_approved_with_a_reason(world: World) -> None:
    ready(world)
    question, mai = asked(world), as_(world, "mai")

    assert mai.post(reverse("noisy-total-refuse", args=[question.pk]), {"reason": ""}).status_code == 400
    told = mai.post(reverse("noisy-total-refuse", args=[question.pk]), {"reason": "budget"}, follow=True)

    assert "Để dành ngân sách riêng tư" in body(told)
    assert mai.post(reverse("noisy-total-approve", args=[question.pk])).status_code == 409


def test_what_waits_stands_first_with_the_hour_it_was_asked(world: World) -> None:
    ready(world)
    asked(world, age=["under_16"])
    later = replace(world, now=world.now + timedelta(minutes=5))
    decided_at = later.now + timedelta(minutes=5)
    approve_total(record=asked(later, age=["60_over"]), by=world.mai, at=decided_at)

    page = body(as_(world, "mai").get(reverse("noisy-totals")))

    assert page.index("Chờ duyệt") < page.index("Đã trả lời, đã công khai")
    told = re.findall(re.escape(world.thuy.full_name) + r" · (\d\d:\d\d \S+)", page)
    assert told == [vi_datetime(at) for at in (world.now, later.now)]


def test_what_is_taken_back_is_off(world: World) -> None:
    staff(world)
    budget, mai = allowed(world), as_(world, "mai")
    assert "Mức cho phép hôm nay" in body(mai.get(reverse("privacy-budgets")))

    told = mai.post(reverse("privacy-budget-withdraw", args=[budget.pk]), follow=True)

    assert "Tỉnh chưa dùng" in body(told)


# --- public ---


def test_nothing_names_them_while_they_are_off(world: World) -> None:
    there = reverse("public-totals")
    pages = (reverse("public-figures"), reverse("public-method"))
    assert not any(f'href="{there}"' in Client().get(page).content.decode() for page in pages)
    assert "Chưa công khai tổng số có nhiễu nào" in body(Client().get(there))

    allowed(world)

    assert all(f'href="{there}"' in Client().get(page).content.decode() for page in pages)


def test_the_public_page_reads_the_answers_alone(world: World, client: Client) -> None:
    ready(world)
    total = answered(world, age=["under_16"])

    with CaptureQueriesContext(connection) as asked_:
        page = body(client.get(reverse("public-totals")))

    read = {table for query in asked_ for table in re.findall(r'(?:FROM|JOIN) "([a-z_]+)"', query["sql"])}
    assert {table for table in read if "session" not in table} == {"casework_noisytotal", "casework_area"}
    assert f"khoảng {total.value} (± {total.accuracy}) : {NOISE}" in page


# --- REST ---


def test_the_same_over_rest(world: World) -> None:
    ready(world)

    def call(name: str, method: str, path: str, data: Any = None, **headers: str) -> Any:
        do = getattr(as_(world, name), method)
        return do(path, data, content_type="application/json", headers=headers)

    made = call("thuy", "post", reverse("api:noisy-totals"), ASKED, **{"Idempotency-Key": "a" * 20})
    assert made.status_code == 201, made.content
    one = made["Location"]
    seen = call("mai", "get", one)
    assert seen.json()["total"] is None
    version = {"If-Match": seen["ETag"], "Idempotency-Key": "b" * 20}
    own = call("mai", "post", one + "approve/", {}, **version)
    assert own.status_code == 200, own.content

    total = NoisyTotal.objects.get()
    told = call("kien", "get", one).json()
    assert told["total"]["value"] == total.value
    assert told["total"]["accuracy"] == total.accuracy == 36
    assert told["filters"] == [{"question": "sex", "codes": ["female"]}]
    assert told["years"] == [{"year": YEAR, "vintage": 1}]
    (budget,) = call("thuy", "get", reverse("api:privacy-budgets")).json()["results"]
    assert budget["years"] == [{"year": YEAR, "spent": "0.25", "left": "0.75"}]
    wrong = call(
        "thuy", "post", reverse("api:noisy-totals"), {**ASKED, "year": 1999}, **{"Idempotency-Key": "c" * 20}
    )
    assert (wrong.status_code, wrong.json()["code"]) == (409, "year_not_frozen")


def test_a_list_asks_the_database_no_more_for_more_questions(world: World) -> None:
    ready(world, yearly="e200", single="e010")

    def read() -> int:
        with CaptureQueriesContext(connection) as queries_:
            found = as_(world, "kien").get(reverse("api:noisy-totals")).json()["results"]
        assert [bool(one["total"]) for one in found] == [True] * len(found)
        return len(queries_)

    answered(world, epsilon="e005", sex=["female"])
    # What a process reads once in its life is read by now.
    read()
    few = read()
    for form in ("physical", "sexual", "economic"):
        answered(world, epsilon="e005", form=[form])

    assert read() == few


def test_words_name_every_question_in_the_order_of_the_catalogue(world: World) -> None:
    ready(world, 2022, 2023)
    answered(world, year=2022, until=2023, age=["60_over"], form=["sexual", "physical"])

    page = body(Client().get(reverse("public-totals")))

    assert "Người bị bạo lực gia đình, 2022–2023" in page
    assert (
        "Hình thức bạo lực: Bạo lực về thể chất hoặc Bạo lực về tình dục; "
        "Nhóm tuổi người bị bạo lực: Từ đủ 60 tuổi trở lên" in page
    )
    assert queries.shown_in(world.province, Asked.read("people", [(2022, 1)], {})) is None
