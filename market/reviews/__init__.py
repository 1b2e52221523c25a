"""What do real buyers say of a product, and what is done about a bad word? (好差评)"""
