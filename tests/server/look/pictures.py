"""The pictures of docs/pictures, made anew of the sample account: ``python3 -m tests pictures``."""

import tempfile
from collections import Counter
from pathlib import Path
from typing import Literal, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from tests.server.look.pages import prepare
from tests.server.visits import visit

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "pictures"
MOST_BYTES = 100_000


class Picture(NamedTuple):
    """A page of the table by its name, as it is shown."""

    page: str
    theme: Literal["light", "dark"]
    width: int

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.page}-{self.theme}-{self.width}.png"


PICTURES = (
    Picture("profile-sample", "light", 1280),
    Picture("profile-sample", "dark", 1280),
    Picture("profile-sample", "dark", 390),
    Picture("board", "light", 1280),
    Picture("dashboard", "light", 1280),
)


def smaller(png: bytes) -> QImage:
    """Return a picture in its 256 commonest colours: the rest are edges of letters."""
    image = QImage.fromData(png).convertToFormat(QImage.Format.Format_RGB32)
    pixels = memoryview(image.constBits()).cast("I")
    commonest = [colour for colour, _count in Counter(pixels).most_common(256)]
    flat = Qt.ImageConversionFlag.ThresholdDither
    return image.convertToFormat(QImage.Format.Format_Indexed8, commonest, flat)


def take(folder: Path) -> None:
    """Take every picture, the first 1,200 px of its page, into a folder."""
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        scene = prepare(Path(data))
        pages = {page.name: page for page in scene.pages}
        for picture in PICTURES:
            page = pages[picture.page]
            world = scene.worlds[page.where]
            scene.enter(page.who)
            with visit(world, picture.width, picture.theme) as shown:
                shown.set_viewport_size({"width": picture.width, "height": 1200})
                shown.goto(world.origin + page.path)
                file = folder / picture.file
                smaller(shown.screenshot()).save(str(file), quality=0)  # packed tightly
                assert file.stat().st_size < MOST_BYTES, file
        scene.close()


if __name__ == "__main__":
    take(FOLDER)
