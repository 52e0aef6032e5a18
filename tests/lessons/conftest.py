"""As in tests/check: own progress for each test, and nothing is left."""

from tests.check.conftest import leaves_nothing as leaves_nothing
from tests.check.conftest import own_progress as own_progress
