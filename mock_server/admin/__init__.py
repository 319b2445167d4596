"""Everything under `/__mock/`: records, journal, rules and settings of a session, and who may use them.

Only `mock_server.web` and what stands above it may import it.
"""
