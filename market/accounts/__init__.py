"""Who is it, for which organisation, with which permissions?"""
