"""Which folders are in force, and what is said where they cannot be told."""

import pytest

from claudeusage_app.errors import PlaceUnknown
from claudeusage_app.scope import adopted
from claudeusage_app.settings import Settings


def test_an_adopted_folder_in_a_home_that_nobody_has_is_told() -> None:
    with pytest.raises(PlaceUnknown):
        adopted(Settings(folders=("~nobody-of-this-name/projects",)))
