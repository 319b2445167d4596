"""`/__mock/`: records, journal, rules and settings of a session, and access control.

Only `mock_server.page` and the folders above it may import it.
"""
