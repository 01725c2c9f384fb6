"""The ledger: what was counted, how far it was read and what was uploaded, kept for good."""
