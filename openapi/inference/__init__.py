"""Infers `x-resources` for a document without it, from its paths, methods and schemas together.

Only `openapi.reader` imports it. What it finds is written in the vocabulary of docs/x-keywords.md and read like any
other part of the document, so whatever can be inferred can also be declared.
"""
