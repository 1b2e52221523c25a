"""How is the market doing, right now?"""
