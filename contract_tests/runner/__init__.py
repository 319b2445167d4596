"""Runs the properties: the pytest plugin, the state machine, Schemathesis, progress and coverage.

`contract_tests.traffic` and the folders above it may import it.
"""
