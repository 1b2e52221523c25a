"""How is it queried without leaking?"""
