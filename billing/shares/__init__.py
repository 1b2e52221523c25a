"""Who gets which part of what was paid?"""
