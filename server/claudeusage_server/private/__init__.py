"""What only its owner may see: accounts, sign-in, linking and uploads."""
