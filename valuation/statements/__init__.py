"""What do the balance sheet and its notes say about data resources?"""
