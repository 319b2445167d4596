"""Runs the properties: the pytest plugin, the state machine, Schemathesis, progress and coverage.

`contract_tests.traffic` and what stands above it may import it.
"""
