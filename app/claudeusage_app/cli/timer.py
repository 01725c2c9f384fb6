"""What ``sync --install-timer`` and ``sync --remove-timer`` do and say."""

from claudeusage_app import timer
from claudeusage_app.addresses import printable
from claudeusage_app.cli.talk import say, show
from claudeusage_app.installation import Installation
from claudeusage_app.timer import Timer
from claudeusage_app.timer_units import TIMER, cron_line


def install(program: Installation) -> int:
    """Install the timer, or say what is left to be done for one."""
    timer.refuse_timer(program)
    match timer.install(program.environ):
        case Timer.RUNS:
            show(f"Every 15 minutes what changed is uploaded, by {_where(program)}.")
            say(
                f"See when: `systemctl --user list-timers {TIMER}`. It runs while you are logged"
                " in; `loginctl enable-linger` has it run at other times too."
            )
            say("Take it away: `claudeusage sync --remove-timer`.")
        case Timer.WRITTEN:
            say(
                f"{_where(program)} is written, but systemd does not answer here. Start it with"
                " this command, where you are logged in:"
            )
            show(f"systemctl --user enable --now {TIMER}")
        case Timer.NO_SYSTEMD:
            say("There is no systemd here. Put this line into your crontab, with `crontab -e`:")
            show(cron_line(timer.sync_command(), program.environ))
    return 0


def remove(program: Installation) -> int:
    """Take the timer away."""
    removed = timer.remove(program.environ)
    for path in removed:
        show(f"Removed {printable(str(path))}.")
    if not removed:
        say("No timer is installed. A line in your crontab is removed with `crontab -e`.")
    return 0


def _where(program: Installation) -> str:
    return printable(str(timer.unit_folder(program.environ) / TIMER))
