"""The tests. Assertions in these shared helpers are rewritten by pytest too, so that they explain failures."""

import pytest

pytest.register_assert_rewrite("tests.drivers", "tests.faults", "tests.gateway", "tests.register", "tests.torture")
