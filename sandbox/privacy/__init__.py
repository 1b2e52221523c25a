"""How much may still be learnt, and who has learnt what?"""
