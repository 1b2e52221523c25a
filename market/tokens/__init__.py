"""How does a program prove for whom it acts, and what may it do?"""
