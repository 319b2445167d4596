"""Changes files: the text of YAML and JSON, with comments, quotes and layout kept, and the file as a whole.

Only `openapi.cli` and `mock_server` may import it.
"""
