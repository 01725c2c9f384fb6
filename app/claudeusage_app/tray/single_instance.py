"""One tray per installation: a second start asks the first to show itself, and ends."""

from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QLockFile, QObject, QThread, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from claudeusage_app.errors import ClientError

SHOW = b"show"
_MOST_BYTES = 16
_PATIENCE_MS = 2_000


class FirstDoesNotAnswer(ClientError):
    """Another instance holds the lock and listens to nobody."""

    title = "claudeusage is running already, and does not answer."
    remedy = "End that process, then start claudeusage again."


class SingleInstance(QObject):
    """The lock and the socket of the one instance; survives that the process is killed."""

    shown = Signal()

    def __init__(self, folder: Path, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = QLockFile(str(folder / f"{name}.lock"))
        self._lock.setStaleLockTime(0)
        self._path = str(folder / name)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._answer)

    def claim(self) -> bool:
        """Return whether this is the first instance; it listens from then on."""
        if not self._lock.tryLock(0):
            return False
        QLocalServer.removeServer(self._path)
        self._server.listen(self._path)
        return True

    def ask_to_show(self) -> None:
        """Ask the first instance to show itself; raise `FirstDoesNotAnswer` if it does not."""
        deadline = QDeadlineTimer(_PATIENCE_MS)
        while not deadline.hasExpired():
            socket = QLocalSocket()
            socket.connectToServer(self._path)
            if socket.waitForConnected(deadline.remainingTime()):
                socket.write(SHOW)
                socket.flush()
                socket.waitForBytesWritten(deadline.remainingTime())
                socket.disconnectFromServer()
                return
            QThread.msleep(50)
        raise FirstDoesNotAnswer

    def release(self) -> None:
        """Let the next start be the first one."""
        self._server.close()
        self._lock.unlock()

    @Slot()
    def _answer(self) -> None:
        while self._server.hasPendingConnections():
            connection = self._server.nextPendingConnection()
            connection.setReadBufferSize(_MOST_BYTES)
            connection.readyRead.connect(self._read)
            connection.disconnected.connect(connection.deleteLater)
        self._read()

    @Slot()
    def _read(self) -> None:
        for connection in self._server.findChildren(QLocalSocket):
            if connection.bytesAvailable():
                connection.readyRead.disconnect(self._read)
                said = connection.read(_MOST_BYTES).data()
                connection.disconnectFromServer()
                if said == SHOW:
                    self.shown.emit()
