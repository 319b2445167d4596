"""What a contract is made of: operations, resources, lists, fields, links and refusals, as frozen values.

Everything may import it; it imports the schemas and what they need.
"""
