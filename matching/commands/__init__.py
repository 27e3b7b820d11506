"""The commands of ``python -m matching``; each module adds its own to the parser."""
