"""Icons, the price table and sample transcripts, as package data."""
