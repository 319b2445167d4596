"""Infers `x-resources` for a document without it, from its paths, methods and schemas together.

Only `openapi.reader` imports it. The result uses the keywords of docs/x-keywords.md and is read like any
other part of the document, so everything that can be inferred can also be declared.
"""
