"""How is a data asset measured and booked, from its first day to its last?"""
