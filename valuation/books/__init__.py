"""Whose books are these, and what stands in them?"""
