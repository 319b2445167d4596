"""The command `callcamp-spec`: validate a document, bundle its files, apply overlays to it.

Only `openapi.__main__` imports it.
"""
