"""Expressions over recorded responses, and their evaluation: the claims of findings, in a form that can be replayed.

Every other folder of `contract_tests` may import it; it imports none of them.
"""
