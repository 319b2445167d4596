"""Brings the check's options and fixtures to `pytest contract_tests`."""

pytest_plugins = ["contract_tests.runner.plugin"]
