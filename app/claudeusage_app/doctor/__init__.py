"""The doctor: what this installation is like and what is wrong with it, fit to be shown to anybody.

report        the values, the problems, and how both are written as plain values
naming        names for folders that say where they come from, never where they are
transcripts   folders, lines, and how long Claude Code keeps them
mounts        which folders are on a network file system
ledger        the ledger, and what it knows of responses, prices and days
watching      the tray, and what it needs to hear of changes
connection    the token and the server
examination   all of them, one after the other
text          the report as text
"""
