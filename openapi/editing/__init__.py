"""Changes files: the text of YAML and JSON, with comments, quotes and layout kept, and the file as a whole.

Only `openapi.cli`, `mock_server` and `contract_tests.calibration` may import it.
"""
