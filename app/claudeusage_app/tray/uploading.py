"""The jobs of the worker that talks to the server and to the keyring."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from claudeusage_app.automatic import Automatic
from claudeusage_app.errors import NotLinked, PreviewNotAccepted, ServerUnreachable
from claudeusage_app.tray.bridge import Bridge
from claudeusage_app.tray.needs import TrayProgram
from claudeusage_app.tray.preview_view import PreviewView, Stage
from claudeusage_app.tray.situation import answer_line
from claudeusage_app.worker import Worker
from claudeusage_core.errors import ClaudeusageError

if TYPE_CHECKING:
    from claudeusage_app.sync import Prepared, Uploaded


class Uploading:
    """Prepares, shows and sends uploads; what is sent is the very object that was shown."""

    def __init__(
        self,
        program: TrayProgram,
        bridge: Bridge,
        automatic: Automatic,
        now: Callable[[], datetime],
    ) -> None:
        self._program = program
        self._bridge = bridge
        self._automatic = automatic
        self._now = now
        self._worker = Worker("claudeusage-network", self._failed)

    def start(self) -> None:
        self._worker.start()
        self._worker.post(self._look_back)
        self.changed()  # what was counted while nobody uploaded

    def changed(self) -> None:
        """Note that there are new numbers, from any thread."""
        self._automatic.changed(self._now())

    def stop(self) -> None:
        self._worker.stop()

    def join(self, timeout: float) -> bool:
        return self._worker.join(timeout)

    def preview(self) -> None:
        """Prepare an upload and show it."""
        self._bridge.tell_preview(PreviewView(Stage.READING))
        self._worker.post(self._preview)

    def upload(self, shown: PreviewView) -> None:
        """Send the upload that was shown, which the person has accepted by this."""
        if shown.may_upload and shown.prepared is not None:
            self._bridge.tell_preview(replace(shown, stage=Stage.SENDING, error=None))
            self._worker.post(_Upload(self, shown, shown.prepared))

    def sync(self) -> None:
        """Prepare an upload and send it, or show it where none was accepted before."""
        self._worker.post(self._sync)

    def sync_by_itself(self) -> None:
        """Upload what has changed without a word, where a preview was accepted before."""
        self._worker.post(self._sync_by_itself)

    def change_settings(self, **changes: object) -> None:
        """Keep what the person chose in the menu."""
        self._worker.post(lambda: self._program.change_settings(**changes))

    def accept_and_send(self, shown: PreviewView, prepared: "Prepared") -> None:
        """Send *prepared*, on the worker."""
        with _Busy(self._bridge), self._told():
            try:
                self._program.accept(prepared)
                sent = self._program.upload(prepared)
            except ClaudeusageError as error:
                self._bridge.tell_preview(replace(shown, stage=Stage.FAILED, error=error))
                raise
        self._bridge.tell_preview(replace(shown, stage=Stage.SENT, sent=sent, error=None))
        self._sent(sent)

    def _preview(self) -> None:
        with _Busy(self._bridge):
            try:
                self._look_up_link()
                prepared = self._program.prepare_upload()
            except ClaudeusageError as error:
                self._show_assumed(error)
                raise
        self._bridge.tell(lambda known: replace(known, sync_error=None))
        self._show(prepared)

    def _sync(self) -> None:
        with _Busy(self._bridge):
            try:
                self._look_up_link()
                prepared = self._program.prepare_upload()
                if prepared is not None and not self._may_send(prepared):
                    self._show(prepared)
                else:
                    with self._told():
                        self._sent(self._program.upload(prepared) if prepared else None)
            except NotLinked as error:
                self._show_assumed(error)
                raise
            except PreviewNotAccepted:
                self._worker.post(self._preview)

    def _sync_by_itself(self) -> None:
        with self._told():
            self._look_up_link()
            if self._bridge.situation.link is not None:
                self._send_what_changed()

    def _send_what_changed(self) -> None:
        with _Busy(self._bridge):
            prepared = self._program.prepare_upload()
            if prepared is not None and not self._may_send(prepared):
                raise PreviewNotAccepted
            self._sent(self._program.upload(prepared) if prepared else None)

    def _may_send(self, prepared: "Prepared") -> bool:
        return prepared.accepted_before and self._bridge.situation.link is not None

    @contextmanager
    def _told(self) -> Generator[None]:
        """Tell what says when the next upload is due how this one ends."""
        self._automatic.begun()
        try:
            yield
        except ClaudeusageError as error:
            self._automatic.failed(self._now(), error)
            raise
        self._automatic.answered(self._now())

    def _show(self, prepared: "Prepared | None") -> None:
        stage = Stage.READY if prepared else Stage.NOTHING
        self._bridge.tell_preview(PreviewView(stage, prepared, self._bridge.situation.link))

    def _show_assumed(self, error: ClaudeusageError) -> None:
        """Show what would leave if the server held nothing, beside why it could not be asked."""
        assumes = isinstance(error, NotLinked | ServerUnreachable)
        prepared = self._program.assumed_upload() if assumes else None
        link = self._bridge.situation.link
        self._bridge.tell_preview(PreviewView(Stage.FAILED, prepared, link, error))

    def _sent(self, uploaded: "Uploaded | None") -> None:
        last_upload = uploaded.at if uploaded else self._program.last_upload()
        self._bridge.tell(
            lambda known: replace(
                known,
                last_upload=last_upload,
                sync_error=None,
                answer=answer_line(uploaded) if known.link else "",
            )
        )

    def _look_back(self) -> None:
        self._look_up_link()
        last_upload = self._bridge.situation.last_upload
        if last_upload is not None:
            self._automatic.last_was(last_upload)

    def _look_up_link(self) -> None:
        link, last_upload = self._program.link(), self._program.last_upload()
        self._bridge.tell(lambda known: replace(known, link=link, last_upload=last_upload))

    def _failed(self, error: ClaudeusageError) -> None:
        self._bridge.tell(lambda known: replace(known, sync_error=error, answer=""))


@dataclass(frozen=True, slots=True)
class _Upload:
    """The job of sending one upload; the same one twice is sent once."""

    uploading: Uploading
    shown: PreviewView
    prepared: "Prepared"

    def __call__(self) -> None:
        self.uploading.accept_and_send(self.shown, self.prepared)


class _Busy:
    """Shows for as long as it lasts that the server is being talked to."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def __enter__(self) -> None:
        self._bridge.tell(lambda known: replace(known, syncing=True))

    def __exit__(self, *_: object) -> None:
        self._bridge.tell(lambda known: replace(known, syncing=False))
