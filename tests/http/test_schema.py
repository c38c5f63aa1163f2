"""The API description: complete, without a warning, and only for those who are signed in."""

import pytest
from django.core.management import call_command
from django.test import Client
from drf_spectacular.generators import SchemaGenerator


@pytest.fixture(scope="module")
def description():
    return SchemaGenerator(urlconf="tests.http.trial_urls").get_schema(request=None, public=True)


def operation(description, method: str, path: str):
    return description["paths"][f"/api/v1/{path}"][method]


def headers_of(found) -> dict[str, bool]:
    return {one["name"]: one.get("required", False) for one in found["parameters"] if one["in"] == "header"}


@pytest.mark.parametrize("urlconf", ["config.urls", "tests.http.trial_urls"])
def test_it_is_valid_and_without_a_warning(tmp_path, urlconf):
    call_command(
        "spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "api.yml"), urlconf=urlconf
    )


@pytest.mark.django_db
def test_strangers_do_not_read_it(world):
    assert Client().get("/api/schema/").status_code in (401, 403)
    client = Client()
    client.force_login(world.hoa)
    assert client.get("/api/schema/").status_code == 200


def test_reading(description):
    found = operation(description, "get", "cases/{case_id}/")
    assert found["operationId"] == "cases_read"
    assert set(found["responses"]) == {"200", "401", "403", "404", "410", "503"}
    assert "ETag" in found["responses"]["200"]["headers"]


def test_listing(description):
    found = operation(description, "get", "cases/")
    assert found["operationId"] == "cases_list"
    assert {one["name"] for one in found["parameters"]} == {"after", "size", "state", "is_sealed", "commune"}
    assert "400" in found["responses"]


def test_changing(description):
    found = operation(description, "post", "cases/{case_id}/set-language/")
    assert headers_of(found) == {"If-Match": True, "Idempotency-Key": False}
    assert {"200", "400", "409", "412", "422", "428"} <= set(found["responses"])
    assert {"ETag", "Location"} <= set(found["responses"]["200"]["headers"])


@pytest.mark.parametrize("path", ["cases/{case_id}/write-note/", "cases/{case_id}/notes/"])
def test_making(description, path):
    found = operation(description, "post", path)
    assert headers_of(found) == {"If-Match": False, "Idempotency-Key": True}
    assert "201" in found["responses"]
    assert "428" not in found["responses"]


def test_a_body_asks_nothing_else_and_names_its_codes(description):
    shape = description["components"]["schemas"]["WorkLanguageRequest"]
    assert shape["additionalProperties"] is False
    assert shape["required"] == ["language"]
    assert "thai" in shape["properties"]["language"]["enum"]


def test_every_refusal_has_one_body(description):
    for path in description["paths"].values():
        for found in path.values():
            for status, answer in found["responses"].items():
                if status >= "400":
                    assert answer["content"]["application/json"]["schema"] == {
                        "$ref": "#/components/schemas/Problem"
                    }
