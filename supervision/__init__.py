"""Was everything done by the rules?"""
