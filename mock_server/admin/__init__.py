"""`/__mock/`: records, journal, rules and settings of a session, and access control.

Only `mock_server.web` and what stands above it may import it.
"""
