"""Loads the check's options and fixtures for `pytest contract_tests`."""

pytest_plugins = ["contract_tests.runner.plugin"]
