"""The tray app. Qt is imported only here, and only after its libraries were found.

installation   what the tray needs of the program
libraries      Qt's system libraries, checked before Qt is imported
situation      what is known, and what the icon and the menu say of it
preview_view   what the preview window says
bridge         the one crossing from the workers to the window system's thread
scanning       the jobs of the worker that reads transcripts
uploading      the jobs of the worker that talks to the server
application    the wiring of all of them
"""

import os

from claudeusage_app.tray.libraries import require_libraries
from claudeusage_app.tray.needs import TrayProgram


def run(program: TrayProgram) -> int:
    """Show *program* in the tray until the person quits, and return the exit code.

    Raises:
        QtLibrariesMissing: where the system lacks what Qt needs.
    """
    require_libraries(os.environ)
    from claudeusage_app.tray.application import run_application

    return run_application(program, os.environ)
