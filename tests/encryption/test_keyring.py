"""Keys are made once, loaded together, and never believed longer than they are true."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from casework.encryption import CannotOpen, keyring
from casework.encryption.envelope import Scope
from casework.encryption.keyring import KeyDestroyed, KeyUnknown
from casework.encryption.models import DataKey, KeyGeneration
from tests.encryption.letters import Friend, Letter, taken_back

PLACE = (b"about", bytes(16))


@pytest.fixture
def clock(monkeypatch):
    """Seconds that pass when the test says so."""

    class Clock:
        now = 1000.0

    monkeypatch.setattr("casework.encryption.keyring.time.monotonic", lambda: Clock.now)
    return Clock


def a_scope(scope_type="case"):
    return Scope(scope_type, uuid.uuid4())


def destroy(dek_id):
    """What erasing a case will do to its keys."""
    with transaction.atomic():
        DataKey.objects.filter(pk=dek_id).update(state=DataKey.State.DESTROYED, wrapped=b"")
        keyring.announce_key_change()


@pytest.mark.django_db
class TestMaking:
    def test_a_scope_gets_its_key_on_first_use_and_keeps_it(self, django_assert_num_queries):
        scope = a_scope()
        key = keyring.key_for_writing(*scope)
        with django_assert_num_queries(0):
            assert keyring.key_for_writing(*scope) is key

        row = DataKey.objects.get(pk=key.dek_id)
        assert (row.scope_type, row.scope_id, row.epoch, row.state) == (*scope, 1, "active")
        assert len(row.wrapped) == 65
        assert (row.kek_id, key.scope) == (1, scope)

    @pytest.mark.parametrize("scope_type", ["report", "case", "person", "user", "system"])
    def test_each_type_of_scope_has_keys(self, scope_type):
        key = keyring.key_for_writing(*a_scope(scope_type))
        assert keyring.key_by_id(key.dek_id) is key

    def test_an_unknown_type_of_scope_is_refused(self):
        with pytest.raises(ValueError, match="no type of key scope"):
            keyring.key_for_writing("village", uuid.uuid4())

    def test_another_process_finds_the_same_key(self):
        scope = a_scope()
        token = keyring.key_for_writing(*scope).seal(*PLACE, b"\x01a", 16)
        keyring.forget_keys()
        assert keyring.key_for_writing(*scope).open(*PLACE, token) == b"\x01a"

    def test_two_processes_that_both_see_no_key_take_the_same(self):
        # Both have looked and found nothing; both go on to make it.
        scope = a_scope()
        first = keyring._make([scope])[scope]
        token = first.seal(*PLACE, b"\x01a", 16)
        keyring.forget_keys()
        second = keyring._make([scope])[scope]

        assert DataKey.objects.filter(scope_id=scope.id).count() == 1
        assert second.open(*PLACE, token) == b"\x01a"

    def test_many_keys_are_made_in_few_queries(self, django_assert_max_num_queries):
        scopes = [a_scope() for _ in range(200)]
        keyring.key_for_writing(*scopes[0])
        with django_assert_max_num_queries(7):
            made = keyring.prepare_keys(scopes)
        assert made.keys() == set(scopes)
        with django_assert_max_num_queries(0):
            found = [keyring.key_for_writing(*scope).dek_id for scope in scopes]
        assert found == [made[scope].dek_id for scope in scopes]

    def test_no_two_keys_are_equal(self):
        scopes = [a_scope() for _ in range(50)]
        made = keyring.prepare_keys(scopes).values()
        assert len({key.subkey(b"cv1/file") for key in made}) == 50

    def test_the_database_keeps_one_key_per_scope_and_epoch_and_one_active(self):
        scope = a_scope()
        row = DataKey.objects.get(pk=keyring.key_for_writing(*scope).dek_id)
        for epoch in (1, 2):
            with pytest.raises(IntegrityError), transaction.atomic():
                DataKey.objects.create(
                    scope_type=scope.type, scope_id=scope.id, epoch=epoch, kek_id=1, wrapped=row.wrapped
                )
        with pytest.raises(IntegrityError), transaction.atomic():
            DataKey.objects.filter(pk=row.pk).update(state="destroyed")


@pytest.mark.django_db
class TestDestroyed:
    def test_a_destroyed_key_opens_nothing_and_no_new_one_is_made(self):
        scope = a_scope()
        key = keyring.key_for_writing(*scope)
        destroy(key.dek_id)
        keyring.begin_request()

        with pytest.raises(KeyDestroyed):
            keyring.key_by_id(key.dek_id)
        with pytest.raises(KeyDestroyed):
            keyring.key_for_writing(*scope)

    def test_a_retired_key_still_opens_and_the_next_one_seals(self):
        scope = a_scope()
        old = keyring.key_for_writing(*scope)
        token = old.seal(*PLACE, b"\x01a", 16)
        new = keyring.renew_key(scope)
        keyring.forget_keys()

        row = DataKey.objects.get(pk=new.dek_id)
        assert (row.epoch, row.state, row.retired_at) == (2, "active", None)
        retired_at = DataKey.objects.get(pk=old.dek_id).retired_at
        assert retired_at is not None
        assert abs(row.made_at - retired_at) < timedelta(seconds=5)
        assert keyring.key_for_writing(*scope).dek_id == new.dek_id
        assert keyring.key_of(token).open(*PLACE, token) == b"\x01a"

    def test_the_key_of_what_was_erased_is_not_renewed(self):
        scope = a_scope()
        destroy(keyring.key_for_writing(*scope).dek_id)
        for gone in (scope, a_scope()):
            with pytest.raises(KeyDestroyed):
                keyring.renew_key(gone)

    def test_a_wrapped_key_that_names_another_master_key_than_its_row_is_damaged(self):
        key = keyring.key_for_writing(*a_scope())
        DataKey.objects.filter(pk=key.dek_id).update(kek_id=7)
        keyring.forget_keys()
        with pytest.raises(CannotOpen, match="not wrapped by the master key"):
            keyring.key_by_id(key.dek_id)

    def test_an_unknown_key_is_said_to_be_unknown(self):
        with pytest.raises(KeyUnknown):
            keyring.key_by_id(2**31)

    def test_a_key_put_into_another_scope_does_not_open(self):
        mine, hers = (keyring.key_for_writing(*a_scope()).dek_id for _ in range(2))
        wrapped = DataKey.objects.get(pk=hers).wrapped
        DataKey.objects.filter(pk=mine).update(wrapped=wrapped)
        keyring.forget_keys()
        with pytest.raises(CannotOpen):
            keyring.key_by_id(mine)


class TestBelief:
    def test_a_change_holds_at_the_next_request_of_every_process(self, committed, clock):
        key = keyring.key_for_writing(*a_scope())
        keyring.begin_request()
        assert keyring.key_by_id(key.dek_id) is key

        # Another process destroys it: this one hears nothing but the number in the database.
        DataKey.objects.filter(pk=key.dek_id).update(state="destroyed", wrapped=b"")
        KeyGeneration.objects.update_or_create(pk=1, defaults={"number": 5})

        assert keyring.key_by_id(key.dek_id) is key
        keyring.begin_request()
        with pytest.raises(KeyDestroyed):
            keyring.key_by_id(key.dek_id)

    def test_a_job_hears_of_a_change_within_a_second(self, committed, clock):
        key = keyring.key_for_writing(*a_scope())
        DataKey.objects.filter(pk=key.dek_id).update(state="destroyed", wrapped=b"")
        KeyGeneration.objects.update_or_create(pk=1, defaults={"number": 5})

        clock.now += keyring.ELSEWHERE_SECONDS
        with pytest.raises(KeyDestroyed):
            keyring.key_by_id(key.dek_id)

    def test_the_generation_is_read_once_a_request(self, committed, clock, django_assert_num_queries):
        key = keyring.key_for_writing(*a_scope())
        keyring.begin_request()
        clock.now += 10
        with django_assert_num_queries(1):
            keyring.key_by_id(key.dek_id)
            clock.now += 10
            keyring.key_by_id(key.dek_id)

    def test_a_key_loaded_before_a_change_is_not_used_after_it(self, committed):
        # A slow request loads the key, the change is announced, another request looks, the slow one stores.
        key = keyring.key_for_writing(*a_scope())
        slow = keyring._generation()
        destroy(key.dek_id)
        keyring.begin_request()
        keyring._remember(key, slow, for_writing=True)
        with pytest.raises(KeyDestroyed):
            keyring.key_by_id(key.dek_id)

    def test_the_key_used_last_is_no_exception(self, committed, clock):
        key = keyring.key_for_writing(*a_scope())
        token = key.seal(*PLACE, b"\x01a", 16)
        keyring.begin_request()
        assert keyring.key_of(token) is keyring.key_of(token) is key

        DataKey.objects.filter(pk=key.dek_id).update(state="destroyed", wrapped=b"")
        KeyGeneration.objects.update_or_create(pk=1, defaults={"number": 5})
        assert keyring.key_of(token) is key
        keyring.begin_request()
        with pytest.raises(KeyDestroyed):
            keyring.key_of(token)

    def test_a_key_is_kept_for_300_seconds(self, committed, clock, django_assert_num_queries):
        key = keyring.key_for_writing(*a_scope())
        clock.now += keyring.CACHE_SECONDS
        keyring.begin_request()
        with django_assert_num_queries(2):
            assert keyring.key_by_id(key.dek_id) is not key

    def test_the_key_used_longest_ago_goes_first(self, committed, monkeypatch, django_assert_num_queries):
        monkeypatch.setattr(keyring, "CACHE_ENTRIES", 3)
        made = [keyring.key_for_writing(*a_scope()) for _ in range(3)]
        keyring.key_by_id(made[0].dek_id)
        keyring.key_for_writing(*a_scope())

        assert len(keyring._by_id) == 3
        with django_assert_num_queries(0):
            keyring.key_by_id(made[0].dek_id)
        with django_assert_num_queries(1):
            keyring.key_by_id(made[1].dek_id)

    def test_a_change_that_was_taken_back_does_no_harm(self, committed):
        key = keyring.key_for_writing(*a_scope())
        with taken_back():
            destroy(key.dek_id)
        assert keyring.key_by_id(key.dek_id).dek_id == key.dek_id
        keyring.begin_request()
        assert keyring.key_by_id(key.dek_id).dek_id == key.dek_id


class TestTransactions:
    """A key that was rolled back never existed: nothing may be sealed with it afterwards."""

    def test_a_key_made_in_a_transaction_is_shared_when_it_commits(
        self, committed, django_assert_num_queries
    ):
        with transaction.atomic():
            key = keyring.key_for_writing(*a_scope())
            with django_assert_num_queries(0):
                assert keyring.key_by_id(key.dek_id) is key
            assert len(keyring._by_id) == 0
        with django_assert_num_queries(0):
            assert keyring.key_by_id(key.dek_id) is key

    def test_a_key_that_was_rolled_back_is_forgotten(self, committed):
        scope = a_scope()
        with taken_back():
            lost = keyring.key_for_writing(*scope)
        kept = keyring.key_for_writing(*scope)

        assert kept is not lost
        assert DataKey.objects.filter(scope_id=scope.id).count() == 1
        keyring.forget_keys()
        assert keyring.key_by_id(kept.dek_id).subkey(b"cv1/file") == kept.subkey(b"cv1/file")

    def test_a_key_of_a_savepoint_goes_with_it(self, committed):
        scope, other = a_scope(), a_scope()
        with transaction.atomic():
            with transaction.atomic():
                outer = keyring.key_for_writing(*other)
            with taken_back():
                lost = keyring.key_for_writing(*scope)
            kept = keyring.key_for_writing(*scope)
            assert kept is not lost
            assert keyring.key_for_writing(*other) is outer
        keyring.forget_keys()
        assert keyring.key_for_writing(*scope).subkey(b"cv1/file") == kept.subkey(b"cv1/file")

    def test_an_id_given_again_after_a_rollback_opens_the_new_key(self, committed):
        with taken_back():
            keyring.key_for_writing(*a_scope())
        with transaction.atomic():
            key = keyring.key_for_writing(*a_scope())
            assert keyring.key_by_id(key.dek_id) is key

    def test_commit_hooks_run_by_a_test_share_nothing(self, committed, django_capture_on_commit_callbacks):
        with taken_back(), django_capture_on_commit_callbacks(execute=True):
            keyring.key_for_writing(*a_scope())
        assert len(keyring._by_id) == 0

    def test_thousands_of_new_scopes_in_one_transaction_stay_quick(self, committed):
        with transaction.atomic():
            keyring.prepare_keys([a_scope() for _ in range(50)])
            hooks = len(connection.run_on_commit)
            keyring.prepare_keys([a_scope() for _ in range(50)])
            assert len(connection.run_on_commit) == hooks == 1

    def test_a_transaction_of_many_savepoints_asks_few_layers(self, committed):
        with transaction.atomic():
            keys = []
            for _ in range(20):
                with transaction.atomic():
                    keys.append(keyring.key_for_writing(*a_scope()))
            assert len(keyring._unproven.layers) <= 2
            assert [keyring.key_by_id(key.dek_id) for key in keys] == keys
        assert [keyring.key_by_id(key.dek_id) for key in keys] == keys

    def test_savepoints_inside_one_that_is_taken_back_go_with_it(self, committed):
        scopes = [a_scope() for _ in range(3)]
        with transaction.atomic():
            with taken_back():
                for scope in scopes:
                    with transaction.atomic():
                        keyring.key_for_writing(*scope)
            assert [keyring._find(keyring._by_scope, scope) for scope in scopes] == [None] * 3


@pytest.mark.usefixtures("letters")
class TestPrefetching:
    def page(self, length):
        rows = [Letter(case_id=uuid.uuid4(), name=f"Người {number}") for number in range(length)]
        keyring.prepare_keys([Scope("case", row.case_id) for row in rows])
        Letter._base_manager.bulk_create(rows)
        keyring.forget_keys()
        keyring.begin_request()

    def test_a_thousand_rows_need_one_query_for_keys(self, django_assert_num_queries):
        self.page(1000)
        rows = Letter._base_manager.all()
        len(rows)
        with django_assert_num_queries(2) as seen:  # the generation, the keys
            assert keyring.prefetch_keys(rows) == list(rows)
        assert sum("datakey" in query["sql"] for query in seen.captured_queries) == 1
        with django_assert_num_queries(0):
            assert len({row.name for row in rows}) == 1000

    def test_what_is_loaded_is_not_loaded_again(self, django_assert_num_queries):
        self.page(3)
        rows = list(Letter._base_manager.all())
        keyring.prefetch_keys(rows)
        with django_assert_num_queries(0):
            keyring.prefetch_keys(rows)
            assert rows[0].name
            keyring.prefetch_keys([])

    def test_joined_rows_are_prepared_too(self, django_assert_num_queries):
        letter = Letter.objects.create(case_id=uuid.uuid4(), name="Hoa")
        Friend.objects.create(letter=letter, name="Mai")
        keyring.forget_keys()
        rows = keyring.prefetch_keys(Friend.objects.select_related("letter"))
        with django_assert_num_queries(0):
            assert [(row.name, row.letter.name) for row in rows] == [("Mai", "Hoa")]

    def test_rows_that_hold_each_other_are_walked_once(self):
        letter = Letter.objects.create(case_id=uuid.uuid4(), name="Hoa")
        friend = Friend(letter=letter)
        letter._state.fields_cache["first_friend"] = friend
        assert keyring.prefetch_keys([letter, friend]) == [letter, friend]

    def test_a_damaged_or_destroyed_value_speaks_up_when_it_is_read(self):
        self.page(2)
        rows = list(Letter._base_manager.all())
        destroy(DataKey.objects.get(scope_id=rows[0].case_id).pk)
        rows[1].__dict__["name"] = type(rows[1].__dict__["name"])(b"damaged")
        keyring.prefetch_keys(rows)
        with pytest.raises(KeyDestroyed):
            rows[0].name  # noqa: B018
        with pytest.raises(CannotOpen):
            rows[1].name  # noqa: B018
