"""What does a visitor see: the shop window, search and the page of each product?"""
