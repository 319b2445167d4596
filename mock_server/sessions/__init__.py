"""Sessions, each an isolated world: records, rules, journal, clock and seed data.

`mock_server.operations` and the folders above it may import it.
"""
