"""The contract check: does a service keep the contract in the document?"""
