"""Judges recorded requests and responses by the document, without sending anything.

`contract_tests.cli` may import it.
"""
