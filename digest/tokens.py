"""tokens"""
ADDRESS_TOKEN_MAX = 40
