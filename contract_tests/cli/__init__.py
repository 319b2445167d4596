"""The command: options, the catalogue of properties, and the arguments that pytest receives.

Only `contract_tests.__main__` imports it.
"""
