"""The colours of every page, picture and window: one token file, in a light and a dark theme."""

import functools
import json
from collections.abc import Mapping
from enum import StrEnum
from importlib import resources
from types import MappingProxyType


class Theme(StrEnum):
    """What the colours stand on."""

    LIGHT = "light"
    DARK = "dark"


@functools.cache
def colours(theme: Theme) -> Mapping[str, str]:
    """Return the colour of each token, as ``#rrggbb``."""
    read: dict[str, dict[str, str]] = json.loads(
        resources.files("claudeusage_resources").joinpath("tokens.json").read_text("utf-8")
    )
    return MappingProxyType(read[theme])
