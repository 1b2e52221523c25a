"""What may be done with each column of a product, and how much privacy may be spent on it?"""
