"""Which measures does a regulator order, and when are they lifted?"""
