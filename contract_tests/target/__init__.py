"""The service under test: its HTTP client, the guard on requests, the ledger of created records, clean-up.

`contract_tests.findings` and the folders above it may import it.
"""
