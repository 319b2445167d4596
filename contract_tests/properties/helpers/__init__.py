"""Shared by several properties: sample bodies, invalid bodies, reads that tolerate other clients.

Only the other folders of `contract_tests.properties` may import this one.
"""
