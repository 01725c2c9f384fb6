"""Signing in at Google or GitHub, and with a code on a local server."""
