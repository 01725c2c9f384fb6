"""The preview window: what it shows of an upload, and what may be pressed when."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from claudeusage_app.errors import NotLinked, Refused, ServerUnreachable
from claudeusage_app.linked import Link
from claudeusage_app.sync import Prepared
from claudeusage_app.tray.preview_numbers import NumbersPage, RowsModel
from claudeusage_app.tray.preview_request import RequestPage
from claudeusage_app.tray.preview_view import PreviewView, Stage
from claudeusage_app.tray.preview_window import PreviewWindow
from claudeusage_app.tray.theme import dress
from claudeusage_app.tray.tokens import Tokens, tokens_of
from claudeusage_resources.tokens import Theme
from tests.app.tray.stand_in import LINK, NOW, ORIGIN, UPLOADED, prepared

LIGHT, DARK = tokens_of(Theme.LIGHT), tokens_of(Theme.DARK)

FIRST = PreviewView(Stage.READY, prepared(), LINK)
LATER = PreviewView(Stage.READY, prepared(accepted_before=True), LINK)


@pytest.fixture
def window(qtbot: QtBot) -> PreviewWindow:
    made = PreviewWindow(LIGHT)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def table(window: PreviewWindow) -> list[list[str]]:
    page = window.tabs.widget(0)
    assert isinstance(page, NumbersPage)
    model = page.table.model()
    assert isinstance(model, RowsModel)
    return [
        [str(model.data(model.index(row, column)) or "") for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def request(window: PreviewWindow) -> RequestPage:
    page = window.tabs.widget(1)
    assert isinstance(page, RequestPage)
    return page


def ready(view: PreviewView) -> Prepared:
    assert view.prepared is not None
    return view.prepared


def test_a_long_scan_is_told_in_a_line_that_is_gone_with_it(window: PreviewWindow) -> None:
    window.show_view(PreviewView(Stage.READING), NOW)
    assert not window.reading.isVisible()
    window.show_reading("Reading transcripts: 1 of 2 files")
    assert window.reading.isVisible()
    assert window.reading.text() == "Reading transcripts: 1 of 2 files"
    window.show_reading("")
    assert not window.reading.isVisible()


def test_every_day_and_model_of_the_upload_is_a_row(window: PreviewWindow) -> None:
    window.show_view(FIRST, NOW)
    assert [row[0] for row in table(window)] == [
        "Sun 22 November",
        "claude-haiku-5-5",
        "claude-opus-5-5",
        "claude-sonnet-5-5",
        "Sat 21 November",
        "claude-opus-5-5",
        "claude-sonnet-5-5",
    ]


def test_a_changed_number_stands_beside_what_it_was(window: PreviewWindow) -> None:
    window.show_view(LATER, NOW)
    opus = next(row for row in table(window) if row[0] == "claude-opus-5-5")
    assert opus[1] == "96, was 61"
    assert opus[6] == "$8.31, was $5.62"


def test_an_unchanged_number_stands_alone(window: PreviewWindow) -> None:
    window.show_view(LATER, NOW)
    assert table(window)[5][1] == "51"


def test_a_model_that_was_not_there_is_called_new(window: PreviewWindow) -> None:
    window.show_view(LATER, NOW)
    assert table(window)[1][0] == "claude-haiku-5-5, new"


def test_the_exact_request_is_shown_byte_for_byte(window: PreviewWindow) -> None:
    window.show_view(FIRST, NOW)
    head, _, body = request(window).text.toPlainText().partition("\n\n")
    assert body.encode() == ready(FIRST).body
    assert head.splitlines() == [
        "PUT https://usage.example/api/v2/days",
        "Authorization: Bearer cu_live_••••4f1c",
        "Content-Type: application/json",
        "User-Agent: claudeusage",
    ]


def test_the_indented_body_is_only_a_view(window: PreviewWindow) -> None:
    window.show_view(FIRST, NOW)
    page = request(window)
    page.indent.click()
    assert '\n  "days": [' in page.text.toPlainText()
    assert page.note.text() == "Indented here. What is sent is not."
    page.copy.click()
    assert QGuiApplication.clipboard().text().encode() == ready(FIRST).body


def test_the_first_time_nothing_is_chosen_for_the_person(window: PreviewWindow) -> None:
    window.show_view(FIRST, NOW)
    assert window.focusWidget() is window.foot.leave
    assert not window.foot.upload.isDefault()
    assert window.lead.text() == "Nothing has been sent yet. This is all that will be."


def test_after_one_accepted_preview_the_upload_is_the_default(window: PreviewWindow) -> None:
    window.show_view(LATER, NOW)
    assert window.focusWidget() is window.foot.upload
    assert window.foot.upload.isDefault()


def test_accepting_hands_on_the_very_object_that_is_shown(window: PreviewWindow) -> None:
    window.show_view(FIRST, NOW)
    accepted: list[PreviewView] = []
    window.accepted.connect(accepted.append)
    window.foot.upload.click()
    assert accepted == [FIRST]


def test_escape_means_not_now(window: PreviewWindow, qtbot: QtBot) -> None:
    window.show_view(FIRST, NOW)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.isVisible())


def test_nothing_to_send_can_only_be_closed(window: PreviewWindow) -> None:
    window.show_view(PreviewView(Stage.NOTHING, None, LINK), NOW)
    assert window.heading.text() == "Nothing to send"
    assert window.lead.text() == "Everything is already there."
    assert window.foot.leave.text() == "Close"
    assert window.foot.upload.isHidden()


def test_a_failed_upload_keeps_the_body_and_names_the_cause(window: PreviewWindow) -> None:
    window.show_view(FIRST, NOW)
    page = request(window)
    failed = PreviewView(Stage.FAILED, FIRST.prepared, LINK, ServerUnreachable())
    window.show_view(failed, NOW)
    assert window.foot.cause.text().startswith("The server cannot be reached.")
    assert request(window) is page
    assert window.foot.upload.isEnabled()


def test_what_a_server_says_is_never_rich_text_and_no_link_can_be_clicked(
    window: PreviewWindow,
) -> None:
    said = '<a href="https://evil.example"><img src="file:///x"><b>click</b></a>'
    link = Link(ORIGIN, "id", f"{ORIGIN}/u/<b>name</b>")
    window.show_view(PreviewView(Stage.FAILED, FIRST.prepared, link, Refused(said)), NOW)
    labels = window.findChildren(QLabel)
    shown = [label for label in labels if "<b>" in label.text()]
    assert len(labels) > len(shown) == 1
    assert said in window.foot.cause.text()
    for label in labels:
        assert label.textFormat() is Qt.TextFormat.PlainText
        assert not label.openExternalLinks()
    assert not request(window).text.acceptRichText()


def test_without_a_link_the_window_shows_what_would_leave_and_how_to_link(
    window: PreviewWindow,
) -> None:
    assumed = replace(prepared(), assumed=True)
    window.show_view(PreviewView(Stage.FAILED, assumed, error=NotLinked()), NOW)
    assert window.heading.text() == "2 days would be sent"
    assert "cannot be accepted" in window.lead.text()
    assert "claudeusage link" in window.foot.cause.text()
    assert window.foot.upload.isHidden()
    assert window.foot.leave.text() == "Close"


def test_while_it_is_sent_nothing_can_be_sent_again(window: PreviewWindow) -> None:
    window.show_view(PreviewView(Stage.SENDING, FIRST.prepared, LINK), NOW)
    assert not window.foot.upload.isEnabled()


def test_what_was_uploaded_is_told(window: PreviewWindow) -> None:
    window.show_view(PreviewView(Stage.SENT, FIRST.prepared, LINK, sent=UPLOADED), NOW)
    assert window.heading.text() == "2 days uploaded"
    assert window.lead.text() == "The server has exactly these numbers."
    assert window.foot.leave.text() == "Close"


def test_days_that_count_for_their_owner_only_are_named_with_the_reason(
    window: PreviewWindow,
) -> None:
    sent = replace(UPLOADED, refused=1, reviewed=(("2026-11-20", "sessions_active"),))
    window.show_view(PreviewView(Stage.SENT, FIRST.prepared, LINK, sent=sent), NOW)
    assert window.lead.text().startswith("Synced, 1 day refused. 1 day counts for you only")
    assert "(2026-11-20): more sessions than messages." in window.lead.text()


@pytest.mark.parametrize(("name", "tokens"), [("light", LIGHT), ("dark", DARK)])
def test_both_pages_can_be_looked_at(
    name: str, tokens: Tokens, qtbot: QtBot, qapp: QApplication, output: Path
) -> None:
    dress(qapp, tokens)
    window = PreviewWindow(tokens)
    qtbot.addWidget(window)
    window.show()
    window.show_view(LATER, NOW)
    for at, page in enumerate(("numbers", "request")):
        window.tabs.setCurrentIndex(at)
        qtbot.waitUntil(window.isVisible)
        assert window.grab().save(str(output / f"preview-{page}-{name}.png"))
