"""The tests that the page about threats names, which the long forms run, are there."""

from __future__ import annotations

from tools.long_forms import PAGE, ROOT, named_tests


def test_the_page_names_tests_that_there_are() -> None:
    tests = named_tests(PAGE.read_text("utf-8"))
    assert len(tests) > 15
    assert not [test for test in tests if not (ROOT / test).exists()]
