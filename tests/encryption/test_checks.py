"""A forgotten decision about a field, a reused id or a weak index stops the product before it starts."""

import uuid
from typing import ClassVar

import pytest
from django.db import migrations, models

from casework.base.tables import CreateTables
from casework.encryption import blind, checks
from casework.encryption.fields import SealedDate, SealedText
from tests.encryption.letters import Friend, Letter, own_registry


def declare(**attributes):
    """A model of a person, as somebody might write it."""
    meta = type("Meta", (attributes.pop("Meta", object),), {"app_label": "casework", "apps": own_registry()})
    known = {
        "__module__": __name__,
        "KEY_SCOPE": ("case", "case_id"),
        "id": models.UUIDField(primary_key=True, default=uuid.uuid4),
        "case_id": models.UUIDField(),
        "Meta": meta,
    }
    known |= attributes
    return type(
        "Person", (models.Model,), {name: value for name, value in known.items() if value is not None}
    )


def found(model):
    return [message.id for message in checks.check_model(model)]


def sealed(field_id=1):
    return SealedText(field_id=field_id)


class TestModels:
    def test_the_models_of_the_tests_are_clean(self):
        assert found(Friend) == []
        assert [str(message.msg) for message in checks.check_model(Letter)] == [
            "Letter.topic is about a person and neither sealed nor plain on purpose."
        ]

    @pytest.mark.parametrize(
        "field",
        [
            models.CharField(max_length=9),
            models.CharField(max_length=9, choices=[("a", "A")]),
            models.TextField(),
            models.EmailField(),
            models.URLField(),
            models.SlugField(),
            models.DateField(),
            models.DateTimeField(),
            models.TimeField(),
            models.FileField(),
            models.JSONField(),
            models.BinaryField(),
            models.GenericIPAddressField(),
        ],
    )
    def test_a_telling_field_is_sealed_or_plain_on_purpose(self, field):
        assert found(declare(detail=field.clone())) == ["encryption.E005"]
        assert found(declare(detail=field.clone(), PLAIN={"detail": "lists filter by it"})) == []
        assert found(declare(detail=field.clone(), KEY_SCOPE=None)) == []

    @pytest.mark.parametrize(
        "field",
        [
            models.BooleanField(),
            models.IntegerField(),
            models.UUIDField(),
            models.ForeignKey("self", models.CASCADE),
            sealed(),
        ],
    )
    def test_other_fields_need_no_reason(self, field):
        assert found(declare(detail=field.clone())) == []

    def test_the_message_names_the_field_and_what_to_write(self):
        (message,) = checks.check_model(declare(detail=models.TextField()))
        assert "Person.detail" in message.msg
        assert "PLAIN = {'detail'" in str(message.hint)

    def test_an_abstract_base_answers_for_its_own_fields(self):
        class Base(models.Model):
            PLAIN: ClassVar = {"created_at": "order"}
            KEY_SCOPE: ClassVar = ("case", "id")

            id = models.UUIDField(primary_key=True, default=uuid.uuid4)
            created_at = models.DateTimeField()

            class Meta:
                abstract = True

        class Child(Base):
            PLAIN: ClassVar = {"kind": "code"}

            kind = models.CharField(max_length=9)

            class Meta:
                app_label = "casework"
                apps = own_registry()

            def __str__(self):
                return ""

        assert found(Child) == []

    @pytest.mark.parametrize(
        "plain",
        [{"gone": "reason"}, {"words": "reason"}, {"topic": ""}, {"topic": " "}],
    )
    def test_a_reason_that_reasons_nothing_is_refused(self, plain):
        plain = {"topic": "code", **plain}
        model = declare(words=sealed(), topic=models.CharField(max_length=9), PLAIN=plain)
        assert found(model) == ["encryption.E006"]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"KEY_SCOPE": None},
            {"KEY_SCOPE": "case"},
            {"KEY_SCOPE": ("village", "case_id")},
            {"KEY_SCOPE": ("case", "nothing")},
            {"KEY_SCOPE": ("case", "save")},
            {"KEY_SCOPE": ("case", "number"), "number": models.IntegerField()},
            {"id": models.BigAutoField(primary_key=True)},
        ],
    )
    def test_sealed_fields_need_uuids_and_a_scope(self, wrong):
        assert found(declare(words=sealed(), **wrong)) == ["encryption.E003"]

    def test_a_scope_may_be_the_row_itself_or_a_relation(self):
        assert found(declare(words=sealed(), KEY_SCOPE=("case", "id"))) == []
        parent = models.ForeignKey(Letter, models.CASCADE, related_name="+")
        assert found(declare(words=sealed(), KEY_SCOPE=("case", "parent_id"), parent=parent)) == []

    @pytest.mark.parametrize(
        "options",
        [
            {"ordering": ["-words"]},
            {"unique_together": [("words", "case_id")]},
            {"indexes": [models.Index(fields=["words"], name="i")]},
            {"constraints": [models.UniqueConstraint(fields=["words"], name="u")]},
        ],
    )
    def test_nothing_the_database_compares_may_be_sealed(self, options):
        assert found(declare(words=sealed(), Meta=type("Meta", (), options))) == ["encryption.E004"]

    def test_two_fields_with_one_id_are_refused(self):
        one, other = declare(a=sealed(1), b=sealed(2)), declare(a=sealed(3), b=sealed(2))
        (message,) = checks.unique_ids([one, other])
        assert message.id == "encryption.E001"
        assert "casework.Person.b" in message.msg
        assert list(checks.unique_ids([one])) == []


def create(model, **fields):
    return migrations.CreateModel(model, [("id", models.UUIDField(primary_key=True)), *fields.items()])


class TestFieldIds:
    """Ids as the migrations remember them."""

    def reused(self, *operations):
        return [message.id for message in checks.reused_ids(operations)]

    def test_an_id_is_never_given_again(self):
        first = create("Person", name=sealed(1))
        for later in (
            create("Phone", number=sealed(1)),
            migrations.AddField("Person", "other", sealed(1)),
            migrations.AlterField("Phone", "number", sealed(1)),
        ):
            assert self.reused(first, later) == ["encryption.E002"]
            assert self.reused(first, migrations.RemoveField("Person", "name"), later) == ["encryption.E002"]
            assert self.reused(first, migrations.DeleteModel("Person"), later) == ["encryption.E002"]

    def test_tables_made_together_and_what_only_the_state_learns_are_looked_into(self):
        first, second = create("Person", name=sealed(1)), create("Phone", number=sealed(1))
        assert self.reused(CreateTables([first, second])) == ["encryption.E002"]
        assert self.reused(first, migrations.SeparateDatabaseAndState([], [second])) == ["encryption.E002"]

    def test_a_field_keeps_its_id(self):
        changed = migrations.AlterField("Person", "name", sealed(2))
        assert self.reused(create("Person", name=sealed(1)), changed) == ["encryption.E002"]

    def test_renaming_sealing_and_retyping_are_no_reuse(self):
        assert (
            self.reused(
                create("Person", name=sealed(1), born=models.DateField()),
                migrations.RenameField("Person", "name", "full_name"),
                migrations.RenameModel("Person", "Human"),
                migrations.AlterField("Human", "full_name", SealedText(field_id=1, size="name")),
                migrations.AlterField("Human", "born", SealedDate(field_id=2)),
                migrations.RemoveField("Human", "born"),
                migrations.AddField("Human", "born", SealedDate(field_id=2)),
            )
            == []
        )

    def test_history_shares_the_ids_of_its_original(self):
        history = create("HistoricalPerson", history_id=models.UUIDField(), name=sealed(1))
        assert self.reused(create("Person", name=sealed(1)), history) == []
        added = [migrations.AddField(model, "other", sealed(2)) for model in ("Person", "HistoricalPerson")]
        assert self.reused(create("Person", name=sealed(1)), history, *added) == []


class TestKeysAndIndexes:
    def test_the_settings_of_the_tests_are_clean(self):
        assert checks.check_keys(None) == []

    @pytest.mark.parametrize(
        ("name", "setting"),
        [
            ("ENCRYPTION_KEYS", {}),
            ("INDEX_KEYS", {"current": 1, "keys": {1: b"short"}}),
            ("BLIND_INDEX_BITS", 64),
        ],
    )
    def test_a_wrong_setting_is_an_error(self, settings, name, setting):
        setattr(settings, name, setting)
        assert [message.id for message in checks.check_keys(None)] == ["encryption.E010"]

    def test_one_key_for_two_purposes_is_an_error(self, settings):
        settings.INDEX_KEYS = {"current": 2, "keys": {2: settings.ENCRYPTION_KEYS["keys"][1]}}
        (message,) = checks.check_keys(None)
        assert "must not repeat" in message.msg

    def test_an_index_on_what_can_be_guessed_is_an_error(self):
        surname = blind.Index(9, 6, str)
        (message,) = checks.weak_indexes({**blind.INDEXES, "person.surname": surname})
        assert "person.surname has 6 bits" in message.msg

    def test_two_indexes_never_share_a_number(self):
        (message,) = checks.weak_indexes({**blind.INDEXES, "person.other": blind.Index(1, 20, str)})
        assert "same number" in message.msg


class TestTheProduct:
    """The checks over the models that are really there."""

    def test_no_field_id_is_used_twice(self):
        assert [message for message in checks.check_models(None) if message.id == "encryption.E001"] == []

    def test_the_migrations_reuse_no_id(self):
        assert checks.check_migrations(None) == []
