"""Runs the properties: the pytest plugin, the state machine, Schemathesis, progress and coverage.

`contract_tests.cli` and the `test_*.py` files may import it.
"""
