import pytest

from casework.base.sheets import Item, Section, Sheet


def sheet(*items: Item) -> Sheet:
    return Sheet("report", "Report", (Section("what", "What happened", items),))


def test_items_come_in_the_order_of_the_paper():
    form = Sheet(
        "report",
        "Report",
        (
            Section(
                "what",
                "What",
                (Item("account", "long_text", required=True), Item("acts", "codes", codes="act")),
            ),
            Section("who", "Who", (Item("weapon", "yes_no"),)),
        ),
    )
    assert form.names() == ("account", "acts", "weapon")
    assert [item.name for item in form] == ["account", "acts", "weapon"]
    assert "acts" in form
    assert form.item("account").required


def test_an_item_knows_its_code_list_and_whether_it_is_many():
    form = sheet(
        Item("acts", "codes", codes="act"), Item("weapon", "yes_no"), Item("sex", "code", codes="sex")
    )
    assert form.item("acts").is_many
    assert not form.item("sex").is_many
    assert form.item("weapon").code_list.name == "yes_no"
    assert Item("weapon", "yes_no", codes="yes_no_na").code_list.name == "yes_no_na"


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"name": "x", "kind": "essay"}, "unknown kind"),
        ({"name": "x", "kind": "code"}, "must name its code list"),
        ({"name": "x", "kind": "codes"}, "must name its code list"),
        ({"name": "x", "kind": "code", "codes": "seks"}, "does not exist"),
        ({"name": "x", "kind": "text", "codes": "sex"}, "cannot have"),
        ({"name": "not a name", "kind": "text"}, "field name"),
    ],
)
def test_a_wrong_item_is_refused_when_it_is_written(item, message):
    with pytest.raises(ValueError, match=message):
        Item(**item)


def test_nothing_is_asked_twice_or_not_at_all():
    with pytest.raises(ValueError, match="twice"):
        sheet(Item("x", "text"), Item("x", "text"))
    with pytest.raises(ValueError, match="twice"):
        Sheet("s", "S", (Section("a", "A", (Item("x", "text"),)), Section("a", "A", (Item("y", "text"),))))
    with pytest.raises(ValueError, match="nothing"):
        Section("a", "A", ())


def test_a_name_that_is_not_asked_is_answered_with_those_that_are():
    with pytest.raises(LookupError, match="weapon"):
        sheet(Item("weapon", "yes_no")).item("wepon")
    with pytest.raises(ValueError, match="no code list"):
        _ = Item("x", "text").code_list
