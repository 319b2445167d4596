"""One resource of the target: its description, its client, and the assertions about its responses.

`contract_tests.probes` and the folders above it may import this one.
"""
