"""Changes files: edits YAML and JSON text, keeping comments, quotes and layout, and replaces files atomically.

Only `openapi.cli`, `mock_server` and `contract_tests.calibration` may import it.
"""
