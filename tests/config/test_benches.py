"""What is measured: every figure's name leads to the bench that prints it."""

import pytest

from tests.bench.__main__ import chosen, discover
from tests.bench.registry import BENCHES
from tests.bench.search_sizes import growths


@pytest.fixture(autouse=True)
def _discovered() -> None:
    discover()


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("desk_verify_keys", ["desk_verify_keys"]),
        ("desk_return_keys", ["desk_verify_keys"]),
        ("desk_next_ms", ["desk_verify_keys"]),
        ("desk_next_server_p95_ms", ["desk_page"]),
        ("desk_first_queries", ["desk_page"]),
        ("desk_page_queries", ["desk_page"]),
        ("desk_page_ms", ["desk_page"]),
        ("staff_page_queries", ["profile_page"]),
        ("register_lookup_ms", ["register_lookup"]),
        ("register_person_worst_ms", ["register_lookup"]),
        ("register_feed_s", ["register_night"]),
        ("overlap_check_10k_s", ["overlap_check_10k"]),
        ("search_id_ms", ["search_id"]),
        ("search_id_ms_5m", ["search_sizes"]),
        ("search_slips_found_pct_10m", ["search_sizes"]),
        ("search_growth_1m_10m", ["search_sizes"]),
        ("search_typo_dob_growth_1m_10m", ["search_sizes"]),
    ],
)
def test_a_figure_leads_to_the_bench_that_prints_it(what: str, names: list[str]) -> None:
    assert [bench.name for bench in chosen([what])] == names


def test_a_beginning_leads_to_every_bench_of_that_name_and_each_is_run_once() -> None:
    names = [bench.name for bench in chosen(["search", "search_id_ms_5m"])]
    assert set(names) == {name for name in BENCHES if name.startswith("search")}
    assert len(names) == len(set(names))


def test_every_bench_is_found_by_its_name() -> None:
    for name in BENCHES:
        assert name in [bench.name for bench in chosen([name])]


def test_a_figure_nobody_prints_is_said_to_be_none() -> None:
    with pytest.raises(SystemExit, match="No such figure"):
        chosen(["heights_of_hills"])


def test_the_growth_of_the_search_is_that_of_the_search_that_grew_most() -> None:
    found = {
        "search_id_ms_1m": 1.0,
        "search_id_ms_10m": 1.5,
        "search_page_ms_1m": 20.0,
        "search_page_ms_10m": 70.0,
        "search_page_p95_ms_1m": 20.0,
        "search_page_p95_ms_10m": 400.0,
        "search_slips_found_pct_1m": 90.0,
        "search_slips_found_pct_10m": 89.0,
    }
    assert {figure.name: figure.value for figure in growths(found, "1m", "10m")} == {
        "search_id_growth_1m_10m": 1.5,
        "search_page_growth_1m_10m": 3.5,
        "search_growth_1m_10m": 3.5,
    }
