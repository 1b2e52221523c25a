"""Which rows may a query read at all?"""
