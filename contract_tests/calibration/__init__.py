"""How a service differs from the document: the facts that a run counts, and the overlay that describes them.

`contract_tests.resource` and the folders above it may import this one.
"""
