"""Determines which keyword values describe the service, before the properties are checked.

`contract_tests.runner` and the folders above it may import this one.
"""
