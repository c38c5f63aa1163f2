"""What one household adds to any total, the one order of a question, and which figures sum up to it. No database."""

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from casework.noisy_totals import asking
from casework.noisy_totals.asking import HOUSEHOLDS, PEOPLE, Asked
from casework.releases.catalogue import catalogue
from casework.releases.planning import Frozen, Person

DIMS = catalogue().dims


def of_questions(codes: Any) -> Any:
    questions = catalogue().questions
    return st.dictionaries(st.sampled_from(sorted(questions)), codes, max_size=3).map(
        lambda found: {
            name: [questions[name].leaves[number % len(questions[name].leaves)] for number in numbers]
            for name, numbers in found.items()
        }
    )


def answers() -> Any:
    def made(numbers: list[int]) -> tuple[str, ...]:
        return tuple(
            str(number % 2)
            if ":" in dim
            else catalogue().questions[dim].leaves[number % len(catalogue().questions[dim].leaves)]
            for dim, number in zip(DIMS, numbers, strict=True)
        )

    return st.lists(st.integers(0, 9), min_size=len(DIMS), max_size=len(DIMS)).map(made)


PEOPLE_OF_A_YEAR = st.lists(
    st.builds(
        Person,
        st.sampled_from(["a", "b"]),
        st.sampled_from(["2023-01", "2023-07"]),
        answers(),
        st.sampled_from(["home 1", "home 2", "home 3"]),
    ),
    max_size=14,
)
FILTERS = of_questions(st.lists(st.integers(0, 9), min_size=1, max_size=4))


def year(people: list[Person]) -> Frozen:
    return Frozen(2023, 1, DIMS, tuple(people))


@given(PEOPLE_OF_A_YEAR, FILTERS, st.sampled_from([PEOPLE, HOUSEHOLDS]))
def test_a_household_changes_a_total_by_at_most_its_bound(
    people: list[Person], filters: dict[str, list[str]], counted: str
) -> None:
    asked = Asked.read(counted, [(2023, 1)], filters)
    all_of_them = Counter(asking.contributions(asked, [year(people)]))
    for home in {one.household for one in people}:
        others = [one for one in people if one.household != home]
        without = Counter(asking.contributions(asked, [year(others)]))

        # The symmetric distance of the two.
        assert sum(((all_of_them - without) + (without - all_of_them)).values()) <= asked.bound


@given(PEOPLE_OF_A_YEAR, FILTERS)
def test_which_of_a_household_are_counted_depends_on_no_question(
    people: list[Person], filters: dict[str, list[str]]
) -> None:
    everybody = asking.contributions(Asked.read(PEOPLE, [(2023, 1)], {}), [year(people)])

    assert set(asking.contributions(Asked.read(PEOPLE, [(2023, 1)], filters), [year(people)])) <= set(
        everybody
    )


@given(PEOPLE_OF_A_YEAR, FILTERS, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(
    people: list[Person], filters: dict[str, list[str]], chance: Any
) -> None:
    asked = Asked.read(PEOPLE, [(2023, 1)], filters)
    shuffled = chance.sample(people, len(people))

    assert len(asking.contributions(asked, [year(people)])) == len(
        asking.contributions(asked, [year(shuffled)])
    )


def person(household: str = "h", **said: str) -> Person:
    at = {**dict.fromkeys(DIMS, "0"), "sex": "female", "age": "16_59", **said}
    return Person("a", "2023-01", tuple(at[dim] for dim in DIMS), household)


def count(filters: dict[str, list[str]], *people: Person, counted: str = PEOPLE) -> int:
    return len(asking.contributions(Asked.read(counted, [(2023, 1)], filters), [year(list(people))]))


def test_of_a_question_one_answer_is_enough_and_all_questions_must_fit() -> None:
    girl = person("1", age="under_16", **{"form:physical": "1"})
    woman = person("2", **{"form:sexual": "1", "form:physical": "1"})
    man = person("3", sex="male", **{"form:economic": "1"})

    assert count({}, girl, woman, man) == 3
    assert count({"form": ["physical", "sexual"]}, girl, woman, man) == 2
    assert count({"form": ["physical", "economic"], "sex": ["male"]}, girl, woman, man) == 1
    assert count({"age": ["under_16"], "sex": ["male"]}, girl, woman, man) == 0


def test_a_household_is_one_household_and_at_most_three_people() -> None:
    home = [person("h", age=age) for age in ("under_16", "16_59", "60_over", "unknown")]

    assert count({}, *home) == 3
    assert count({}, *home, counted=HOUSEHOLDS) == 1
    assert count({"age": ["unknown"]}, *home, counted=HOUSEHOLDS) == 1


def test_asked_in_another_order_it_is_the_same_question() -> None:
    one = Asked.read(PEOPLE, [(2023, 1), (2022, 2)], {"sex": ["male", "female"], "age": ["under_16"]})
    same = Asked.read(
        PEOPLE, [[2022, 2], [2023, 1]], {"age": ["under_16"], "sex": ["female", "male", "male"], "form": []}
    )

    assert one == same
    assert one.key == same.key
    assert Asked.read(PEOPLE, [(2023, 1)], {"sex": catalogue().questions["sex"].leaves}).filters == ()
    for other in (
        Asked.read(HOUSEHOLDS, one.years, dict(one.filters)),
        Asked.read(PEOPLE, [(2022, 1), (2023, 1)], dict(one.filters)),
        Asked.read(PEOPLE, one.years, {"age": ["under_16"]}),
    ):
        assert other.key != one.key


def test_the_figures_that_sum_up_to_it() -> None:
    def keys(filters: dict[str, list[str]], *years: int, counted: str = PEOPLE) -> list[list[str]]:
        return asking.public_keys(Asked.read(counted, [(one, 1) for one in years], filters), "11")

    frame = "place=11;time=2023;vintage=1"
    assert keys({}, 2023) == [[frame]]
    assert keys({"sex": ["female"], "age": ["under_16", "16_59"]}, 2023) == [
        [f"{frame};age=under_16;sex=female", f"{frame};age=16_59;sex=female"]
    ]
    assert keys({"sex": ["other", "unknown", "declined"]}, 2023) == [[f"{frame};sex=rest"]]
    assert keys({"form": ["sexual"]}, 2023) == [[f"{frame};form:sexual=1"]]
    assert keys({}, 2022, 2023)[1] == ["place=11;time=2022-2023;vintage=1"]
    assert len(keys({}, 2021, 2023)) == 1
    # No table has these.
    assert keys({"sex": ["unknown"]}, 2023) == []
    assert keys({"form": ["sexual", "physical"]}, 2023) == []
    assert keys({}, 2023, counted=HOUSEHOLDS) == []
