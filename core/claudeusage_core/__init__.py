"""The pure core of claudeusage: values in, values out."""

__version__ = "0.1.0"
