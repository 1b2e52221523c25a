"""What is for sale, at what price, and may it be on sale now?"""
