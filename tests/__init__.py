"""The tests; where they share checks, these say what they found as well as their own do."""

import pytest

pytest.register_assert_rewrite("tests.drivers", "tests.faults", "tests.gateway", "tests.register", "tests.torture")
