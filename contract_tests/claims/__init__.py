"""Expressions over recorded responses, and their evaluation: what a finding claims, in a form that can be judged again.

Every other folder of `contract_tests` may import it; it imports none of them.
"""
