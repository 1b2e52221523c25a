"""Which facts break a monitoring rule, and who answers by when?"""
